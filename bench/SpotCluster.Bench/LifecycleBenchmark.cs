using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Inventory;
using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>Create, list and remove against the number of round trips that the API forces: 6, 1 and 5, the cloud's own time, and the pause that the proof demands.</summary>
internal static class LifecycleBenchmark
{
    private const int Repetitions = 3;
    private const double Budget = 1.25;
    private const int CreateRoundTrips = 6;
    private const int ListRoundTrips = 1;
    private const int RemoveRoundTrips = 5;

    // What the cloud takes by itself between the call that terminates and the moment that the network lets go.
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan InterfaceLinger = TimeSpan.FromSeconds(3);

    // The proof is two empty listings so far apart, by design.
    private static readonly TimeSpan BetweenProofs = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        // The first run compiles the code; it is not measured.
        await MeasureAsync(2, 1, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero).ConfigureAwait(false);
        foreach (var (regions, machines) in new[] { (8, 2), (16, 5) })
        {
            foreach (var latency in new[] { TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250) })
            {
                var runs = new List<Times>();
                for (var run = 0; run < Repetitions; run++)
                {
                    runs.Add(await MeasureAsync(regions, machines, latency, ShutdownTime, InterfaceLinger).ConfigureAwait(false));
                }

                var setting = Invariant($"{regions} regions × {machines}, {latency.TotalMilliseconds:0} ms");
                yield return Measurement.Of("create", setting, BenchCloud.Median(runs.Select(run => run.Create)), latency * CreateRoundTrips, Budget);
                yield return Measurement.Of("list", setting, BenchCloud.Median(runs.Select(run => run.List)), latency * ListRoundTrips, Budget);
                yield return Measurement.Of(
                    "remove", setting, BenchCloud.Median(runs.Select(run => run.Remove)), (latency * RemoveRoundTrips) + ShutdownTime + InterfaceLinger + BetweenProofs, Budget);
            }
        }
    }

    private static async Task<Times> MeasureAsync(int regions, int machines, TimeSpan latency, TimeSpan shutdown, TimeSpan linger)
    {
        using var cloud = new BenchCloud(new SimulatorOptions { Latency = latency, ShutdownTime = shutdown, InterfaceLinger = linger });
        string[] names = [.. cloud.Regions.Take(regions)];
        var request = new ClusterRequest { Name = "bench", Regions = names, Count = regions * machines };

        using var creator = cloud.OpenEngine();
        var create = await BenchCloud.TimeAsync(async () =>
        {
            var plan = await creator.Clusters.PlanAsync(request, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            var cluster = await creator.Clusters.LaunchAsync(plan, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            Require(cluster.Running == request.Count, "create did not launch what was wanted");
        }).ConfigureAwait(false);

        using var lister = cloud.OpenEngine();
        var list = await BenchCloud.TimeAsync(async () =>
        {
            var found = await lister.Clusters.GetInstancesAsync(new InstanceQuery { Regions = names }, SilentHost.Instance, CancellationToken.None)
                .CountAsync().ConfigureAwait(false);
            Require(found == request.Count, "list did not find what was launched");
        }).ConfigureAwait(false);

        using var remover = cloud.OpenEngine();
        var remove = await BenchCloud.TimeAsync(async () =>
        {
            var proof = await remover.Removal
                .RemoveAsync(new RemovalScope { ClusterName = "bench", Regions = names }, _ => { }, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            Require(proof.Proven, "remove could not prove that nothing is left");
        }).ConfigureAwait(false);
        return new Times(create, list, remove);
    }

    private static void Require(bool isTrue, string problem)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException($"The measurement is void: {problem}.");
        }
    }

    private sealed record Times(TimeSpan Create, TimeSpan List, TimeSpan Remove);
}
