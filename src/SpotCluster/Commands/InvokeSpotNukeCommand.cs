using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Removes everything that carries the tag, of every cluster, and proves that nothing is left.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SpotNuke", DefaultParameterSetName = Delete, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SpotRemoval), typeof(SpotProof), ParameterSetName = new[] { Delete })]
[OutputType(typeof(SpotRemovalPlan), ParameterSetName = new[] { Look })]
public sealed class InvokeSpotNukeCommand : SpotRegionCmdlet
{
    private const string Delete = "Delete";
    private const string Look = "Plan";

    private readonly HashSet<string> _regions = new(StringComparer.OrdinalIgnoreCase);
    private bool _called;

    /// <summary>The cloud.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider Provider { get; set; } = SpotProvider.Aws;

    /// <summary>Clusters that stay; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] KeepCluster { get; set; } = [];

    /// <summary>Only what was created at least so long ago.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? OlderThan { get; set; }

    /// <summary>Only what is expired.</summary>
    [Parameter]
    public SwitchParameter Expired { get; set; }

    /// <summary>Vast.ai: also the volumes of the account.</summary>
    [Parameter]
    public SwitchParameter IncludeVolume { get; set; }

    /// <summary>Also what belongs to somebody else: at AWS what lies inside a VPC of ours, at Vast.ai every machine of the account.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    /// <summary>Lifts termination protection, and passes over the tag <c>spotcluster:protect-until</c>.</summary>
    [Parameter]
    public SwitchParameter Unprotect { get; set; }

    /// <summary>Only looks: writes what would go, with the hash to approve.</summary>
    [Parameter(ParameterSetName = Look, Mandatory = true, HelpMessage = "Only look, and write the plan with its hash")]
    public SwitchParameter Plan { get; set; }

    /// <summary>Hash of a plan that was looked at: exactly that set goes, or nothing.</summary>
    [Parameter(ParameterSetName = Delete)]
    [ValidateNotNullOrEmpty]
    public string? Approve { get; set; }

    /// <summary>Most resources that may go; more is refused before any change.</summary>
    [Parameter(ParameterSetName = Delete)]
    [ValidateRange(0, int.MaxValue)]
    public int MaxDelete { get; set; } = RemovalScope.UsualMaxDelete;

    /// <summary>Seconds after which what is left becomes an error.</summary>
    [Parameter(ParameterSetName = Delete)]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 900;

    /// <summary>Does not ask.</summary>
    [Parameter(ParameterSetName = Delete)]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // An object without a region, or a pipeline without objects, must never widen the scope to every region.
        if (Region.Length > 0 || !MyInvocation.ExpectingInput)
        {
            _called = true;
            _regions.UnionWith(Region);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!_called)
        {
            return;
        }

        RefuseMisplaced(Provider, Provider == SpotProvider.Vast ? [nameof(Unprotect), .. OnlyAwsConnection] : [nameof(IncludeVolume)]);
        var engine = OpenEngine();
        var scope = Scope();
        RemovalPlan? plan = null;
        Run(null, async (pump, token) => plan = await engine.Removal.PlanAsync(scope, pump, token).ConfigureAwait(false));
        if (plan is null)
        {
            return;
        }

        if (Plan)
        {
            WriteObject(plan.ToModel());
        }
        else if (IsWhatIf)
        {
            Preview(plan);
        }
        else if (Agrees(engine, plan, scope))
        {
            Remove(engine, plan, scope);
        }
    }

    private RemovalScope Scope() => new()
    {
        Provider = Provider,
        Regions = [.. _regions],
        KeepClusters = KeepCluster,
        OlderThan = OlderThan,
        IncludeForeign = IncludeForeign,
        Expired = Expired,
        IncludeVolume = IncludeVolume,
        Unprotect = Unprotect,
        MaxDelete = MaxDelete,
        ApprovedHash = Approve,
        Timeout = TimeSpan.FromSeconds(Timeout),
    };

    private void Preview(RemovalPlan plan)
    {
        foreach (var resource in plan.Resources)
        {
            ShouldProcess(RemovalPreview.Line(resource), "Remove");
        }

        WriteVerbose(RemovalPreview.Summary(plan));
    }

    // Refuses first, so that nobody types an account id for nothing.
    private bool Agrees(SpotEngine engine, RemovalPlan plan, RemovalScope scope)
    {
        var isAllowed = false;
        SpotIdentity? identity = null;
        Run(null, async (_, token) =>
        {
            plan.RequireFit(scope);
            identity = await IdentityAsync(engine, plan, token).ConfigureAwait(false);
            isAllowed = true;
        });
        foreach (var resource in isAllowed ? plan.Resources : [])
        {
            WriteVerbose($"To be removed: {RemovalPreview.Line(resource)}.");
        }

        if (!isAllowed || Force)
        {
            return isAllowed && Consents(RemovalPreview.Summary(plan), "Remove", Force);
        }

        // With nothing to remove there is nothing to agree to.
        return plan is { Resources.Count: 0, Unknown.Count: 0 }
            || (AccountQuestion.IsAnswered(this, plan, identity!) && (Provider != SpotProvider.Vast || ForeignQuestion.IsAnswered(this, plan)));
    }

    // The plan's name for the account stands in where a key of Vast.ai may not read its account.
    private async Task<SpotIdentity> IdentityAsync(SpotEngine engine, RemovalPlan plan, CancellationToken token)
    {
        try
        {
            return await engine.GetIdentityAsync(Provider, token).ConfigureAwait(false);
        }
        catch (SpotException error) when (Provider == SpotProvider.Vast && error.ErrorId == SpotErrorIds.PermissionMissing)
        {
            return new SpotIdentity { Provider = Provider, AccountId = plan.AccountId };
        }
    }

    private void Remove(SpotEngine engine, RemovalPlan plan, RemovalScope scope)
    {
        scope = scope with
        {
            ExpectedAccountId = plan.AccountId,
            Plan = plan,

            // Nobody was asked about what turns up after an empty plan.
            ApprovedHash = !Force && plan.Resources.Count == 0 && plan.Unknown.Count == 0 ? plan.Hash : scope.ApprovedHash,
        };
        Run(plan.AccountId, async (pump, token) =>
            pump.Write(await engine.Removal.RemoveAsync(scope, pump.Write, pump, token).ConfigureAwait(false)));
    }
}
