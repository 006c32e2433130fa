using System.Globalization;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Removes everything of clusters, and proves that nothing is left.</summary>
[Cmdlet(VerbsCommon.Remove, "SpotCluster", DefaultParameterSetName = ByName, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SpotRemoval))]
[OutputType(typeof(SpotProof))]
public sealed class RemoveSpotClusterCommand : SpotRegionalClusterCmdlet
{
    /// <summary>Makes it.</summary>
    public RemoveSpotClusterCommand() => IsFinishedOnceBegun = true;

    private readonly List<string> _notFound = [];

    /// <summary>Clouds of the names; every one that there are credentials for when none is named.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider[] Provider { get; set; } = [];

    /// <summary>Seconds after which what is left becomes an error.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 900;

    /// <summary>Most resources that may go; more is refused before any change.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxDelete { get; set; } = RemovalScope.UsualMaxDelete;

    /// <summary>Lifts the termination protection of machines of the cluster.</summary>
    [Parameter]
    public SwitchParameter Unprotect { get; set; }

    /// <summary>Also what is unmanaged: at AWS what lies inside a VPC of the cluster, at Vast.ai nothing more.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    /// <summary>Also what is attached to resources of the cluster without the filter tag.</summary>
    [Parameter]
    public SwitchParameter IncludeAttached { get; set; }

    /// <summary>Writes the proofs in place of the resources.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <summary>Name of a variable that gets the proofs.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProofVariable { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        var isVast = Provider is [SpotProvider.Vast] || Targets.All(target => target.Provider == SpotProvider.Vast);
        if (isVast && Misplaced(SpotProvider.Vast, [nameof(Unprotect), nameof(IncludeAttached), .. OnlyAwsConnection]) is { } misplaced)
        {
            ThrowTerminatingError(ErrorRecords.From(misplaced, null));
        }

        var planned = new List<(SpotEngine Engine, RemovalScope Scope, RemovalPlan Plan)>();
        foreach (var (engine, providers) in EachAccount(Provider))
        {
            using var time = new CommandTime(engine.Options.Clock, TimeSpan.FromSeconds(Timeout));
            Time = time;

            // Vast.ai has one account, whose clusters the first of several engines has planned.
            var isFurther = planned.Count > 0 && AccountOf(engine) is not null && providers is [SpotProvider.Aws];
            planned.AddRange(Resolve(engine, Region, providers)
                .Where(cluster => !isFurther || cluster.Provider != SpotProvider.Vast)
                .SelectMany(cluster => Plan(engine, cluster, providers).Select(one => (engine, one.Scope, one.Plan))));
        }

        foreach (var name in _notFound.Where(name => !planned.Exists(one => string.Equals(one.Scope.ClusterName, name, StringComparison.OrdinalIgnoreCase))).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            WriteError(ErrorRecords.From(ClusterErrors.NotFound(name, Region, Provider, IsDefaulted(nameof(Region))), name));
        }

        if (!IsWhatIf)
        {
            RequireWithin(planned.Sum(one => one.Plan.Resources.Count), MaxDelete);
        }

        var chosen = planned
            .Where(one => Consents(Describe(one.Scope.ClusterName!, one.Plan), "Remove", Force))
            .Select(one => (one.Engine, Scope: one.Scope with { ExpectedAccountId = one.Plan.AccountId, Plan = one.Plan })).ToList();
        RemovalScope[] scopes = [.. chosen.Select(one => one.Scope)];
        if (chosen.Count > 0)
        {
            var proofs = new ProofOutput(this, Summary, ProofVariable);
            AfterStop = () => proofs.Left(scopes, Again($"Remove-SpotCluster {string.Join(", ", scopes.Select(scope => scope.ClusterName).Distinct())}"));
            try
            {
                Run(null, (pump, token) => Task.WhenAll(chosen.GroupBy(one => one.Engine)
                    .Select(account => proofs.RemoveAsync(account.Key.Removal, [.. account.Select(one => one.Scope)], pump, token))));
            }
            finally
            {
                proofs.Save();
            }
        }
    }

    // What the cluster has at each provider.
    private List<(RemovalScope Scope, RemovalPlan Plan)> Plan(SpotEngine engine, ClusterTarget cluster, SpotProvider[] named)
    {
        var scope = new RemovalScope
        {
            ClusterName = cluster.Name,
            Regions = Region,
            AreRegionsDefault = IsDefaulted(nameof(Region)),
            Timeout = TimeSpan.FromSeconds(Timeout),
            Unprotect = Unprotect,
            MaxDelete = MaxDelete,
            IncludeForeign = IncludeForeign,
            IncludeAttached = IncludeAttached,
        };
        var providers = cluster.Provider is { } only ? [only] : named;
        IReadOnlyList<(RemovalScope Scope, RemovalPlan Plan)>? plans = null;
        var errors = Run(cluster.Name, async (pump, token) =>
            plans = await Time!.WithinAsync(() => EveryProvider.PlanAsync(engine.Removal, engine.Providers, scope, providers, pump, token)).ConfigureAwait(false));
        var found = (plans ?? []).Where(one => !one.Plan.IsEmpty).ToList();
        if (plans is not null && found.Count == 0 && errors.Count == 0)
        {
            if (plans.Select(one => one.Plan.AllExcluded(cluster.Name)).FirstOrDefault(excluded => excluded is not null) is { } all)
            {
                WriteError(ErrorRecords.From(all, cluster.Name));
                return [];
            }

            // Tags have regard to case, and names of clusters have not.
            var other = Resolve(engine, Region, providers, [cluster.Name]).FirstOrDefault(one => !string.Equals(one.Name, cluster.Name, StringComparison.Ordinal));
            if (other is not null)
            {
                return Plan(engine, other, named);
            }

            _notFound.Add(cluster.Name);
        }

        // An object that came from another account is no leave to remove what has its name here.
        if (cluster.AccountId is { } own && found.Find(one => one.Plan.Provider == SpotProvider.Aws && one.Plan.AccountId != own).Plan is { } elsewhere)
        {
            WriteError(ErrorRecords.From(
                new SpotException(SpotErrorIds.AccountChanged, SpotErrorCategory.Refused, $"Cluster '{cluster.Name}' that was piped is of account {own}, and this is account {elsewhere.AccountId}. Nothing was changed.")
                {
                    Target = cluster.Name,
                    RecommendedAction = "Name the profile of that account with -ProfileName.",
                },
                cluster.Name));
            return [];
        }

        return found;
    }

    private string Describe(string name, RemovalPlan plan)
    {
        foreach (var resource in plan.Resources)
        {
            WriteVerbose($"'{name}' has {resource.Type} {resource.Id} in {resource.Region}.");
        }

        var instances = plan.Resources.Count(resource => resource.Type == "instance");
        var price = plan.HourlyPrice is { } hourly ? string.Format(CultureInfo.InvariantCulture, ", {0:0.####} USD per hour", hourly) : "";
        var unknown = plan.Unknown.Count == 0 ? "" : $", not listed: {string.Join("; ", plan.Unknown)}";
        var unmanaged = RemovalPreview.Unmanaged(plan).ToArray();
        return string.Format(
            CultureInfo.InvariantCulture,
            "cluster '{0}': {1} and {2} at {3}{4}{5}{6}",
            name,
            Counted(instances, "instance"),
            Counted(plan.Resources.Count - instances, "other resource"),
            RemovalPreview.Scope(plan),
            price,
            unknown,
            unmanaged.Length == 0 ? "" : Environment.NewLine + string.Join(Environment.NewLine, unmanaged));
    }

    private static string Counted(int number, string word) =>
        string.Format(CultureInfo.InvariantCulture, number == 1 ? "{0} {1}" : "{0} {1}s", number, word);
}
