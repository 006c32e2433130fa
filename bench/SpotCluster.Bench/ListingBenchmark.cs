using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>Listing many machines: time for each, and what is held in memory while they stream.</summary>
internal static class ListingBenchmark
{
    // Both are more than the pages that are read ahead, so a page is being parsed at most of the looks: what is held must
    // not grow from the one to the other.
    private const int Few = 10_000;
    private const int Many = 20_000;
    private const int MemoryStep = 250;
    private const double FlatBudget = 1.5;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        var few = await MeasureAsync(Few).ConfigureAwait(false);
        var many = await MeasureAsync(Many).ConfigureAwait(false);
        yield return new Measurement(
            "list many: time for each", Invariant($"{Few} machines, no latency"), Microseconds(few.Time / Few), Invariant($"{Microseconds(many.Time / Many)} at {Many}"), few.Time / Few / (many.Time / Many), null);
        yield return new Measurement(
            "list many: most memory held", Invariant($"{Many} machines, streaming"), Measurement.Megabytes(many.PeakBytes), Invariant($"{Measurement.Megabytes(few.PeakBytes)} at {Few}"), (double)many.PeakBytes / few.PeakBytes, FlatBudget);
    }

    private static async Task<(TimeSpan Time, long PeakBytes)> MeasureAsync(int machines)
    {
        using var cloud = new BenchCloud(new SimulatorOptions { Throttling = false });
        var region = cloud.Regions[0];
        cloud.AddMachines(region, machines);
        await ListAsync(cloud, region, machines, _ => { }).ConfigureAwait(false);

        var run = await cloud.RunAsync(() => ListAsync(cloud, region, machines, _ => { })).ConfigureAwait(false);

        // A full collection at each step tells what is really held, and not what waits for the collector.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = 0L;
        await ListAsync(cloud, region, machines, number =>
        {
            if (number % MemoryStep == 0)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }).ConfigureAwait(false);
        return (run.Time, Math.Max(peak, 1));
    }

    private static async Task ListAsync(BenchCloud cloud, string region, int expected, Action<int> onInstance)
    {
        using var engine = cloud.OpenEngine();
        var number = 0;
        await foreach (var instance in engine.Clusters.GetInstancesAsync(new InstanceQuery { Regions = [region] }, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false))
        {
            onInstance(++number);
        }

        if (number != expected)
        {
            throw new InvalidOperationException(Invariant($"The measurement is void: {number} machines were listed, {expected} run."));
        }
    }

    private static string Microseconds(TimeSpan time) => Invariant($"{time.TotalMicroseconds:0.0} µs");
}
