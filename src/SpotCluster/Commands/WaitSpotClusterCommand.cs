using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Waits until every instance of a cluster reaches a condition, and writes the cluster as it is then.</summary>
[Cmdlet(VerbsLifecycle.Wait, "SpotCluster", DefaultParameterSetName = ByName)]
[OutputType(typeof(Cluster))]
public sealed class WaitSpotClusterCommand : SpotRegionalClusterCmdlet
{
    /// <summary>What to wait for.</summary>
    [Parameter]
    public WaitCondition For { get; set; } = WaitCondition.Running;

    /// <summary>Seconds after which the instances that are not there yet become errors.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 600;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        string[] names = [.. Targets.Select(target => target.Name)];
        var missing = new LiteralNames(names);
        var found = new List<Cluster>();
        var errors = Run(names, async (pump, token) =>
        {
            var query = new ClusterQuery { Names = names, Regions = Region, AreRegionsDefault = IsDefaulted(nameof(Region)), EveryCloud = true };
            await foreach (var cluster in missing.Watch(engine.Clusters.GetClustersAsync(query, pump, token), cluster => cluster.Name).ConfigureAwait(false))
            {
                found.Add(cluster);
            }
        });
        foreach (var name in errors.Count == 0 ? missing.NotSeen : [])
        {
            WriteError(ErrorRecords.From(ClusterErrors.NotFound(name, Region, [], IsDefaulted(nameof(Region))), name));
        }

        var price = found.Aggregate((decimal?)0, (sum, cluster) => sum + cluster.HourlyPrice);
        AfterStop = () => For == WaitCondition.Terminated
            ? $"{ClusterLaunch.MayRun(found.Sum(cluster => cluster.Running), price)} To see them: Get-SpotCluster {string.Join(", ", found.Select(cluster => cluster.Name))}"
            : $"{ClusterLaunch.Remaining(found.Sum(cluster => cluster.Running))} billed, {PerHour(price)}. To remove them: Remove-SpotCluster {string.Join(", ", found.Select(cluster => cluster.Name))}";
        Run(names, (pump, token) => Task.WhenAll(found.Select(async cluster =>
            pump.Write(await ClusterLaunch.WaitAsync(engine, cluster, For, TimeSpan.FromSeconds(Timeout), pump, token).ConfigureAwait(false)))));
    }
}
