using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;

namespace SpotCluster.Bench;

/// <summary>A simulated cloud on real time, and the real engine on it.</summary>
internal sealed class BenchCloud : IDisposable
{
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-bench-");
    private readonly HttpMessageHandler _transport;
    private readonly bool _looksAtMemory;

    /// <summary>An empty cloud.</summary>
    /// <param name="options">What it is made with.</param>
    /// <param name="looksAtMemory">Whether <see cref="RunAsync"/> tells what is held in memory; the time then says nothing.</param>
    public BenchCloud(SimulatorOptions options, bool looksAtMemory = false)
    {
        _looksAtMemory = looksAtMemory;
        Cloud = new SimulatedCloud(options with { Clock = TimeProvider.System });
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
        Settings = new SpotSettings(),
        JournalDirectory = _journal.FullName,
    });

    /// <summary>Puts machines of a cluster into a region, past every limit.</summary>
    /// <returns>Their ids.</returns>
    public IReadOnlyList<string> AddMachines(string region, int count)
    {
        var settings = new SpotSettings();
        return Cloud.Region(region).AddInstances(
            count, tags: [(settings.FilterTagName, settings.FilterTagValue), (TagKeys.Cluster, "bench")]);
    }

    /// <summary>Does a job, and tells how long it took and what it asked of this cloud.</summary>
    public async Task<JobRun> RunAsync(Func<Task> work)
    {
        var held = 0L;
        var run = await JobRun.OfAsync(Cloud.Calls, _looksAtMemory ? async () => held = await HeldMemory.PeakAsync(work).ConfigureAwait(false) : work).ConfigureAwait(false);
        return run with { HeldBytes = held };
    }

    public void Dispose()
    {
        _transport.Dispose();
        Cloud.Dispose();
        _journal.Delete(recursive: true);
    }
}
