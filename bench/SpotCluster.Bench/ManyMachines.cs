using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Simulator;

namespace SpotCluster.Bench;

/// <summary>Fills a region with machines.</summary>
internal static class ManyMachines
{
    private const int PerCluster = 500;

    /// <summary>A cloud without latency and without limits on the rate of calls.</summary>
    public static SimulatorOptions Options => new() { Throttling = false };

    /// <summary>Launches machines in clusters of moderate size, as they would come about.</summary>
    public static async Task LaunchAsync(BenchCloud cloud, string region, int machines)
    {
        using var engine = cloud.OpenEngine();
        for (var start = 0; start < machines; start += PerCluster)
        {
            var request = new ClusterRequest
            {
                Name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bench-{start}"),
                Regions = [region],
                Count = Math.Min(PerCluster, machines - start),
                UseDefaultVpc = true,
            };
            var plan = await engine.Clusters.PlanAsync(request, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            await engine.Clusters.LaunchAsync(plan, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
