using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>The removal of everything over all enabled regions, most of them empty, as the commands do it after the consent.</summary>
internal static class NukeBenchmark
{
    private const int Repetitions = 3;
    private const int NonEmpty = 2;
    private const int Machines = 5;
    private const double Budget = 1.25;

    // Who and where; the tags; what carries them and what lies in its VPC; who, again; terminate; the listing that sees it;
    // what is left of the network.
    private const int RoundTrips = 7;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(100);

    // What the cloud takes by itself between the call that terminates and the moment that the network lets go.
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan InterfaceLinger = TimeSpan.FromSeconds(3);

    // The proof is two empty listings so far apart, by design.
    private static readonly TimeSpan BetweenProofs = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        // The first run compiles the code, too.
        var (look, regions) = await MeasureAsync(isLook: true).ConfigureAwait(false);
        var runs = new List<JobRun>();
        for (var run = 0; run < Repetitions; run++)
        {
            runs.Add((await MeasureAsync(isLook: false).ConfigureAwait(false)).Run);
        }

        var setting = Invariant($"{regions} regions, {NonEmpty} × {Machines}, {Latency.TotalMilliseconds:0} ms");
        yield return Measurement.Of(
            "nuke", setting, look.Taking(runs), (Latency * RoundTrips) + ShutdownTime + InterfaceLinger + BetweenProofs, Budget);
    }

    private static async Task<(JobRun Run, int Regions)> MeasureAsync(bool isLook)
    {
        using var cloud = new BenchCloud(new SimulatorOptions { Latency = Latency, ShutdownTime = ShutdownTime, InterfaceLinger = InterfaceLinger }, isLook);
        using var creator = cloud.OpenEngine();
        var request = new ClusterRequest { Name = "bench", Regions = [.. cloud.Regions.Take(NonEmpty)], Count = NonEmpty * Machines };
        var plan = await creator.Clusters.PlanAsync(request, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
        var cluster = await creator.Clusters.LaunchAsync(plan, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
        var account = (await creator.GetIdentityAsync(CancellationToken.None).ConfigureAwait(false)).AccountId;

        using var remover = cloud.OpenEngine();
        var scope = new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete, ExpectedAccountId = account };
        var machines = 0;
        var isProven = false;
        var run = await cloud.RunAsync(async () =>
        {
            var proof = await remover.Removal.RemoveAsync(
                scope, removal => machines += removal.Type == "instance" ? 1 : 0, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            isProven = proof.Proven && proof.Regions.Length == cloud.Regions.Count;
        }).ConfigureAwait(false);
        return isProven && cluster.Running == request.Count && machines == request.Count
            ? (run, cloud.Regions.Count)
            : throw new InvalidOperationException("The measurement is void: not everything was launched, removed and proven.");
    }
}
