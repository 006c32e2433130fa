using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>
/// Where the outcomes of a removal go: one kind of object into the pipeline, the resources or with -Summary the proofs. The
/// proofs are also sentences for people, and in the variable of -ProofVariable.
/// </summary>
internal sealed class ProofOutput(SpotCmdlet cmdlet, bool isSummary, string? variable)
{
    private readonly List<SpotProof> _proofs = [];
    private int _gone;

    /// <summary>What is left after an interruption, and what finishes it.</summary>
    public string Left(IReadOnlyCollection<RemovalScope> scopes, string again)
    {
        var (gone, all) = (Volatile.Read(ref _gone), scopes.Sum(scope => scope.Plan!.Resources.Count));
        return gone >= all
            ? $"All {all} resources are removed, but not verified. To verify: {again}"
            : $"{gone} of {all} resources are removed; the remaining ones cost at most "
                + $"{SpotCmdlet.PerHour(scopes.Aggregate((decimal?)0, (sum, scope) => sum + scope.Plan!.HourlyPrice))}. To finish: {again}";
    }

    /// <summary>Removes all of them at the same time. The failure of one of several is reported, and the others go on.</summary>
    public Task RemoveAsync(IRemovalService removal, IReadOnlyCollection<RemovalScope> scopes, Pump pump, CancellationToken token) =>
        Task.WhenAll(scopes.Select(async scope =>
        {
            try
            {
                await RemoveAsync(removal, scope, pump, token).ConfigureAwait(false);
            }
            catch (SpotException failure) when (scopes.Count > 1 || scope.ClusterName is not null)
            {
                failure.Target ??= scope.ClusterName ?? scope.ExpectedAccountId;
                pump.Error(failure);
            }
        }));

    /// <summary>Sets the variable, where one is wanted; on the pipeline thread.</summary>
    public void Save()
    {
        if (variable is not null)
        {
            cmdlet.SessionState.PSVariable.Set(variable, _proofs.ToArray());
        }
    }

    private async Task RemoveAsync(IRemovalService removal, RemovalScope scope, Pump pump, CancellationToken token)
    {
        var retained = 0;
        var proof = await removal.RemoveAsync(
            scope,
            outcome =>
            {
                _ = outcome.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone ? Interlocked.Increment(ref _gone) : 0;
                retained += outcome.Outcome == SpotRemovalOutcome.Skipped ? 1 : 0;
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
            pump.Report(ProofText.Of(proof, retained));
        }
    }
}
