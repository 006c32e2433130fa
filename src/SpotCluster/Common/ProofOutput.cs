using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>
/// Where the outcomes of a removal go: one kind of object into the pipeline, the resources or with -Summary the proofs. The
/// proofs are also sentences for people, and in the variable of -ProofVariable.
/// </summary>
internal sealed class ProofOutput(SpotCmdlet cmdlet, bool isSummary, string? variable)
{
    private readonly List<SpotProof> _proofs = [];

    /// <summary>Removes, writes each outcome as it comes, and takes the proof.</summary>
    public async Task RemoveAsync(IRemovalService removal, RemovalScope scope, Pump pump, CancellationToken token)
    {
        var retained = 0;
        var proof = await removal.RemoveAsync(
            scope,
            outcome =>
            {
                if (outcome.Outcome == SpotRemovalOutcome.Skipped)
                {
                    Interlocked.Increment(ref retained);
                }

                if (!isSummary)
                {
                    pump.Write(outcome);
                }
            },
            pump,
            token).ConfigureAwait(false);
        lock (_proofs)
        {
            _proofs.Add(proof);
        }

        if (isSummary)
        {
            pump.Write(proof);
        }
        else
        {
            pump.Tell(ProofText.Of(proof, retained));
        }
    }

    /// <summary>Sets the variable, where one is wanted; on the pipeline thread.</summary>
    public void Save()
    {
        if (variable is not null)
        {
            cmdlet.SessionState.PSVariable.Set(variable, _proofs.ToArray());
        }
    }
}
