using System.Collections;
using System.Globalization;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Plans a cluster, prices it and launches it; with -WhatIf it only plans.</summary>
[Cmdlet(VerbsCommon.New, "SpotCluster", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Cluster), typeof(SpotPlan))]
public sealed class NewSpotClusterCommand : SpotNodeCmdlet
{
    /// <summary>Name of the cluster.</summary>
    [Parameter(
        Position = 0,
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "Name of the new cluster: letters, digits and dashes, starting with a letter")]
    [AllowEmptyString]
    public string Name { get; set; } = "";

    /// <summary>Regions; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];

    /// <summary>Number of machines over all regions.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int Count { get; set; } = 1;

    /// <summary>Instance types that may be used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <summary>Processor architecture.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SpotArchitecture? Architecture { get; set; }

    /// <summary>AMI id, or <c>resolve:ssm:</c> and the name of a parameter.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ImageId")]
    [ValidateNotNullOrEmpty]
    public string? Image { get; set; }

    /// <summary>Most USD per hour for one machine.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Price]
    public decimal? MaxHourlyPrice { get; set; }

    /// <summary>Most USD per hour for the whole cluster.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Price]
    public decimal? MaxHourlyCost { get; set; }

    /// <summary>What to do when no spot capacity is left.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SpotFallback Fallback { get; set; }

    /// <summary>Uses the default VPC of each region.</summary>
    [Parameter]
    public SwitchParameter UseDefaultVpc { get; set; }

    /// <summary>More tags for every resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Hashtable Tag { get; set; } = [];

    /// <summary>Returns when every machine runs.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Seconds that -Wait waits at most.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 600;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Timeout)) && !Wait)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "-Timeout has a meaning only with -Wait.")
                {
                    RecommendedAction = "Add -Wait, or leave out -Timeout.",
                },
                Timeout));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        ClusterPlan? plan = null;
        Run(Name, async (pump, token) => plan = await engine.Clusters.PlanAsync(Request(), pump, token).ConfigureAwait(false));
        if (plan is null)
        {
            return;
        }

        if (!ShouldProcess(Describe(plan.Summary), "Launch"))
        {
            if (IsWhatIf)
            {
                WriteObject(plan.Summary);
            }

            return;
        }

        Run(Name, async (pump, token) =>
        {
            var cluster = await engine.Clusters.LaunchAsync(plan, pump, token).ConfigureAwait(false);
            pump.Write(Wait ? await WaitAsync(engine, cluster, pump, token).ConfigureAwait(false) : cluster);
        });
    }

    private static string Describe(SpotPlan plan)
    {
        var machines = plan.Count == 1 ? "1 machine" : string.Format(CultureInfo.InvariantCulture, "{0} machines", plan.Count);
        var price = plan.HourlyPrice is { } hourly
            ? string.Format(CultureInfo.InvariantCulture, "{0:0.####} USD per hour", hourly)
            : "price unknown";
        return $"cluster '{plan.Name}': {machines} in {string.Join(", ", plan.Regions.Select(region => region.Region))}, {price}";
    }

    private ClusterRequest Request() => NodeRequest(Name) with
    {
        Regions = Region,
        Count = Count,
        InstanceTypes = InstanceType,
        Architecture = Architecture,
        Image = Image,
        MaxHourlyPrice = MaxHourlyPrice,
        MaxHourlyCost = MaxHourlyCost,
        Fallback = Fallback,
        UseDefaultVpc = UseDefaultVpc,
        Tags = TagTable.Read(Tag),
    };

    // Returns the cluster as it is when all run or the time is up; those that do not run in time are errors of their own.
    private async Task<Cluster> WaitAsync(SpotEngine engine, Cluster launched, Pump pump, CancellationToken token)
    {
        var regions = launched.Regions.Select(region => region.Region).ToArray();
        var keys = new List<InstanceKey>();
        var query = new InstanceQuery { ClusterNames = [launched.Name], Regions = regions, IncludePrice = false };
        await foreach (var instance in engine.Clusters.GetInstancesAsync(query, pump, token).ConfigureAwait(false))
        {
            keys.Add(new InstanceKey(instance.Id, instance.Region, instance.Provider));
        }

        var waiting = engine.Clusters.WaitAsync(keys, WaitCondition.Running, TimeSpan.FromSeconds(Timeout), pump, token);
        await foreach (var instance in waiting.ConfigureAwait(false))
        {
            pump.Verbose($"{instance.Id} in {instance.Region} runs.");
        }

        var now = engine.Clusters.GetClustersAsync(new ClusterQuery { Names = [launched.Name], Regions = regions }, pump, token);
        await foreach (var cluster in now.ConfigureAwait(false))
        {
            return cluster;
        }

        return launched;
    }
}
