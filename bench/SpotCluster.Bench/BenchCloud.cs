using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;

namespace SpotCluster.Bench;

/// <summary>A simulated cloud and the real engine on it: on real time to be measured, on simulated time to be looked at.</summary>
internal sealed class BenchCloud : IDisposable
{
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-bench-");
    private readonly HttpMessageHandler _transport;
    private readonly bool _isLook;
    private readonly SimulatedClock? _clock;

    /// <summary>An empty cloud.</summary>
    /// <param name="options">What it is made with.</param>
    /// <param name="isLook">
    /// Whether it lives on simulated time, where how busy the machine is changes neither calls nor depth, and memory is
    /// looked at. How long something takes then says nothing.
    /// </param>
    public BenchCloud(SimulatorOptions options, bool isLook = false)
    {
        _isLook = isLook;

        // On a busy machine a thread can be kept waiting for long: simulated time must not pass meanwhile.
        _clock = isLook ? new SimulatedClock { IdleGrace = TimeSpan.FromMilliseconds(150) } : null;
        Cloud = new SimulatedCloud(options with { Clock = _clock ?? TimeProvider.System });
        _transport = Cloud.CreateHandler();
    }

    public SimulatedCloud Cloud { get; }

    public IReadOnlyList<string> Regions => Cloud.Regions;

    /// <summary>An engine that knows nothing yet, as every new command starts with.</summary>
    /// <param name="transport">How it reaches the cloud; null for this process.</param>
    /// <param name="address">Where the cloud is served; null for where AWS is.</param>
    public SpotEngine OpenEngine(HttpMessageHandler? transport = null, Uri? address = null) => new(new EngineOptions
    {
        Transport = transport ?? _transport,
        EndpointUrl = address,
        Clock = Cloud.Clock,
        Settings = new SpotSettings(),
        JournalDirectory = _journal.FullName,
    });

    /// <summary>Puts machines of a cluster into a region, of a type that a launch chooses, past every limit.</summary>
    /// <returns>Their ids.</returns>
    public IReadOnlyList<string> AddMachines(string region, int count) => AddMachines(Cloud, region, count);

    /// <inheritdoc cref="AddMachines(string, int)"/>
    public static IReadOnlyList<string> AddMachines(SimulatedCloud cloud, string region, int count)
    {
        var settings = new SpotSettings();
        return cloud.Region(region).AddInstances(
            count, DefaultTypes.All[0], tags: [(settings.FilterTagName, settings.FilterTagValue), (TagKeys.Cluster, "bench")]);
    }

    /// <summary>Does a job, and tells how long it took and what it asked of this cloud.</summary>
    public async Task<JobRun> RunAsync(Func<Task> work)
    {
        long? held = null;
        var run = await JobRun.OfAsync(Cloud.Calls, _isLook ? async () => held = await HeldMemory.PeakAsync(work).ConfigureAwait(false) : work).ConfigureAwait(false);
        return run with { HeldBytes = held };
    }

    public void Dispose()
    {
        _transport.Dispose();
        Cloud.Dispose();
        _clock?.Dispose();
        _journal.Delete(recursive: true);
    }
}
