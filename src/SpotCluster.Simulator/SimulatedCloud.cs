using System.Net.Sockets;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Aws.Sso;
using SpotCluster.Simulator.Bacalhau;
using SpotCluster.Simulator.Ec2;
using SpotCluster.Simulator.Ec2.Resources;
using SpotCluster.Simulator.Faults;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Simulator;

/// <summary>The clouds in memory: one account with its regions. All members are safe to use from several threads.</summary>
public sealed class SimulatedCloud : IDisposable
{
    private readonly List<ISimulatedService> _services = [];
    private readonly SimulatedClock? _ownClock;
    private readonly AwsAccount _account;

    /// <summary>Makes an empty account: default VPCs, images and a market, and nothing of ours.</summary>
    public SimulatedCloud(SimulatorOptions options)
    {
        Options = options ?? throw new ArgumentNullException(nameof(options));
        // A person's program computes between two calls, cold at first: the waits of others must not run out meanwhile.
        _ownClock = options.Clock is null ? new SimulatedClock { IdleGrace = TimeSpan.FromMilliseconds(10) } : null;
        Clock = options.Clock ?? _ownClock!;
        Faults = new FaultPlan(options.Seed);
        _account = new AwsAccount(options, Clock, Faults);
        Vast = new SimulatedVast(options.Seed, Clock, options.Vast);
        Sso = new SimulatedSso(_account);
        Orchestrator = new SimulatedOrchestrator(_account, Clock, options.Orchestrator);

        // Both have paths that begin alike; those of the orchestrator are the longer ones.
        _services.Add(Orchestrator);
        _services.Add(Vast);
        _services.Add(new SsoEndpoint(Sso, _account));
        _services.Add(new AwsEndpoint(
            _account,
            [new Ec2Service(_account), new StsService(_account), new ServiceQuotasService(_account), new IamService(_account), new PricingService(_account), new AutoScalingService(_account), new TaggingService(_account), new LoadBalancingService(_account)]));
    }

    /// <summary>Called before each request is answered, on the caller's thread; may throw to act out a failing transport.</summary>
    public event Action<LoggedCall>? Receiving;

    /// <summary>Called when a request was answered or failed.</summary>
    public event Action<LoggedCall>? Answered;

    /// <summary>What it was made with.</summary>
    public SimulatorOptions Options { get; }

    /// <summary>The clock that it lives on; give the same to the engine.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Enabled regions of the account.</summary>
    public IReadOnlyList<string> Regions => _account.EnabledRegions;

    /// <summary>Every request received.</summary>
    public CallLog Calls { get; } = new();

    /// <summary>The account at Vast.ai: its market, its machines, its credit.</summary>
    public SimulatedVast Vast { get; }

    /// <summary>Single sign-on of the account.</summary>
    public SimulatedSso Sso { get; }

    /// <summary>
    /// By how much the clock of the cloud is ahead of those that sign; below zero, behind. More than five minutes, and signed
    /// requests are refused as AWS does it.
    /// </summary>
    public TimeSpan ClockAhead
    {
        get => _account.ClockAhead;
        set => _account.ClockAhead = value;
    }

    /// <summary>Every answer has a Date header, by the clock of the cloud. Over HTTP the server sends its own.</summary>
    public bool SendsDate { get; set; }

    /// <summary>The Bacalhau orchestrator that machines may join.</summary>
    public SimulatedOrchestrator Orchestrator { get; }

    /// <summary>What goes wrong, and when.</summary>
    public FaultPlan Faults { get; }

    /// <summary>Alias of the account; null for none.</summary>
    public string? AccountAlias
    {
        get => _account.Alias;
        set => _account.Alias = value;
    }

    /// <summary>A region: its inventory, its market, and ways to populate it.</summary>
    /// <exception cref="ArgumentException">AWS has no such region.</exception>
    public SimulatedRegion Region(string name) => new(_account.Region(name));

    /// <summary>
    /// Everything in all regions that somebody made and that still lives: no default VPCs, public images, terminated machines
    /// or closed requests. With a key, only what carries that tag; with a value, only with exactly that value.
    /// </summary>
    public IReadOnlyList<SimulatedResource> AllLive(string? tagKey = null, string? tagValue = null) =>
    [
        .. _account.UsedRegions()
            .SelectMany(region => new SimulatedRegion(region).Live)
            .Where(resource => tagKey is null
                || (resource.Tags.TryGetValue(tagKey, out var value) && (tagValue is null || value == tagValue))),
    ];

    /// <summary>Adds a service. It is asked before those that are there.</summary>
    public void Register(ISimulatedService service)
    {
        lock (_services)
        {
            _services.Insert(0, service ?? throw new ArgumentNullException(nameof(service)));
        }
    }

    /// <summary>Opts in to a region, or out of it.</summary>
    public void EnableRegion(string region, bool enabled = true) => _account.Enable(region, enabled);

    /// <summary>The only IAM actions that a policy allows, for example <c>ec2:CreateVpc</c>; null for all.</summary>
    public IReadOnlyCollection<string>? AllowedActions
    {
        get => _account.Allowed;
        set => _account.Allowed = value;
    }

    /// <summary>Makes a role of IAM with a policy of its own, one that is attached, and an instance profile of each of the names.</summary>
    public void AddRole(string name, IReadOnlyList<string> profiles, params (string Key, string Value)[] tags)
    {
        var role = new IamRole { Name = name, CreatedAt = Clock.GetUtcNow(), Tags = tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal) };
        role.Policies.Add("own");
        role.Attached.Add("arn:aws:iam::aws:policy/ReadOnlyAccess");
        foreach (var profile in profiles)
        {
            role.Profiles[profile] = new Dictionary<string, string>(StringComparer.Ordinal);
        }

        lock (_account.Roles)
        {
            _account.Roles.Add(role);
        }
    }

    /// <summary>Names of the roles of IAM.</summary>
    public IReadOnlyList<string> Roles
    {
        get
        {
            lock (_account.Roles)
            {
                return [.. _account.Roles.Select(role => role.Name)];
            }
        }
    }

    /// <summary>Takes the right to an operation from the user, or gives it back: calls and dry runs answer UnauthorizedOperation.</summary>
    public void Deny(string operation, bool denied = true) => _account.Deny(operation, denied);

    /// <summary>Makes an access key with a secret: signatures with it are checked from now on. Any other key is taken as it is.</summary>
    public void AddAccessKey(string accessKeyId, string secretAccessKey) => _account.AddKey(accessKeyId, secretAccessKey);

    /// <summary>Makes an access key unknown.</summary>
    public void RefuseAccessKey(string accessKeyId) => _account.RefuseKey(accessKeyId);

    /// <summary>From the <paramref name="fromCall"/>-th call from now on, every AWS call is refused with a code.</summary>
    /// <returns>The rule, to remove it again.</returns>
    public FaultRule ExpireCredentials(int fromCall = 1, string code = "ExpiredToken")
    {
        var rule = new FaultRule { Action = FaultAction.Error, From = fromCall, Code = code };
        Faults.Add(rule);
        return rule;
    }

    /// <summary>A handler for the engine's HTTP clients; any number may be made.</summary>
    public HttpMessageHandler CreateHandler() => new SimulatedHandler(this);

    /// <summary>The metadata service (IMDSv2) as one machine sees it: token, identity document, interruption notice.</summary>
    public HttpMessageHandler CreateMetadataHandler(string instanceId) => new SimulatedMetadata(Options.AccountId, () => FindMachine(instanceId));

    /// <summary>Answers one request as the cloud that it is addressed to would.</summary>
    /// <exception cref="HttpRequestException">The connection failed: unknown host, or an injected reset.</exception>
    public async Task<HttpResponseMessage> HandleAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var hold = (Clock as SimulatedClock)?.Hold();
        LoggedCall? logged = null;
        try
        {
            var read = await SimulatedRequest.ReadAsync(request, cancellationToken).ConfigureAwait(false);
            var (service, call) = Recognize(read);
            if (service is null || call is null)
            {
                return new SimulatedResponse(404, "text/plain", $"The simulator supports no service at {read.Uri.GetLeftPart(UriPartial.Path)}").ToMessage(request);
            }

            logged = Calls.Add(call, Clock.GetUtcNow());
            Receiving?.Invoke(logged);
            var rule = Faults.Next(call);
            logged.Fault = rule?.Action.ToString();
            if (rule?.Action == FaultAction.NameUnknown)
            {
                throw NameUnknown(read.Uri.Host);
            }

            // The request takes effect when it arrives; only the way back takes time. Whoever gives up waiting cannot undo it.
            var response = Answer(service, call, logged, rule);
            hold?.Dispose();
            await DelayAsync(Options.Latency + FaultDelay(rule), cancellationToken).ConfigureAwait(false);
            logged.AnsweredAt = Clock.GetUtcNow();
            if (response is null)
            {
                throw Reset();
            }

            logged.HttpStatus = response.Status;
            var message = response.ToMessage(request);
            if (SendsDate)
            {
                message.Headers.Date = Clock.GetUtcNow() + ClockAhead;
            }

            if (rule?.Action == FaultAction.StallBody)
            {
                message.Content = new StalledContent(message.Content, TimeSpan.FromSeconds(rule.Seconds ?? 60), Clock);
            }

            return message;
        }
        finally
        {
            hold?.Dispose();
            if (logged is not null)
            {
                Answered?.Invoke(logged);
            }
        }
    }

    /// <summary>Takes a spot machine back: a notice first, and two minutes later it is gone.</summary>
    /// <exception cref="ArgumentException">There is no such machine, or it is not a spot machine.</exception>
    public void Interrupt(string instanceId) => WithSpot(instanceId, InstanceLife.Interrupt);

    /// <summary>Recommends to replace a spot machine: its metadata show it, and a fleet that rebalances replaces it.</summary>
    /// <exception cref="ArgumentException">There is no such machine, or it is not a spot machine.</exception>
    public void RecommendRebalance(string instanceId) => WithSpot(instanceId, InstanceLife.RecommendRebalance);

    /// <inheritdoc/>
    public void Dispose() => _ownClock?.Dispose();

    private void WithSpot(string instanceId, Action<Ec2Region, Instance> act)
    {
        foreach (var region in _account.UsedRegions())
        {
            lock (region.Gate)
            {
                region.CatchUp();
                if (region.Instances.Find(instanceId) is { IsSpot: true } instance)
                {
                    act(region, instance);
                    return;
                }
            }
        }

        throw new ArgumentException($"No spot instance '{instanceId}' exists.", nameof(instanceId));
    }

    private MetadataOfMachine? FindMachine(string instanceId)
    {
        foreach (var region in _account.UsedRegions())
        {
            lock (region.Gate)
            {
                region.CatchUp();
                if (region.Instances.Find(instanceId) is { IsLive: true } machine)
                {
                    return new MetadataOfMachine(machine.Id, machine.Type.Name, machine.Zone, region.Name, machine.InterruptionAt, machine.RebalanceAt);
                }
            }
        }

        return null;
    }

    private (ISimulatedService? Service, SimulatedCall? Call) Recognize(SimulatedRequest request)
    {
        ISimulatedService[] services;
        lock (_services)
        {
            services = [.. _services];
        }

        foreach (var service in services)
        {
            try
            {
                if (service.Recognize(request) is { } call)
                {
                    return (service, call);
                }
            }
            catch (HostUnknownException e)
            {
                throw NameUnknown(e.Host);
            }
        }

        return (null, null);
    }

    // Null when the caller gets no answer.
    private static SimulatedResponse? Answer(ISimulatedService service, SimulatedCall call, LoggedCall logged, FaultRule? rule)
    {
        SimulatedResponse Refuse(ServiceFaultException fault)
        {
            logged.ErrorCode = fault.Code;
            return service.Refuse(call, fault);
        }

        SimulatedResponse Bare(FaultRule rule) => rule.Body switch
        {
            FaultBody.Html => new SimulatedResponse(
                rule.Status ?? 503, "text/html", "<html><head><title>Service Unavailable</title></head><body><h1>Service Unavailable</h1>" + (rule.Message is null ? "" : $"<pre>{System.Net.WebUtility.HtmlEncode(rule.Message)}</pre>") + "</body></html>"),
            FaultBody.Text => new SimulatedResponse(rule.Status ?? 200, "application/json", rule.Text ?? ""),
            FaultBody.Empty => new SimulatedResponse(rule.Status ?? 503, "", ""),
            _ => Refuse(AwsFaults.Named(rule.Code ?? ((rule.Status ?? 500) == 503 ? "Unavailable" : "InternalError"), rule.Message, rule.Status ?? 500)),
        };

        SimulatedResponse? Deliver(SimulatedResponse response) => rule?.Action switch
        {
            FaultAction.ResetAfter or FaultAction.Stall => null,
            FaultAction.HttpAfter => Bare(rule),
            _ => response,
        };

        switch (rule?.Action)
        {
            case FaultAction.ResetBefore:
                return null;
            case FaultAction.Throttle:
                return Refuse(AwsFaults.Named(rule.Code ?? "RequestLimitExceeded", rule.Message, rule.Status));
            case FaultAction.Error:
                return Refuse(AwsFaults.Named(rule.Code ?? "InternalError", rule.Message, rule.Status));
            case FaultAction.Http:
                return Bare(rule);
            case FaultAction.WrongKind:
                return OfWrongKind(service, call, logged);
            case FaultAction.PartialPage when call.IsNextPage:
                return Refuse(AwsFaults.Named(rule.Code ?? "InternalError", rule.Message, rule.Status));
            case FaultAction.PartialPage:
                call.PageLimit = rule.PageSize;
                break;
        }

        try
        {
            var response = service.Answer(call);
            logged.TookEffect = true;
            return Deliver(response);
        }
        catch (ServiceFaultException fault)
        {
            return Deliver(Refuse(fault));
        }
    }

    private static SimulatedResponse OfWrongKind(ISimulatedService service, SimulatedCall call, LoggedCall logged)
    {
        if (call.Service is not ("ec2" or "sts"))
        {
            return new SimulatedResponse(200, "application/json", "{}");
        }

        return logged.Number % 2 == 0
            ? service.Refuse(call, AwsFaults.Named("InternalError", null, 500)) with { Status = 200 }
            : new SimulatedResponse(
                200,
                "text/xml;charset=UTF-8",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DescribeSomethingElseResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>0</requestId></DescribeSomethingElseResponse>");
    }

    private static TimeSpan FaultDelay(FaultRule? rule) => rule?.Action switch
    {
        FaultAction.Stall => TimeSpan.FromSeconds(rule.Seconds ?? 60),
        FaultAction.Delay => TimeSpan.FromSeconds(rule.Seconds ?? 1),
        _ => TimeSpan.Zero,
    };

    private static HttpRequestException NameUnknown(string host) => new(
        $"No such host is known. ({host}:443)", new SocketException((int)SocketError.HostNotFound));

    private static HttpRequestException Reset() => new(
        "The connection was reset by the simulator.",
        new IOException("Unable to read data from the transport connection: Connection reset by peer.", new SocketException((int)SocketError.ConnectionReset)));

    private async Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class SimulatedHandler(SimulatedCloud cloud) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            cloud.HandleAsync(request, cancellationToken);
    }
}
