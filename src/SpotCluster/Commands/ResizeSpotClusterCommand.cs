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
public sealed class ResizeSpotClusterCommand : SpotClusterTargetCmdlet
{
    private const string ToCount = "Count";
    private const string ToRepair = "Repair";

    /// <summary>Makes it.</summary>
    public ResizeSpotClusterCommand() => IsFinishedOnceBegun = true;

    /// <inheritdoc/>
    [Parameter(ParameterSetName = ToCount, Position = 0)]
    [Parameter(ParameterSetName = ToRepair, Position = 0)]
    [Alias("ClusterName")]
    [ValidateNotNullOrEmpty]
    [ClusterNames]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public override string[] Name { get; set; } = [];

    /// <inheritdoc/>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public override PSObject[] InputObject { get; set; } = [];

    /// <summary>Number of machines over all regions.</summary>
    [Parameter(ParameterSetName = ToCount, Position = 1, Mandatory = true, HelpMessage = "Wanted number of instances of the cluster")]
    public int Count { get; set; }

    /// <summary>Keeps the number, and replaces what was interrupted or does not work.</summary>
    [Parameter(ParameterSetName = ToRepair, Mandatory = true, HelpMessage = "Keep the number of instances, and replace those that were interrupted or are not healthy")]
    public SwitchParameter Repair { get; set; }

    /// <summary>Instance types of new machines.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <summary>Does not ask before instances are terminated.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!IsNarrowed)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "-Name is required.")
                {
                    RecommendedAction = "For example: Resize-SpotCluster demo -Count 6",
                },
                Name));
        }

        var engine = OpenEngine();
        foreach (var cluster in Resolve(engine, [], [SpotProvider.Aws]))
        {
            if (cluster.Provider is { } provider && engine.Providers.Of(provider).Facts.Lacking(ProviderCapability.Resize, cluster.Name) is { } missing)
            {
                WriteError(ErrorRecords.From(missing, cluster.Name));
                continue;
            }

            Resize(engine, cluster.Name);
        }
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
            WriteVerbose($"Cluster '{name}' already has the wanted instances.");
        }

        // Also what is as it is to be is finished: the number is written down, and ghosts are deleted.
        if (IsWhatIf || !plan.Summary.IsDone)
        {
            // A repair replaces what does not work; a smaller number takes away what does.
            var isWanted = !Repair && plan.Summary.Remove.Length > 0
                ? ConsentsToLoss(Describe(plan.Summary), "Resize", Force)
                : Consents(Describe(plan.Summary), "Resize", Force);
            if (IsWhatIf)
            {
                WriteObject(plan.Summary);
            }

            if (!isWanted)
            {
                return;
            }
        }

        var (before, after) = (plan.Summary.HourlyPriceBefore, plan.Summary.HourlyPriceAfter);
        AfterStop = () => $"The resize of cluster '{name}' was started; it costs at most {PerHour(before > after ? before : after)}. To finish it: Resize-SpotCluster {name} -Repair; to remove it: Remove-SpotCluster {name}";
        Run(name, async (pump, token) =>
        {
            pump.Write(await engine.Clusters.ResizeAsync(
                plan, removal => pump.Verbose($"{removal.Type} {removal.Id}: {removal.Outcome}."), pump, token).ConfigureAwait(false));
        });
    }

    private static string Describe(SpotResizePlan plan) => string.Format(
        CultureInfo.InvariantCulture,
        "cluster '{0}': {1} running, {2} wanted; {3} to launch, {4} to terminate; {5} USD per hour now, {6} afterwards",
        plan.ClusterName,
        plan.Running,
        plan.Wanted,
        plan.Launch,
        plan.Remove.Length,
        Price(plan.HourlyPriceBefore),
        Price(plan.HourlyPriceAfter));

    private static string Price(decimal? price) => price?.ToString("0.####", CultureInfo.InvariantCulture) ?? "unknown";
}
