using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>What the cluster would be and cost: <c>create --what-if</c>.</summary>
internal sealed class PlanStep : IRehearsalStep
{
    public string Name => "plan";

    public string Title => "The cost, before anything is changed";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var plan = await context.Engine.Clusters.PlanAsync(context.Request, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Plan = plan;
        context.Run.Report.Add("plan", plan.Summary);
        context.Story.Report(console => PlanTable.Write(console, plan.Summary));
    }
}
