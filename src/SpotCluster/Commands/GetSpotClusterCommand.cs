using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Lists clusters: what was wanted, what runs, what it costs.</summary>
[Cmdlet(VerbsCommon.Get, "SpotCluster")]
[OutputType(typeof(Cluster))]
public sealed class GetSpotClusterCommand : SpotRegionCmdlet
{
    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ClusterName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Also what each cluster has cost until now.</summary>
    [Parameter]
    public SwitchParameter Cost { get; set; }

    /// <summary>Clouds.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider[] Provider { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        var missing = new LiteralNames(Name);
        var query = new ClusterQuery { Names = Name, Regions = Region, Providers = Provider, EveryCloud = Provider.Length == 0 };
        UnmanagedInstances? others = null;
        query = query with { OnUnmanaged = found => others = found };
        var errors = Stream(Name, (pump, token) =>
        {
            var found = engine.Clusters.GetClustersAsync(query, pump, token);
            found = Cost ? found.WithCostAsync(engine.Costs, Region, pump, token) : found;
            return missing.Watch(found, cluster => cluster.Name);
        });

        TellUnmanaged(others);

        // A region that was not listed may hold what was not found, and its error is written already.
        foreach (var name in errors.Count == 0 ? missing.NotSeen : [])
        {
            WriteError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound, $"There is no cluster '{name}'."), name));
        }
    }
}
