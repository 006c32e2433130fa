using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Writes the machines of clusters, then each change, until it is stopped.</summary>
[Cmdlet(VerbsCommon.Watch, "SpotCluster", DefaultParameterSetName = ByName)]
[OutputType(typeof(SpotChange))]
public sealed class WatchSpotClusterCommand : SpotRegionalClusterCmdlet
{
    /// <inheritdoc/>
    [Parameter(ParameterSetName = ByName, Position = 0)]
    [Alias("ClusterName")]
    [ValidateNotNullOrEmpty]
    [ClusterNames]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public override string[] Name { get; set; } = [];

    /// <summary>Seconds from one look to the next.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int Interval { get; set; } = 15;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0 && IsNarrowed)
        {
            return;
        }

        var engine = OpenEngine();
        string[] names = [.. Targets.Select(target => target.Name)];
        RequireExisting(engine, names);
        var query = new ClusterQuery { Names = names, Regions = Region };
        Stream(names, (pump, token) => engine.Clusters.WatchAsync(query, TimeSpan.FromSeconds(Interval), pump, token));
    }

    // A name of no cluster is a typo, and not a cluster to wait for without end.
    private void RequireExisting(SpotEngine engine, string[] names)
    {
        var missing = new LiteralNames(names);
        if (missing.NotSeen.Count == 0)
        {
            return;
        }

        var errors = Run(names, async (pump, token) =>
        {
            var query = new ClusterQuery { Names = names, Regions = Region };
            await foreach (var _ in missing.Watch(engine.Clusters.GetClustersAsync(query, pump, token), cluster => cluster.Name).ConfigureAwait(false))
            {
            }
        });
        if (errors.Count == 0 && missing.NotSeen is [{ } name, ..])
        {
            ThrowTerminatingError(ErrorRecords.From(ClusterErrors.NotFound(name), name));
        }
    }
}
