using SpotCluster.Cli.Rendering;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>The proof that came with the removal, and a listing after it that must be empty.</summary>
internal sealed class ProofStep : IRehearsalStep
{
    public string Name => "proof";

    public string Title => "Proof that nothing is left";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var proof = context.Proof!;
        var left = await context.ListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("proof", proof);
        context.Run.Report.Add("left", left);
        context.Story.Tell(console => RemovalTable.WriteProof(console, proof));
        context.Story.Say(left.Count == 0
            ? "A listing of every region afterwards finds no machine."
            : $"A listing afterwards still finds {Cells.Count(left.Count, "machine")}.");

        // The other side's word: what the cloud itself holds, whatever its tags are.
        var held = context.Cloud.AllLive();
        context.Run.Report.Add("heldByCloud", held.Select(resource => resource.Id).ToArray());
        context.Story.Say(held.Count == 0
            ? "The simulated cloud's own books are empty too."
            : $"The simulated cloud's own books still hold {Cells.Count(held.Count, "resource")}.");
        if (!proof.Proven || left.Count > 0 || held.Count > 0)
        {
            context.Run.Host.Error(new SpotException(
                SpotErrorIds.RemovalNotProven, SpotErrorCategory.Busy, "The rehearsal could not prove that nothing is left."));
        }
    }
}
