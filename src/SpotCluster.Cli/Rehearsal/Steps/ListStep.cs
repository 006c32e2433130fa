using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>What runs where and what it costs: <c>list</c>.</summary>
internal sealed class ListStep : IRehearsalStep
{
    public string Name => "list";

    public string Title => "The running instances in all regions";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        context.Instances = await context.ListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("instances", context.Instances);
        context.Story.Report(console => InstanceTable.Write(console.Out, console, context.Instances, context.Now));
    }
}
