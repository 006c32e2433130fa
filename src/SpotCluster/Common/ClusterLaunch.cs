using System.Globalization;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Common;

/// <summary>What a launch says before, and waits for afterwards.</summary>
internal static class ClusterLaunch
{
    /// <summary>A plan in one line.</summary>
    public static string Describe(SpotPlan plan)
    {
        var price = plan.HourlyCost is { } hourly
            ? string.Format(CultureInfo.InvariantCulture, "{0:0.####} USD per hour", hourly) + Included(plan)
            : "price unknown";
        return $"cluster '{plan.Name}': {Machines(plan.Count)} in {string.Join(", ", plan.Regions.Select(region => region.Region))}, {price}";
    }

    private static string Included(SpotPlan plan) => plan.PublicIpHourlyPrice is null ? ""
        : plan.StorageHourlyPrice is null ? " with public addresses, without disks (price unknown)" : " with disks and public addresses";

    /// <summary>A launch by price in one line.</summary>
    public static string Describe(RentalClusterRequest request) => string.Format(
        CultureInfo.InvariantCulture,
        "cluster '{0}': {1} at Vast.ai, {2}, at most {3:0.####} USD per hour each",
        request.Name, Machines(request.Count), request.Offers.OnDemand ? "on demand" : "by bid", request.Offers.MaxHourlyPrice);

    /// <summary>Returns the cluster as it is when all meet the condition or the time is up; those that do not in time are errors of their own.</summary>
    public static async Task<Cluster> WaitAsync(SpotEngine engine, Cluster launched, WaitCondition condition, TimeSpan timeout, Pump pump, CancellationToken token)
    {
        string[] regions = launched.Provider == SpotProvider.Vast ? [] : [.. launched.Regions.Select(region => region.Region)];
        var keys = new List<InstanceKey>();
        var query = new InstanceQuery { ClusterNames = [launched.Name], Regions = regions, Providers = [launched.Provider], IncludePrice = false };
        await foreach (var instance in engine.Clusters.GetInstancesAsync(query, pump, token).ConfigureAwait(false))
        {
            keys.Add(new InstanceKey(instance.Id, instance.Region, instance.Provider));
        }

        await foreach (var instance in engine.Clusters.WaitAsync(keys, condition, timeout, pump, token).ConfigureAwait(false))
        {
            pump.Verbose($"{instance.Id} in {instance.Region}: {condition}.");
        }

        var now = engine.Clusters.GetClustersAsync(new ClusterQuery { Names = [launched.Name], Regions = regions, Providers = [launched.Provider] }, pump, token);
        await foreach (var cluster in now.ConfigureAwait(false))
        {
            return cluster;
        }

        return launched;
    }

    /// <summary>The start of a sentence about instances that are billed after a wait was stopped.</summary>
    internal static string Remaining(int count) => Machines(count) + (count == 1 ? " remains and is" : " remain and are");

    /// <summary>How many instances an interrupted wait for their end leaves at most.</summary>
    internal static string MayRun(int count, decimal? price) => $"At most {Machines(count)} still {(count == 1 ? "runs" : "run")}, {SpotCmdlet.PerHour(price)}.";

    private static string Machines(int count) => count == 1 ? "1 instance" : string.Format(CultureInfo.InvariantCulture, "{0} instances", count);
}
