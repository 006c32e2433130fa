using System.Collections.Concurrent;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>A simulated Vast.ai on virtual time, with the engine's service on it.</summary>
internal sealed class VastWorld : IDisposable
{
    private readonly List<VastService> _services = [];

    public VastWorld(SimulatedVastOptions? options = null, int seed = 1)
    {
        Vast = new SimulatedVast(seed, Clock, options ?? new SimulatedVastOptions { TakenShare = 0 });
        Wire = new VastWire(Vast, Clock);
        Journal = Directory.CreateTempSubdirectory("spotcluster-vast-").FullName;
        Service = Open();
    }

    public SimulatedClock Clock { get; } = new();

    public SimulatedVast Vast { get; }

    public VastWire Wire { get; }

    public string Journal { get; }

    public RecordingHost Host { get; } = new();

    public VastService Service { get; }

    public int JournalFiles => Directory.GetFiles(Journal).Length;

    /// <summary>A service as another process would open it: nothing but the journal and the cloud in common.</summary>
    public VastService Open(ICallObserver? observer = null, string key = SimulatedVast.DefaultKey)
    {
        var service = new VastService(new VastServiceOptions
        {
            Keys = new VastKeyStore(_ => null),
            JournalFolder = Journal,
            Probe = (_, _, _) => Task.FromResult(true),
            Client = new VastClientOptions
            {
                BaseAddress = new Uri("https://console.vast.ai"),
                Key = () => new VastKey(key, "test"),
                Transport = Wire,
                Clock = Clock,
                Observer = observer,
            },
        });
        _services.Add(service);
        return service;
    }

    public RentRequest Request(long? offerId = null) => new()
    {
        OfferId = (offerId ?? Vast.FreeOffers[0]).ToString(System.Globalization.CultureInfo.InvariantCulture),
        Image = "pytorch/pytorch:latest",
    };

    public async Task<IReadOnlyList<SpotInstance>> ListAsync(InstanceQuery? query = null, VastService? service = null)
    {
        var found = new List<SpotInstance>();
        await foreach (var instance in (service ?? Service).GetInstancesAsync(query ?? new InstanceQuery(), Host, CancellationToken.None))
        {
            found.Add(instance);
        }

        return found;
    }

    /// <summary>Rents a machine and waits until it runs.</summary>
    public async Task<SpotInstance> RunAsync(long? offerId = null)
    {
        var rented = await Service.RentAsync(Request(offerId), Host, CancellationToken.None);
        await foreach (var instance in Service.WaitAsync(
            [new InstanceKey(rented.Id)], WaitCondition.Running, TimeSpan.FromMinutes(15), Host, CancellationToken.None))
        {
            return instance;
        }

        throw new InvalidOperationException("It did not run: " + string.Join("; ", Host.Errors.Select(error => error.Message)));
    }

    public void Dispose()
    {
        foreach (var service in _services)
        {
            service.Dispose();
        }

        Wire.Dispose();
        Clock.Dispose();
        Directory.Delete(Journal, recursive: true);
    }
}

/// <summary>What a fault does to one request.</summary>
internal enum WireFault
{
    None,
    ResetBefore,
    ResetAfter,
    TimeOutAfter,
    BadGatewayBefore,
    BadGatewayAfter,
    HtmlAfter,
    EmptyAfter,
    RefuseOther,
}

/// <summary>The way from the client to the simulator: sees every request, and loses what a test wants lost.</summary>
internal sealed class VastWire(ISimulatedService service, SimulatedClock clock) : HttpMessageHandler
{
    private readonly object _gate = new();
    private readonly List<(string Operation, WireFault Fault)> _faults = [];

    public ConcurrentQueue<(SimulatedCall Call, DateTimeOffset At, int Status)> Calls { get; } = new();

    /// <summary>Called with each request after it took effect, before it is answered.</summary>
    public Action<SimulatedCall>? Answering { get; set; }

    /// <summary>Loses the next request of an operation.</summary>
    public void Fail(string operation, WireFault fault)
    {
        lock (_gate)
        {
            _faults.Add((operation, fault));
        }
    }

    public int Count(string operation) => Calls.Count(call => call.Call.Operation == operation);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var held = clock.Hold();
        var read = await SimulatedRequest.ReadAsync(request, cancellationToken);
        var call = service.Recognize(read) ?? throw new InvalidOperationException($"Not for Vast.ai: {read.Uri}");
        var fault = Take(call.Operation);
        if (fault == WireFault.ResetBefore)
        {
            Calls.Enqueue((call, clock.GetUtcNow(), 0));
            throw new HttpRequestException("The connection was reset.");
        }

        SimulatedResponse response;
        if (fault == WireFault.BadGatewayBefore)
        {
            response = new SimulatedResponse(502, "text/html", "<html>Bad gateway</html>");
        }
        else if (fault == WireFault.RefuseOther)
        {
            response = service.Refuse(call, new ServiceFaultException(500, "server_error", "Something broke."));
        }
        else
        {
            try
            {
                response = service.Answer(call);
            }
            catch (ServiceFaultException refusal)
            {
                response = service.Refuse(call, refusal);
            }
        }

        Calls.Enqueue((call, clock.GetUtcNow(), response.Status));
        Answering?.Invoke(call);
        response = fault switch
        {
            WireFault.ResetAfter => throw new HttpRequestException("The connection was reset."),
            WireFault.TimeOutAfter => throw new TaskCanceledException("The request timed out.", new TimeoutException()),
            WireFault.BadGatewayAfter => new SimulatedResponse(502, "text/html", "<html>Bad gateway</html>"),
            WireFault.HtmlAfter => new SimulatedResponse(200, "text/html", "<html>Welcome</html>"),
            WireFault.EmptyAfter => new SimulatedResponse(200, "application/json", ""),
            _ => response,
        };
        return response.ToMessage(request);
    }

    private WireFault Take(string operation)
    {
        lock (_gate)
        {
            var index = _faults.FindIndex(fault => fault.Operation == operation);
            if (index < 0)
            {
                return WireFault.None;
            }

            var fault = _faults[index].Fault;
            _faults.RemoveAt(index);
            return fault;
        }
    }
}

/// <summary>Ends the run at one call, as a kill does: from then on nothing is sent any more.</summary>
internal sealed class KillAt(int number, bool afterwards) : ICallObserver
{
    private int _sent;
    private volatile bool _dead;

    public bool Happened => _dead;

    public void Sending(CallRecord call)
    {
        if (_dead || (Interlocked.Increment(ref _sent) == number && !afterwards))
        {
            _dead = true;
            throw new KilledException();
        }
    }

    public void Answered(CallRecord call)
    {
        if (_dead || (Volatile.Read(ref _sent) >= number && afterwards))
        {
            _dead = true;
            throw new KilledException();
        }
    }
}

internal sealed class KilledException : Exception;
