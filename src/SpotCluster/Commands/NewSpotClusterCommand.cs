using System.Collections;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Plans a cluster, prices it and launches it; with -WhatIf it only plans.</summary>
[Cmdlet(VerbsCommon.New, "SpotCluster", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Cluster), typeof(SpotPlan))]
public sealed class NewSpotClusterCommand : PricedRentalCmdlet
{
    /// <summary>Makes it.</summary>
    public NewSpotClusterCommand() => PlansFirst = true;

    private static readonly string[] OnlyAws =
        [nameof(Region), nameof(Zone), nameof(InstanceType), nameof(InstanceRequirement), nameof(Architecture), nameof(MaxHourlyCost), nameof(Fallback), nameof(Maintain), nameof(UseDefaultVpc), nameof(Tag)];

    /// <summary>Name of the cluster.</summary>
    [Parameter(
        Position = 0,
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "Name of the new cluster: letters, digits and dashes, starting with a letter")]
    [AllowEmptyString]
    public string Name { get; set; } = "";

    /// <summary>What the pipeline brings: names, or rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The cloud.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider Provider { get; set; } = SpotProvider.Aws;

    /// <summary>Regions; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];

    /// <summary>The only zones that may be used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ZoneCompleter))]
    public string[] Zone { get; set; } = [];

    /// <summary>Number of machines over all regions.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int Count { get; set; } = 1;

    /// <summary>Instance types that may be used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <summary>What the instance types must have, instead of their names.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceRequirementCompleter))]
    public string[] InstanceRequirement { get; set; } = [];

    /// <summary>Processor architecture.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SpotArchitecture? Architecture { get; set; }

    /// <summary>Most USD per hour for the whole cluster.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Price]
    public decimal? MaxHourlyCost { get; set; }

    /// <summary>What to do when no spot capacity is left.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SpotFallback Fallback { get; set; }

    /// <summary>Lets AWS itself keep the number of machines.</summary>
    [Parameter]
    public SwitchParameter Maintain { get; set; }

    /// <summary>Uses the default VPC of each region.</summary>
    [Parameter]
    public SwitchParameter UseDefaultVpc { get; set; }

    /// <summary>More tags for every resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Hashtable Tag { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject);
        if (Misplaced(Provider, Provider == SpotProvider.Aws ? [.. OnlyVast, .. OfferFilters] : [.. OnlyAws, .. OnlyNodes]) is { } misplaced)
        {
            ThrowTerminatingError(ErrorRecords.From(misplaced, Name));
        }

        if (Provider == SpotProvider.Vast)
        {
            LaunchAtVast();
        }
        else
        {
            LaunchAtAws();
        }
    }

    private void LaunchAtAws()
    {
        var engine = OpenEngine();
        ClusterPlan? plan = null;
        Run(Name, async (pump, token) => plan = await engine.Clusters.PlanAsync(AtAws(), pump, token).ConfigureAwait(false));
        if (plan is null)
        {
            return;
        }

        if (Consents(ClusterLaunch.Describe(plan.Summary), "Launch", Force))
        {
            AfterStop = () => $"Instances of cluster '{Name}' may exist in {string.Join(", ", plan.Summary.Regions.Select(region => region.Region))}, at most {PerHour(plan.Summary.MaxHourlyCost)}. To remove them: Remove-SpotCluster {Name}";
            Run(Name, async (pump, token) =>
            {
                var cluster = await engine.Clusters.LaunchAsync(plan, pump, token).ConfigureAwait(false);
                AfterStop = () => $"Cluster '{Name}' was created: {cluster.Running} of {cluster.Wanted} instances, {PerHour(cluster.HourlyPrice)}. To remove it: Remove-SpotCluster {Name}";
                pump.Write(Wait ? await ClusterLaunch.WaitAsync(engine, cluster, WaitCondition.Running, TimeSpan.FromSeconds(Timeout), pump, token).ConfigureAwait(false) : cluster);
            });
        }
        else if (IsWhatIf)
        {
            WriteObject(plan.Summary);
        }
    }

    // A launch by price waits by itself: what does not run is destroyed, and another offer is tried.
    private void LaunchAtVast()
    {
        var engine = OpenEngine();
        RentalClusterRequest? request = null;
        Run(Name, (_, _) => Task.FromResult(request = AtVast(Name, Count)));
        if (request is null)
        {
            return;
        }

        if (Consents(ClusterLaunch.Describe(request), "Launch", Force))
        {
            AfterStop = () => $"Instances of cluster '{Name}' that are not running yet are being destroyed; running instances are still billed, at most {PerHour(Count * request.Offers.MaxHourlyPrice)}. To remove them: Remove-SpotCluster {Name} -Provider Vast";
            Run(Name, async (pump, token) =>
            {
                var consent = new ShutdownConsent(this, pump, Force).ToResponse(OnInsufficientCredit);
                pump.Write(await engine.Vast.LaunchAsync(request with { OnInsufficientCredit = consent }, pump, token).ConfigureAwait(false));
            });
        }
        else if (IsWhatIf)
        {
            Run(Name, async (pump, token) => pump.Write(await engine.Vast.PlanAsync(request, pump, token).ConfigureAwait(false)));
        }
    }

    private ClusterRequest AtAws() => NodeRequest(Name) with
    {
        Regions = Region,
        Zones = Zone,
        Count = Count,
        InstanceTypes = InstanceType,
        InstanceRequirements = InstanceRequirement,
        Architecture = Architecture,
        Image = Image,
        MaxHourlyPrice = MaxHourlyPrice,
        MaxHourlyCost = MaxHourlyCost,
        Fallback = Fallback,
        Maintain = Maintain,
        UseDefaultVpc = UseDefaultVpc,
        Tags = TagTable.Read(Tag),
    };
}
