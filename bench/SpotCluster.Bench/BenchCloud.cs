using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;

namespace SpotCluster.Bench;

/// <summary>A simulated cloud on real time, and the real engine on it.</summary>
internal sealed class BenchCloud : IDisposable
{
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-bench-");
    private readonly SimulatedCloud _cloud;
    private readonly HttpMessageHandler _transport;

    public BenchCloud(SimulatorOptions options)
    {
        _cloud = new SimulatedCloud(options with { Clock = TimeProvider.System });
        _transport = _cloud.CreateHandler();
    }

    public IReadOnlyList<string> Regions => _cloud.Regions;

    /// <summary>An engine that knows nothing yet, as every new command starts with.</summary>
    public SpotEngine OpenEngine() => new(new EngineOptions
    {
        Transport = _transport,
        Settings = new SpotSettings(),
        JournalDirectory = _journal.FullName,
    });

    /// <summary>Puts machines of a cluster into a region, past every limit.</summary>
    public void AddMachines(string region, int count)
    {
        var settings = new SpotSettings();
        _cloud.Region(region).AddInstances(
            count, tags: [(settings.FilterTagName, settings.FilterTagValue), (TagKeys.Cluster, "bench")]);
    }

    /// <summary>How long something takes, by the wall clock.</summary>
    public static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await work().ConfigureAwait(false);
        return TimeProvider.System.GetElapsedTime(start);
    }

    /// <summary>The middle one.</summary>
    public static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var ordered = times.Order().ToArray();
        return ordered[ordered.Length / 2];
    }

    public void Dispose()
    {
        _transport.Dispose();
        _cloud.Dispose();
        _journal.Delete(recursive: true);
    }
}
