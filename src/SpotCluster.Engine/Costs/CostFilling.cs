using System.Runtime.CompilerServices;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Costs;

/// <summary>
/// Writes what listed machines and clusters have cost until now into them, as a measurement tells it: with disks and
/// addresses. Two round trips more and nothing until the last region has answered, so only where it was asked for.
/// </summary>
public static class CostFilling
{
    /// <summary>The machines with <see cref="SpotInstance.CostToDate"/>; unknown stays null. Those of Vast.ai tell it by themselves.</summary>
    public static async IAsyncEnumerable<SpotInstance> WithCostAsync(
        this IAsyncEnumerable<SpotInstance> machines, ICostService costs, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = new List<SpotInstance>();
        await foreach (var machine in machines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            all.Add(machine);
        }

        var atAws = all.Where(machine => machine.Provider == SpotProvider.Aws).ToList();
        if (atAws.Count > 0)
        {
            var query = new CostQuery { Regions = Distinct(atAws.Select(machine => machine.Region)), Ids = Distinct(atAws.Select(machine => machine.Id)) };
            var rows = (await costs.MeasureAsync(query, host, cancellationToken).ConfigureAwait(false)).Instances;
            var spent = rows.ToDictionary(row => row.Name, row => row.CostToDate, StringComparer.Ordinal);
            foreach (var machine in atAws)
            {
                machine.CostToDate = spent.TryGetValue(machine.Id, out var cost) ? cost : null;
            }
        }

        foreach (var machine in all)
        {
            yield return machine;
        }
    }

    /// <summary>The clusters with <see cref="Cluster.CostToDate"/>; unknown stays null.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="costs">What measures.</param>
    /// <param name="regions">The regions that were listed; empty for all.</param>
    /// <param name="host">Told of what could not be read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async IAsyncEnumerable<Cluster> WithCostAsync(
        this IAsyncEnumerable<Cluster> clusters,
        ICostService costs,
        IReadOnlyList<string> regions,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = new List<Cluster>();
        await foreach (var cluster in clusters.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            all.Add(cluster);
        }

        var atAws = all.Where(cluster => cluster.Provider == SpotProvider.Aws).ToList();
        if (atAws.Count > 0)
        {
            var query = new CostQuery { Regions = [.. regions.Where(RegionNames.IsAwsForm)] };
            var rows = (await costs.MeasureAsync(query, host, cancellationToken).ConfigureAwait(false)).Clusters;
            var spent = rows.ToDictionary(row => row.Name, row => row.CostToDate, StringComparer.Ordinal);
            foreach (var cluster in atAws)
            {
                cluster.CostToDate = spent.TryGetValue(cluster.Name, out var cost) ? cost : cluster.CostToDate;
            }
        }

        foreach (var cluster in all)
        {
            yield return cluster;
        }
    }

    private static List<string> Distinct(IEnumerable<string> values) => [.. values.Distinct(StringComparer.Ordinal).OrderBy(value => value, StringComparer.Ordinal)];
}
