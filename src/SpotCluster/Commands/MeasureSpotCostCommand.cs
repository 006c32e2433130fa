using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Measures what machines, disks and public addresses cost per hour, and have cost until now.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "SpotCost", DefaultParameterSetName = ByQuery, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotCost))]
[OutputType(typeof(SpotAccount))]
public sealed class MeasureSpotCostCommand : SpotRegionCmdlet
{
    private const string ByQuery = "Query";
    private const string ByObject = "InputObject";

    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private bool _isAsked;

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ByQuery, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ClusterNames]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] ClusterName { get; set; } = [];

    /// <summary>Ids of machines, taken literally.</summary>
    [Parameter(ParameterSetName = ByQuery)]
    [Alias("InstanceId")]
    [ValidateNotNullOrEmpty]
    [InstanceIds]
    [ArgumentCompleter(typeof(InstanceIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>Clusters, machines, what is about one, names of clusters, or rows.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, ValueFromPipeline = true, HelpMessage = "Clusters or instances, from Get-SpotCluster and Get-SpotInstance")]
    [ValidateNotNull]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Clouds.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider[] Provider { get; set; } = [];

    /// <summary>What each object is about.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public SpotCostScope[] Scope { get; set; } = [];

    /// <summary>Also machines that ended and are still shown by the cloud.</summary>
    [Parameter]
    public SwitchParameter IncludeEnded { get; set; }

    /// <summary>Limit in USD: in all, per hour or per day.</summary>
    [Parameter]
    [Budget]
    public SpotBudget? Budget { get; set; }

    /// <summary>What becomes of the managed instances that were measured when the budget is exceeded.</summary>
    [Parameter]
    public SpotCreditPolicy OnBudgetExceeded { get; set; }

    /// <summary>Does not ask before instances are stopped or destroyed.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _isAsked = true;
        _ids.UnionWith(Id);
        try
        {
            foreach (var item in InputObject.Concat(ClusterName.Select(PSObject.AsPSObject)))
            {
                Take(new PipedObject(item), item);
            }
        }
        catch (SpotException wrong)
        {
            ThrowTerminatingError(ErrorRecords.From(wrong, InputObject.FirstOrDefault()?.BaseObject));
        }
    }

    // A machine stands for itself, everything else for its cluster.
    private void Take(PipedObject piped, PSObject item)
    {
        if (piped.TypeName == nameof(SpotInstance) || (piped.IsRow && (piped["Id"] ?? piped["InstanceId"]) is not null))
        {
            _ids.Add(InstanceTarget.Read(item, region: null).Key.Id);
            return;
        }

        _names.Add(ClusterTarget.Read(item, provider: null).Name);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // An empty pipeline asks for nothing, and not for everything.
        if (!_isAsked)
        {
            return;
        }

        if (Budget is null || OnBudgetExceeded == SpotCreditPolicy.None)
        {
            Needs(Budget is null ? "-Budget" : "-OnBudgetExceeded", Budget is null ? [nameof(OnBudgetExceeded), nameof(Force)] : [nameof(Force)]);
        }

        SpotCostScope[] scopes = Scope.Length == 0 ? [SpotCostScope.Cluster, SpotCostScope.Total] : [.. Scope.Distinct()];
        if (scopes.Length > 1 && scopes.Contains(SpotCostScope.Account))
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "-Scope Account is not supported with other scopes: it writes objects of another type.")
                {
                    RecommendedAction = "Run the command twice: once with -Scope Account alone.",
                },
                Scope));
        }

        var (clusters, instances, isComplete) = (new List<SpotCost>(), new List<SpotCost>(), true);
        foreach (var (engine, providers) in EachAccount(Provider))
        {
            isComplete &= Measure(engine, providers, scopes, clusters, instances);
        }

        // A region that was not listed may hold what was not found, and its error is written already.
        if (isComplete)
        {
            ClusterErrors.Missing(_names, clusters.Select(row => row.Name)).Select(name => ClusterErrors.NotFound(name, Region, Provider, IsDefaulted(nameof(Region))))
                .Concat(_ids.Except(instances.Select(row => row.Name), StringComparer.OrdinalIgnoreCase).Select(ClusterErrors.InstanceNotFound))
                .ToList().ForEach(error => WriteError(ErrorRecords.From(error, error.Target)));
        }
    }

    // One account. True when everything of it was looked at.
    private bool Measure(SpotEngine engine, SpotProvider[] providers, SpotCostScope[] scopes, List<SpotCost> clusters, List<SpotCost> instances)
    {
        var query = new CostQuery
        {
            ClusterNames = [.. _names],
            Ids = [.. _ids],
            Regions = Region,
            AreRegionsDefault = IsDefaulted(nameof(Region)),
            Providers = providers,
            EveryCloud = providers.Length == 0,
            IncludeEnded = IncludeEnded,
            Budget = Budget,
        };
        CostReport? report = null;
        var errors = Run(null, async (pump, token) => report = await engine.Costs.MeasureAsync(query, pump, token).ConfigureAwait(false));
        if (report is null)
        {
            return false;
        }

        clusters.AddRange(report.Clusters);
        instances.AddRange(report.Instances);
        if (scopes is not [SpotCostScope.Account])
        {
            WriteObject(scopes.SelectMany(report.By).Select(row => WithAccount(engine, row)), enumerateCollection: true);
            if (providers.Contains(SpotProvider.Vast) && report.Account is { } left)
            {
                WriteInformation(new HostInformationMessage { Message = AccountText.Left(left) }, ["PSHOST"]);
            }
        }
        else if (report.Account is { } account)
        {
            WriteObject(account);
        }

        if (_ids.Count == 0)
        {
            ReportUnmanaged(UnmanagedInstances.Of(report.Account));
        }

        if (report.BudgetError is { } budget)
        {
            // The error may end the command: it comes after the response.
            try
            {
                Run(null, (pump, token) => new BudgetGuard(engine.Clusters, engine.Power, engine.Removal).RespondAsync(
                    budget, query, new ShutdownConsent(this, pump, Force).ToResponse(OnBudgetExceeded), pump, token));
            }
            finally
            {
                WriteError(ErrorRecords.From(budget, Budget));
            }
        }

        return errors.Count == 0;
    }
}
