using SpotCluster.Cli.Commands;
using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>Everything of the cluster goes: <c>destroy --name</c>.</summary>
internal sealed class RemovalStep : IRehearsalStep
{
    public string Name => "removal";

    public string Title => "Remove everything";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var removals = new RemovalLog();
        context.Proof = await context.Engine.Removal.RemoveAsync(
            new RemovalScope { ClusterName = context.Request.Name }, removals.Add, context.Run.Host, cancellationToken).ConfigureAwait(false);
        SpotRemoval[] outcomes = removals.ToArray();
        context.Run.Report.Add("removals", outcomes);
        context.Story.Tell(console => RemovalTable.Write(console, outcomes));
    }
}
