using SpotCluster.Cli.Rendering;

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
        context.Claim(proof.Proven, "The proof is complete: every region was listed at the same time, twice, and empty.");
        context.Claim(left.Count == 0, "A listing of every region afterwards finds no machine.");

        // The other side's word: what the cloud itself holds, whatever its tags are.
        var held = context.Cloud.AllLive().Select(resource => resource.Id).ToHashSet(StringComparer.Ordinal);
        context.Run.Report.Add("heldByCloud", held.Order(StringComparer.Ordinal).ToArray());
        context.Claim(
            context.Foreign.Count > 0 && held.SetEquals(context.Foreign),
            "The simulated cloud's own books hold the machine of the neighbor with its disk and interface, untouched, and nothing else.");

        string[] ghosts = [.. context.Cloud.Orchestrator.Nodes.Select(node => node.Id)];
        context.Run.Report.Add("ghosts", ghosts);
        context.Claim(ghosts.Length == 0, "The orchestrator remembers no node of the cluster: no ghost is left.");
    }
}
