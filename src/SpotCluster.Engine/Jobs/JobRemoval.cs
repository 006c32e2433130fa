using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Jobs;

/// <summary>
/// Adds to a removal of what is expired what this computer knows of its jobs: the cluster of a job whose process was killed is
/// expired at once, and that of one that runs is not expired by its lease.
/// </summary>
/// <param name="removal">Removes.</param>
/// <param name="records">The jobs of this computer.</param>
/// <param name="account">The account at a provider; null when it cannot be read.</param>
/// <param name="clock">The clock.</param>
internal sealed class JobRemoval(
    IRemovalService removal, JobRecords records, Func<SpotProvider, CancellationToken, Task<string?>> account, TimeProvider clock) : IRemovalService
{
    public Task RemoveInstancesAsync(IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        removal.RemoveInstancesAsync(instances, onRemoval, host, cancellationToken);

    public async IAsyncEnumerable<SpotResource> GetResourcesAsync(
        RemovalScope scope, IOperationHost host, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        scope = await WithJobsAsync(scope, SilentHost.Instance, cancellationToken).ConfigureAwait(false);
        await foreach (var resource in removal.GetResourcesAsync(scope, host, cancellationToken).ConfigureAwait(false))
        {
            yield return resource;
        }
    }

    public async Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken)
    {
        scope = await WithJobsAsync(scope, host, cancellationToken).ConfigureAwait(false);
        return (await removal.PlanAsync(scope, host, cancellationToken).ConfigureAwait(false)) with { Jobs = scope.Jobs };
    }

    public async Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        if (!scope.Expired)
        {
            return await removal.RemoveAsync(scope, onRemoval, host, cancellationToken).ConfigureAwait(false);
        }

        var ended = await TakeEndedAsync(records, scope.Provider, account, clock, SilentHost.Instance, cancellationToken).ConfigureAwait(false);
        try
        {
            scope = scope with { Jobs = scope.Plan?.Jobs ?? new LocalJobs(records.Running(scope.Provider), ended.Select(job => job.Entry.Cluster)) };
            var proof = await removal.RemoveAsync(scope, onRemoval, host, cancellationToken).ConfigureAwait(false);
            foreach (var job in ended.Where(job => IsVerified(job, scope, proof)))
            {
                job.Complete();
            }

            return proof;
        }
        finally
        {
            ended.ToList().ForEach(job => job.Dispose());
        }
    }

    /// <summary>
    /// The jobs of this computer at a provider whose process has ended, as far as they are those of its account. One of another account
    /// is told; its record is forgotten when its instance has ended by itself.
    /// </summary>
    internal static async Task<IReadOnlyList<JobRecord>> TakeEndedAsync(
        JobRecords records, SpotProvider provider, Func<SpotProvider, CancellationToken, Task<string?>> account, TimeProvider clock, IOperationHost host, CancellationToken cancellationToken)
    {
        var taken = new List<JobRecord>();
        var all = records.TakeEnded(provider);
        try
        {
            foreach (var job in all)
            {
                if (job.Entry.AccountId is not { } owner || await account(provider, cancellationToken).ConfigureAwait(false) is not { } own || own == owner)
                {
                    taken.Add(job);
                }
                else if (job.Entry.ExpiresAt <= clock.GetUtcNow())
                {
                    job.Complete();
                }
                else
                {
                    host.Warning($"Job {job.Entry.Cluster} at {ProviderNames.Of(provider)} was interrupted in account {owner}, and this is account {own}. "
                        + $"Its instance can be billed until {job.Entry.ExpiresAt:u}: repeat the command with the credentials of that account{(job.Entry.ProfileName is { } profile ? $" (profile {profile})" : "")}.");
                }
            }
        }
        finally
        {
            all.Except(taken).ToList().ForEach(job => job.Dispose());
        }

        return taken;
    }

    private async Task<RemovalScope> WithJobsAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken)
    {
        if (!scope.Expired)
        {
            return scope;
        }

        var ended = await TakeEndedAsync(records, scope.Provider, account, clock, host, cancellationToken).ConfigureAwait(false);
        ended.ToList().ForEach(job => job.Dispose());
        return scope with { Jobs = new LocalJobs(records.Running(scope.Provider), ended.Select(job => job.Entry.Cluster)) };
    }

    // Only a removal that has looked at all that the job can have left ends its record.
    private static bool IsVerified(JobRecord job, RemovalScope scope, SpotProof proof) =>
        proof.Proven
        && scope is { Regions.Count: 0, KeepClusters.Count: 0, OlderThan: null, Filter.IsEmpty: true }
        && (scope.ClusterName is null || string.Equals(scope.ClusterName, job.Entry.Cluster, StringComparison.OrdinalIgnoreCase))
        && Wildcard.IsAnyMatch(scope.OnlyClusters, job.Entry.Cluster)
        && job.Regions.All(region => proof.Regions.Contains(region, StringComparer.Ordinal));
}
