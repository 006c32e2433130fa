using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Lists clusters: what was wanted, what runs, what it costs.</summary>
[Cmdlet(VerbsCommon.Get, "SpotCluster", DefaultParameterSetName = ByName)]
[OutputType(typeof(Cluster))]
public sealed class GetSpotClusterCommand : SpotRegionalClusterCmdlet
{
    /// <inheritdoc/>
    [Parameter(ParameterSetName = ByName, Position = 0)]
    [Alias("ClusterName")]
    [ValidateNotNullOrEmpty]
    [ClusterNames]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public override string[] Name { get; set; } = [];

    /// <summary>Also what each cluster has cost until now.</summary>
    [Parameter]
    public SwitchParameter Cost { get; set; }

    /// <summary>Clouds.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider[] Provider { get; set; } = [];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0 && IsNarrowed)
        {
            return;
        }

        string[] names = [.. Targets.Select(target => target.Name)];
        var missing = new LiteralNames(names);
        var query = new ClusterQuery { Names = names, Regions = Region, AreRegionsDefault = IsDefaulted(nameof(Region)) };
        UnmanagedInstances? others = null;
        query = query with { OnUnmanaged = found => others = found };
        var errors = EachAccount(Provider).SelectMany(account => Stream(names, (pump, token) =>
        {
            var (engine, providers) = account;
            var found = engine.Clusters.GetClustersAsync(query with { Providers = providers, EveryCloud = providers.Length == 0 }, pump, token);
            found = Cost ? found.WithCostAsync(engine.Costs, Region, pump, token) : found;
            return InView(missing.Watch(Wanted(found), cluster => cluster.Name), Cost ? "Cost" : null);
        })).ToList();

        ReportUnmanaged(others);

        // A region that was not listed may hold what was not found, and its error is written already.
        foreach (var name in errors.Count == 0 ? missing.NotSeen : [])
        {
            WriteError(ErrorRecords.From(ClusterErrors.NotFound(name, Region, Provider, IsDefaulted(nameof(Region))), name));
        }
    }

    // A cluster that was piped is meant at its own provider.
    private async IAsyncEnumerable<Cluster> Wanted(IAsyncEnumerable<Cluster> found)
    {
        await foreach (var cluster in found.ConfigureAwait(false))
        {
            if (Targets.Count == 0
                || Targets.Any(target => (target.Provider is null || target.Provider == cluster.Provider) && Wildcard.IsMatch(target.Name, cluster.Name)))
            {
                yield return cluster;
            }
        }
    }
}
