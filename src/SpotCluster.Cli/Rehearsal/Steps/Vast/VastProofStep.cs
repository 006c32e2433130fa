using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>Nothing of ours is left, and nothing else was touched: <c>destroy-all</c>, asked of the cloud and checked behind its back.</summary>
internal sealed class VastProofStep : IRehearsalStep
{
    public string Name => "proof";

    public string Title => "Verify that no managed instance remains";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        context.Proof = await context.Engine.Vast.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast }, _ => { }, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("proof", context.Proof);
        var left = context.Cloud.Vast.Machines;
        if (!context.Proof.Proven || left.Count != 1)
        {
            throw new SpotException(
                SpotErrorIds.RemovalNotProven, SpotErrorCategory.InvalidOperation, $"The simulated account holds {Cells.Count(left.Count, "instance")}; exactly one, unmanaged, was expected.");
        }

        context.Story.Say(
            $"Verified empty: {Cells.Count(context.Proof.Listings, "complete listing")}, the last two without a managed instance. The unmanaged instance remains: {left[0].Label}.");
    }
}
