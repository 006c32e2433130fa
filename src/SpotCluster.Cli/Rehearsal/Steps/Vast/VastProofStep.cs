using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>Nothing of ours is left, and nothing else was touched: <c>destroy-all</c>, asked of the cloud and checked behind its back.</summary>
internal sealed class VastProofStep : IRehearsalStep
{
    public string Name => "proof";

    public string Title => "Prove that nothing of ours is left";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        context.Proof = await context.Engine.Vast.RemoveAllAsync(new VastRemovalScope(), _ => { }, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("proof", context.Proof);
        var left = context.Cloud.Vast.Machines;
        if (!context.Proof.Proven || left.Count != 1)
        {
            throw new SpotException(
                SpotErrorIds.RemovalNotProven, SpotErrorCategory.InvalidOperation, $"{Cells.Count(left.Count, "machine")} are in the simulated account; one, of a colleague, was to stay.");
        }

        context.Story.Say(
            $"Proven: {Cells.Count(context.Proof.Listings, "complete listing")}, the last two without a machine of ours. In the account is still: {left[0].Label}.");
    }
}
