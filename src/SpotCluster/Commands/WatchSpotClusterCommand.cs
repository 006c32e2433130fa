using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Writes the instances of clusters, then each change, until it is stopped; removes what expires meanwhile.</summary>
[Cmdlet(VerbsCommon.Watch, "SpotCluster", DefaultParameterSetName = ByName, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
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

    /// <summary>Providers.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider[] Provider { get; set; } = [];

    /// <summary>Limit in USD: in all, per hour or per day.</summary>
    [Parameter]
    [Budget]
    public SpotBudget? Budget { get; set; }

    /// <summary>What becomes of the managed instances that are watched when the budget is exceeded.</summary>
    [Parameter]
    public SpotCreditPolicy OnBudgetExceeded { get; set; }

    /// <summary>Does not ask before instances are stopped or destroyed.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0 && IsNarrowed)
        {
            return;
        }

        if (Budget is null || OnBudgetExceeded == SpotCreditPolicy.None)
        {
            Needs(Budget is null ? "-Budget" : "-OnBudgetExceeded", Budget is null ? [nameof(OnBudgetExceeded), nameof(Force)] : [nameof(Force)]);
        }

        var engine = OpenEngine();
        string[] names = [.. Targets.Select(target => target.Name)];
        RequireExisting(engine, names);
        var query = Query(names);
        Stream(names, (pump, token) =>
        {
            var keeper = new ClusterKeeper(engine.Costs, engine.Removal, new BudgetGuard(engine.Clusters, engine.Power, engine.Removal), engine.Time)
            {
                Scope = query,
                Budget = Budget,
                OnBudgetExceeded = new ShutdownConsent(this, pump, Force).ToResponse(OnBudgetExceeded),
            };
            return engine.Clusters.WatchAsync(IsPreview ? query : query with { AfterLook = keeper.KeepAsync }, TimeSpan.FromSeconds(Interval), pump, token);
        });
    }

    private ClusterQuery Query(string[] names) => new() { Names = names, Regions = Region, AreRegionsDefault = IsDefaulted(nameof(Region)), Providers = Provider, EveryCloud = Provider.Length == 0 };

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
            var query = Query(names);
            await foreach (var _ in missing.Watch(engine.Clusters.GetClustersAsync(query, pump, token), cluster => cluster.Name).ConfigureAwait(false))
            {
            }
        });
        if (errors.Count == 0 && missing.NotSeen is [{ } name, ..])
        {
            ThrowTerminatingError(ErrorRecords.From(ClusterErrors.NotFound(name, Region, Provider, IsDefaulted(nameof(Region))), name));
        }
    }
}
