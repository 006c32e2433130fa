using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Removes everything that carries the tag, of every cluster, and proves that nothing is left.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SpotNuke", DefaultParameterSetName = Delete, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SpotRemoval), ParameterSetName = new[] { Delete })]
[OutputType(typeof(SpotProof), ParameterSetName = new[] { Delete })]
[OutputType(typeof(SpotRemovalPlan), ParameterSetName = new[] { Look })]
public sealed class InvokeSpotNukeCommand : SpotResourceFilterCmdlet
{
    private const string Delete = "Delete";
    private const string Look = "Plan";

    private readonly Dictionary<RemovalPlan, SpotEngine> _engines = new(ReferenceEqualityComparer.Instance);

    /// <summary>Makes it.</summary>
    public InvokeSpotNukeCommand() => IsFinishedOnceBegun = true;

    /// <summary>Clouds; every one that there are credentials for when none is named.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider[] Provider { get; set; } = [];

    /// <summary>Vast.ai: also the volumes of the account.</summary>
    [Parameter]
    public SwitchParameter IncludeVolume { get; set; }

    /// <summary>Also what is unmanaged: at AWS instances with the filter tag and what lies inside a managed VPC, at Vast.ai every instance of the account.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    /// <summary>Also what is attached to managed resources without the filter tag.</summary>
    [Parameter]
    public SwitchParameter IncludeAttached { get; set; }

    /// <summary>Lifts termination protection, and passes over the tag <c>spotcluster:protect-until</c>.</summary>
    [Parameter]
    public SwitchParameter Unprotect { get; set; }

    /// <summary>Only looks: writes what would go, with the hash to approve.</summary>
    [Parameter(ParameterSetName = Look, Mandatory = true, HelpMessage = "Show the plan with its hash without removing anything")]
    public SwitchParameter Plan { get; set; }

    /// <summary>Hashes of plans that were looked at, one for each provider: exactly these sets go, or nothing.</summary>
    [Parameter(ParameterSetName = Delete)]
    [ValidateNotNullOrEmpty]
    public string[] Approve { get; set; } = [];

    /// <summary>Most resources that may go; more is refused before any change.</summary>
    [Parameter(ParameterSetName = Delete)]
    [ValidateRange(0, int.MaxValue)]
    public int MaxDelete { get; set; } = RemovalScope.UsualMaxDelete;

    /// <summary>Seconds after which what is left becomes an error.</summary>
    [Parameter(ParameterSetName = Delete)]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 900;

    /// <summary>Writes the proofs in place of the resources.</summary>
    [Parameter(ParameterSetName = Delete)]
    public SwitchParameter Summary { get; set; }

    /// <summary>Name of a variable that gets the proofs.</summary>
    [Parameter(ParameterSetName = Delete)]
    [ValidateNotNullOrEmpty]
    public string? ProofVariable { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter(ParameterSetName = Delete)]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        RefusePipeline(
            "it removes all managed resources.",
            "To remove piped objects, use Remove-SpotInstance or Remove-SpotCluster; to narrow the removal, use -Provider, -Region, -Name, -Tag, -Type, -KeepCluster and -OlderThan.");
        base.BeginProcessing();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Provider is [{ } only])
        {
            RefuseMisplaced(only, only == SpotProvider.Vast ? [nameof(Unprotect), nameof(IncludeAttached), .. OnlyAwsConnection] : [nameof(IncludeVolume)]);
        }

        var plans = new List<(RemovalScope Scope, RemovalPlan Plan)>();
        foreach (var (engine, providers) in EachAccount(Provider))
        {
            Run(null, async (pump, token) =>
                plans.AddRange(await EveryProvider.PlanAsync(engine.Removal, engine.Providers, Scope(), providers, pump, token).ConfigureAwait(false)));
            plans.ForEach(one => _engines.TryAdd(one.Plan, engine));
        }

        if (Plan)
        {
            WriteObject(plans.Select(one => one.Plan.ToModel()), enumerateCollection: true);
        }
        else if (IsWhatIf)
        {
            plans.ForEach(one => Preview(one.Plan));
        }
        else if (plans.Count > 0)
        {
            Remove(Agreed(plans));
        }
    }

    private RemovalScope Scope() => new()
    {
        Regions = RegionsAt(Provider),
        AreRegionsDefault = IsDefaulted(nameof(Region)),
        KeepClusters = KeepCluster,
        Filter = Filter,
        OlderThan = OlderThan,
        IncludeForeign = IncludeForeign,
        IncludeAttached = IncludeAttached,
        Expired = Expired,
        IncludeVolume = IncludeVolume,
        Unprotect = Unprotect,
        MaxDelete = MaxDelete,
        Timeout = TimeSpan.FromSeconds(Timeout),
    };

    private void Preview(RemovalPlan plan)
    {
        plan.Resources.ToList().ForEach(resource => ShouldProcess(RemovalPreview.Line(resource), "Remove"));
        RemovalPreview.Unmanaged(plan).ToList().ForEach(line => WriteWarning(line.Trim()));
        WriteInformation(new HostInformationMessage { Message = $"What if: {RemovalPreview.Summary(plan)}." }, ["PSHOST"]);
    }

    // Everything is refused and asked before the first change, so that nobody types an account id for nothing.
    private List<(RemovalScope Scope, RemovalPlan Plan)> Agreed(List<(RemovalScope Scope, RemovalPlan Plan)> plans)
    {
        var identities = new Dictionary<RemovalPlan, SpotIdentity>();
        IReadOnlyList<(RemovalScope Scope, RemovalPlan Plan)> fitting = [];
        Run(null, async (_, token) =>
        {
            var chosen = EveryProvider.RequireFit(plans, Approve);
            foreach (var (_, plan) in chosen)
            {
                identities[plan] = await AccountQuestion.IdentityAsync(_engines[plan], plan, token).ConfigureAwait(false);
            }

            fitting = chosen;
        });
        fitting.SelectMany(one => one.Plan.Resources).ToList().ForEach(resource => WriteVerbose($"To be removed: {RemovalPreview.Line(resource)}."));
        if (Force)
        {
            return [.. fitting.Where(one => Consents(RemovalPreview.Summary(one.Plan), "Remove", Force))];
        }

        AccountQuestion.Require(this, fitting.Select(one => one.Plan), identities);
        return [.. fitting];
    }

    private void Remove(List<(RemovalScope Scope, RemovalPlan Plan)> agreed)
    {
        RemovalScope[] scopes = [.. agreed.Select(one => one.Scope with
        {
            ExpectedAccountId = one.Plan.AccountId,
            Plan = one.Plan,

            // Nobody was asked about what turns up after an empty plan.
            ApprovedHash = !Force && one.Plan.Resources.Count == 0 && one.Plan.Unknown.Count == 0 ? one.Plan.Hash : one.Scope.ApprovedHash,
        })];
        var proofs = new ProofOutput(this, Summary, ProofVariable);
        AfterStop = () => proofs.Left(scopes, Again("Invoke-SpotNuke"));
        try
        {
            Run(agreed.FirstOrDefault().Plan?.AccountId, (pump, token) => Task.WhenAll(scopes.GroupBy(scope => _engines[scope.Plan!])
                .Select(account => proofs.RemoveAsync(account.Key.Removal, [.. account], pump, token))));
        }
        finally
        {
            proofs.Save();
        }
    }
}
