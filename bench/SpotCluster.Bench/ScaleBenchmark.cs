using System.Diagnostics;
using SpotCluster.Engine;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>
/// List, cost and removal of an account with 1,000, 5,000 and 20,000 instances in 17 regions, on simulated time: processor
/// time of engine and simulator together, calls, and what is held in memory. Each size is compared with the one before it.
/// </summary>
internal static class ScaleBenchmark
{
    private static readonly int[] Sizes = [1_000, 5_000, 20_000];

    // Each instance has a volume and a spot request; its interface is a part of it.
    private const int ResourcesOfInstance = 3;
    private const double LinearBudget = 1.1;

    private static readonly SpotSettings Settings = new();

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (var (name, work) in new (string, Func<SpotEngine, int, Task>)[] { ("list", ListAsync), ("cost", CostAsync), ("nuke", NukeAsync) })
        {
            // The first run compiles the code, too.
            await MeasureAsync(Sizes[0], work, isLook: false).ConfigureAwait(false);
            (int Instances, TimeSpan Processor)? smaller = null;
            foreach (var instances in Sizes)
            {
                var (processor, _, _) = await MeasureAsync(instances, work, isLook: false).ConfigureAwait(false);
                var (_, calls, held) = await MeasureAsync(instances, work, isLook: true).ConfigureAwait(false);
                var linear = smaller?.Processor * instances / smaller?.Instances;
                yield return Measurement.Of(name, Invariant($"{instances} instances"), processor, linear, LinearBudget) with { Calls = calls, HeldBytes = held };
                smaller = (instances, processor);
            }
        }
    }

    private static async Task<(TimeSpan Processor, int Calls, long HeldBytes)> MeasureAsync(int instances, Func<SpotEngine, int, Task> work, bool isLook)
    {
        using var clock = new SimulatedClock();
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = clock, Throttling = false, ShutdownTime = TimeSpan.FromSeconds(12), InterfaceLinger = TimeSpan.FromSeconds(3) });
        for (var number = 0; number < cloud.Regions.Count; number++)
        {
            var here = (instances / cloud.Regions.Count) + (number < instances % cloud.Regions.Count ? 1 : 0);
            cloud.Region(cloud.Regions[number]).AddInstances(here, tags: [(Settings.FilterTagName, Settings.FilterTagValue), (TagKeys.Cluster, "bench")]);
        }

        var journal = Directory.CreateTempSubdirectory("spotcluster-bench-");
        try
        {
            using var engine = new SpotEngine(new EngineOptions { Transport = cloud.CreateHandler(), Clock = clock, Settings = Settings, JournalDirectory = journal.FullName });
            var calls = 0;

            // The log of the calls is the simulator's, and would be most of what is held.
            cloud.Answered += _ =>
            {
                if (Interlocked.Increment(ref calls) % 100 == 0)
                {
                    cloud.Calls.Clear();
                }
            };
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            var before = process.TotalProcessorTime;
            var held = 0L;
            if (isLook)
            {
                held = await HeldMemory.PeakAsync(() => work(engine, instances)).ConfigureAwait(false);
            }
            else
            {
                await work(engine, instances).ConfigureAwait(false);
            }

            process.Refresh();
            return (process.TotalProcessorTime - before, calls, held);
        }
        finally
        {
            journal.Delete(recursive: true);
        }
    }

    private static async Task ListAsync(SpotEngine engine, int expected)
    {
        var found = await engine.Clusters.GetInstancesAsync(new InstanceQuery(), SilentHost.Instance, CancellationToken.None).CountAsync().ConfigureAwait(false);
        Require(found == expected, Invariant($"{found} of {expected} instances were listed"));
    }

    private static async Task CostAsync(SpotEngine engine, int expected)
    {
        var report = await engine.Costs.MeasureAsync(new CostQuery(), SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
        Require(report.Instances.Count == expected, Invariant($"{report.Instances.Count} of {expected} instances have a cost"));
    }

    private static async Task NukeAsync(SpotEngine engine, int expected)
    {
        var gone = 0;
        var proof = await engine.Removal.RemoveAsync(
            new RemovalScope { MaxDelete = int.MaxValue, Timeout = TimeSpan.FromHours(4) }, _ => gone++, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
        Require(proof.Proven && gone == expected * ResourcesOfInstance, Invariant($"{gone} of {expected * ResourcesOfInstance} resources were removed, and {proof}"));
    }

    private static void Require(bool isTrue, string problem)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException($"The measurement is void: {problem}.");
        }
    }
}
