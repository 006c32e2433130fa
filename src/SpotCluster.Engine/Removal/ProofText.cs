using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>A proof in one sentence: what was looked at, and what came of it.</summary>
public static class ProofText
{
    /// <summary>The sentence.</summary>
    /// <param name="proof">The proof.</param>
    /// <param name="retained">Number of resources that the removal retained on purpose.</param>
    public static string Of(SpotProof proof, int retained = 0) => proof.Proven
        ? string.Create(CultureInfo.InvariantCulture, $"Verified empty{(retained == 0 ? "" : $" except for {Counted(retained, "retained resource")}")}: {proof.Scope}. {Counted(proof.Listings, "complete listing")}, empty at {proof.FirstEmptyAt:u} and at {proof.LastEmptyAt:u}.")
        : $"{proof}. {Counted(proof.Residue.Count, "resource")} {Remaining(proof)}, {Counted(proof.Unknown.Count, "listing")} could not be read.";

    // What was not listed is not known to remain.
    private static string Remaining(SpotProof proof) => (proof.Residue.Count, proof.Unknown.Count) switch
    {
        (1, 0) => "remains",
        (_, 0) => "remain",
        (1, _) => "is not verified as removed",
        _ => "are not verified as removed",
    };

    private static string Counted(int number, string word) => string.Create(CultureInfo.InvariantCulture, $"{number} {word}{(number == 1 ? "" : "s")}");
}
