using SpotCluster.Cli.Commands;
using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>What was taken is replaced, and its nodes are forgotten: <c>resize --repair</c>.</summary>
internal sealed class RepairStep : IRehearsalStep
{
    public string Name => "repair";

    public string Title => "Repair: back to the wanted number";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var request = new ResizeRequest { Name = context.Request.Name };
        var plan = await context.Engine.Clusters.PlanResizeAsync(request, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("repairPlan", plan.Summary);
        context.Story.Say(ResizeTable.Summary(plan.Summary));
        var removals = new RemovalLog();
        await context.Engine.Clusters.ResizeAsync(plan, removals.Add, context.Run.Host, cancellationToken).ConfigureAwait(false);
        await HealthStep.WaitAsync(context, cancellationToken).ConfigureAwait(false);
        var clusters = await HealthStep.StatusAsync(context, "clusterAfterRepair", cancellationToken).ConfigureAwait(false);
        context.Instances = await context.ListAsync(cancellationToken).ConfigureAwait(false);
        context.Claim(
            clusters is [{ Health: SpotHealth.Healthy } cluster] && cluster.Running == cluster.Wanted && cluster.Healthy == cluster.Wanted,
            "The wanted number of instances is running again, all healthy.");
        context.Claim(
            !context.Cloud.Orchestrator.Nodes.Any(node => context.Interrupted.Contains(node.Id)),
            "The orchestrator no longer lists the nodes of interrupted instances.");
    }
}
