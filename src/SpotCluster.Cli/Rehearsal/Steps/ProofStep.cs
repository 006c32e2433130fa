using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>The proof that came with the removal, and a listing after it that must be empty.</summary>
internal sealed class ProofStep : IRehearsalStep
{
    public string Name => "proof";

    public string Title => "Proof that nothing remains";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var proof = context.Proof!;
        var left = await context.ListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("proof", proof);
        context.Run.Report.Add("left", left);
        context.Story.Report(console => RemovalTable.WriteProof(console, proof));
        context.Claim(proof.Proven, "Verified empty: every region was listed at the same time, twice.");
        context.Claim(left.Count == 0, "A later listing of every region finds no instance.");

        // The other side's word: what the cloud itself holds, whatever its tags are.
        var held = context.Cloud.AllLive().Select(resource => resource.Id).ToHashSet(StringComparer.Ordinal);
        context.Run.Report.Add("heldByCloud", held.Order(StringComparer.Ordinal).ToArray());
        context.Claim(
            context.Unmanaged.Count > 0 && held.SetEquals(context.Unmanaged),
            "The simulated cloud holds the unmanaged instance with its disk and interface, unchanged, and nothing else.");

        string[] ghosts = [.. context.Cloud.Orchestrator.Nodes.Select(node => node.Id)];
        context.Run.Report.Add("ghosts", ghosts);
        context.Claim(ghosts.Length == 0, "The orchestrator lists no node of the cluster: no orphaned node remains.");
    }
}
