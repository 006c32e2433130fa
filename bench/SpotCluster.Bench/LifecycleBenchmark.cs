using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
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

    private static readonly TimeSpan[] Latencies = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250)];

    // What the cloud takes by itself between the call that terminates and the moment that the network lets go.
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan InterfaceLinger = TimeSpan.FromSeconds(3);

    // The proof is two empty listings so far apart, by design.
    private static readonly TimeSpan BetweenProofs = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (var (regions, machines) in new[] { (8, 2), (16, 5) })
        {
            foreach (var latency in Latencies)
            {
                // The first run compiles the code, too.
                var look = await MeasureAsync(regions, machines, latency, isLook: true).ConfigureAwait(false);
                var runs = new List<Runs>();
                for (var run = 0; run < Repetitions; run++)
                {
                    runs.Add(await MeasureAsync(regions, machines, latency, isLook: false).ConfigureAwait(false));
                }

                Measurement Row(string what, Func<Runs, JobRun> job, TimeSpan criticalPath) => Measurement.Of(
                    what, Invariant($"{regions} regions × {machines}, {latency.TotalMilliseconds:0} ms"), job(look).Taking(runs.Select(job)), criticalPath, Budget);
                yield return Row("create", run => run.Create, latency * CreateRoundTrips);
                yield return Row("list", run => run.List, latency * ListRoundTrips);
                yield return Row("remove", run => run.Remove, (latency * RemoveRoundTrips) + ShutdownTime + InterfaceLinger + BetweenProofs);
            }
        }
    }

    private static async Task<Runs> MeasureAsync(int regions, int machines, TimeSpan latency, bool isLook)
    {
        using var cloud = new BenchCloud(new SimulatorOptions { Latency = latency, ShutdownTime = ShutdownTime, InterfaceLinger = InterfaceLinger }, isLook);
        string[] names = [.. cloud.Regions.Take(regions)];
        var request = new ClusterRequest { Name = "bench", Regions = names, Count = regions * machines };

        using var creator = cloud.OpenEngine();
        var create = await cloud.RunAsync(async () =>
        {
            var plan = await creator.Clusters.PlanAsync(request, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            var cluster = await creator.Clusters.LaunchAsync(plan, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            Require(cluster.Running == request.Count, "create did not launch what was wanted");
        }).ConfigureAwait(false);

        using var lister = cloud.OpenEngine();
        var list = await cloud.RunAsync(async () =>
        {
            var found = await lister.Clusters.GetInstancesAsync(new InstanceQuery { Regions = names }, SilentHost.Instance, CancellationToken.None)
                .CountAsync().ConfigureAwait(false);
            Require(found == request.Count, "list did not find what was launched");
        }).ConfigureAwait(false);

        using var remover = cloud.OpenEngine();
        var remove = await cloud.RunAsync(async () =>
        {
            var proof = await remover.Removal
                .RemoveAsync(new RemovalScope { ClusterName = "bench", Regions = names }, _ => { }, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            Require(proof.Proven, "remove could not prove that nothing is left");
        }).ConfigureAwait(false);
        return new Runs(create, list, remove);
    }

    private static void Require(bool isTrue, string problem)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException($"The measurement is void: {problem}.");
        }
    }

    private sealed record Runs(JobRun Create, JobRun List, JobRun Remove);
}
