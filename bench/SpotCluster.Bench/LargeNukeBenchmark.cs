using SpotCluster.Engine;
using SpotCluster.Engine.Inventory;
using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>The removal of everything in an account with tens of thousands of resources: calls, time, and what is held in memory.</summary>
internal static class LargeNukeBenchmark
{
    // Each instance has a disk and a spot request; its interface is a part of it.
    private const int ResourcesOfInstance = 3;
    private const int Few = 228;
    private const int Many = 914;

    // Four times as many resources may take four times as much, and no more.
    private const double LinearBudget = 1.25;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        var few = await MeasureAsync(Few).ConfigureAwait(false);
        var many = await MeasureAsync(Many).ConfigureAwait(false);
        var setting = Invariant($"{many.Resources} resources");
        var before = Invariant($"at {few.Resources}");
        var growth = (double)many.Resources / few.Resources;
        yield return new Measurement("nuke many: calls", setting, Invariant($"{many.Calls}"), Invariant($"{few.Calls} {before}"), many.Calls / (few.Calls * growth), LinearBudget);
        yield return new Measurement(
            "nuke many: most memory held", setting, Measurement.Megabytes(many.HeldBytes), $"{Measurement.Megabytes(few.HeldBytes)} {before}", many.HeldBytes / (few.HeldBytes * growth), LinearBudget);
        yield return new Measurement(
            "nuke many: processor time", setting, Invariant($"{many.Processor.TotalSeconds:0.0} s"), Invariant($"{few.Processor.TotalSeconds:0.0} s {before}"), many.Processor / (few.Processor * growth), null);
    }

    private static async Task<(int Resources, int Calls, long HeldBytes, TimeSpan Processor)> MeasureAsync(int machines)
    {
        var processor = await RemoveAsync(machines, isLook: false).ConfigureAwait(false);
        var look = await RemoveAsync(machines, isLook: true).ConfigureAwait(false);
        return (look.Resources, look.Calls, look.HeldBytes, processor.Processor);
    }

    private static async Task<(int Resources, int Calls, long HeldBytes, TimeSpan Processor)> RemoveAsync(int machines, bool isLook)
    {
        using var clock = new SimulatedClock();
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = clock, Throttling = false, ShutdownTime = TimeSpan.FromSeconds(12), InterfaceLinger = TimeSpan.FromSeconds(3) });
        var settings = new Engine.Configuration.SpotSettings();
        foreach (var region in cloud.Regions)
        {
            cloud.Region(region).AddInstances(machines, tags: [(settings.FilterTagName, settings.FilterTagValue), (Engine.Clusters.TagKeys.Cluster, "bench")]);
        }

        var journal = Directory.CreateTempSubdirectory("spotcluster-bench-");
        try
        {
            using var engine = new SpotEngine(new EngineOptions { Transport = cloud.CreateHandler(), Clock = clock, Settings = settings, JournalDirectory = journal.FullName });
            var gone = 0;
            var calls = 0;

            // The log of the calls is the simulator's, and would be most of what is held.
            cloud.Answered += _ =>
            {
                if (Interlocked.Increment(ref calls) % 100 == 0)
                {
                    cloud.Calls.Clear();
                }
            };
            var proof = new Model.SpotProof();
            async Task WorkAsync() => proof = await engine.Removal.RemoveAsync(
                new RemovalScope { MaxDelete = int.MaxValue, Timeout = TimeSpan.FromHours(4) }, _ => gone++, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            var before = process.TotalProcessorTime;
            var held = 0L;
            if (isLook)
            {
                held = await HeldMemory.PeakAsync(WorkAsync).ConfigureAwait(false);
            }
            else
            {
                await WorkAsync().ConfigureAwait(false);
            }

            process.Refresh();
            var resources = cloud.Regions.Count * machines * ResourcesOfInstance;
            return proof.Proven && gone == resources
                ? (resources, calls, held, process.TotalProcessorTime - before)
                : throw new InvalidOperationException(Invariant($"The measurement is void: {gone} of {resources} were removed, and {proof}"));
        }
        finally
        {
            journal.Delete(recursive: true);
        }
    }
}
