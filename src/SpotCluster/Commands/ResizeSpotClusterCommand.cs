using System.Globalization;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Brings clusters to a number of machines, or repairs them; with -WhatIf it only says how.</summary>
[Cmdlet(VerbsCommon.Resize, "SpotCluster", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ToCount)]
[OutputType(typeof(Cluster), typeof(SpotResizePlan))]
public sealed class ResizeSpotClusterCommand : SpotEngineCmdlet
{
    private const string ToCount = "Count";
    private const string ToRepair = "Repair";

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(
        Position = 0,
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "Name of the cluster")]
    [Alias("ClusterName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Number of machines over all regions.</summary>
    [Parameter(ParameterSetName = ToCount, Position = 1, Mandatory = true, HelpMessage = "Number of machines that the cluster is to have")]
    public int Count { get; set; }

    /// <summary>Keeps the number, and replaces what was interrupted or does not work.</summary>
    [Parameter(ParameterSetName = ToRepair, Mandatory = true, HelpMessage = "Keep the number of machines, and replace those that are gone or do not work")]
    public SwitchParameter Repair { get; set; }

    /// <summary>Instance types of new machines.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        foreach (var pattern in Name)
        {
            foreach (var name in Wildcard.IsPattern(pattern) ? Find(engine, pattern) : [pattern])
            {
                Resize(engine, name);
            }
        }
    }

    private List<string> Find(SpotEngine engine, string pattern)
    {
        var names = new List<string>();
        Run(pattern, async (pump, token) =>
        {
            await foreach (var cluster in engine.Clusters.GetClustersAsync(new ClusterQuery { Names = [pattern] }, pump, token).ConfigureAwait(false))
            {
                names.Add(cluster.Name);
            }
        });
        return names;
    }

    private void Resize(SpotEngine engine, string name)
    {
        var request = new ResizeRequest { Name = name, Count = Repair ? null : Count, InstanceTypes = InstanceType };
        ResizePlan? plan = null;
        Run(name, async (pump, token) => plan = await engine.Clusters.PlanResizeAsync(request, pump, token).ConfigureAwait(false));
        if (plan is null)
        {
            return;
        }

        if (plan.Summary.IsDone)
        {
            WriteVerbose($"{name} is as it is to be.");
        }

        // Also what is as it is to be is finished: the number is written down, and ghosts are deleted.
        if (IsWhatIf || !plan.Summary.IsDone)
        {
            var isWanted = ShouldProcess(Describe(plan.Summary), "Resize");
            if (IsWhatIf)
            {
                WriteObject(plan.Summary);
            }

            if (!isWanted)
            {
                return;
            }
        }

        Run(name, async (pump, token) =>
        {
            pump.Write(await engine.Clusters.ResizeAsync(
                plan, removal => pump.Verbose($"{removal.Type} {removal.Id}: {removal.Outcome}."), pump, token).ConfigureAwait(false));
        });
    }

    private static string Describe(SpotResizePlan plan) => string.Format(
        CultureInfo.InvariantCulture,
        "cluster '{0}': {1} machines run, {2} are wanted; {3} to launch, {4} to terminate; {5} USD per hour now, {6} then",
        plan.ClusterName,
        plan.Running,
        plan.Wanted,
        plan.Launch,
        plan.Remove.Length,
        Price(plan.HourlyPriceBefore),
        Price(plan.HourlyPriceAfter));

    private static string Price(decimal? price) => price?.ToString("0.####", CultureInfo.InvariantCulture) ?? "unknown";
}
