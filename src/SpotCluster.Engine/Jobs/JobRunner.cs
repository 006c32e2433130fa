using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;

namespace SpotCluster.Engine.Jobs;

/// <summary>
/// Runs jobs: the cheapest fitting instance is rented, used, and destroyed, whatever happens. When its process is killed, the next
/// job on this computer removes the instance at once, one on another computer when the lease has ended, and a removal of what is
/// expired does the same. The instance itself ends at its time to live.
/// </summary>
/// <param name="clusters">Launches at AWS, lists and waits.</param>
/// <param name="removal">Removes.</param>
/// <param name="costs">Finds offers of AWS.</param>
/// <param name="rent">Rents by price at Vast.ai.</param>
/// <param name="ssh">Logs in.</param>
/// <param name="records">The jobs of this computer.</param>
/// <param name="account">The account at a provider; null when it cannot be read.</param>
/// <param name="profileName">The profile of AWS that was named; null for none.</param>
/// <param name="clock">The clock.</param>
public sealed class JobRunner(
    IClusterService clusters,
    IRemovalService removal,
    ICostService costs,
    Func<RentalClusterRequest, IOperationHost, CancellationToken, Task> rent,
    SshService ssh,
    JobRecords records,
    Func<SpotProvider, CancellationToken, Task<string?>> account,
    string? profileName,
    TimeProvider clock)
{
    /// <summary>Runs one job. Returns the exit code of its command.</summary>
    /// <exception cref="SpotException">Whatever keeps the command from running: nothing is left of the job then.</exception>
    public async Task<int> RunAsync(SpotJob job, IOperationHost host, CancellationToken cancellationToken)
    {
        if ((job.AtVast?.Count ?? job.AtAws?.Count) != 1)
        {
            throw new SpotException(SpotErrorIds.CountInvalid, SpotErrorCategory.InvalidArgument, "A count is not supported with a command: a job uses one instance.");
        }

        await RemoveInterruptedAsync(SpotProvider.Aws, host, cancellationToken).ConfigureAwait(false);
        await RemoveInterruptedAsync(SpotProvider.Vast, host, cancellationToken).ConfigureAwait(false);
        await RemoveExpiredAsync(job.Provider, host, cancellationToken).ConfigureAwait(false);
        using var record = records.Begin(new JobEntry
        {
            Cluster = job.Name,
            Provider = job.Provider,
            AccountId = await account(job.Provider, cancellationToken).ConfigureAwait(false),
            ProfileName = profileName,
            Computer = Environment.MachineName,
            ExpiresAt = clock.GetUtcNow() + job.Life,
        });
        var lease = new JobLease(job, clusters, removal, clock, host);
        try
        {
            if (records.AreKept)
            {
                lease.Start();
            }

            await LaunchAsync(job, record, lease, host, cancellationToken).ConfigureAwait(false);
            lease.Launched();
            return await UseAsync(job, host, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await lease.DisposeAsync().ConfigureAwait(false);

            // Also when the user has stopped waiting: what nobody uses would be billed.
            await RemoveAsync(record, outcome => job.OnRemoval?.Invoke(outcome), host, CancellationToken.None).ConfigureAwait(false);
        }
    }

    // On a simulated provider of this process nothing outlives it.
    private TimeSpan? Lease => records.AreKept ? JobLease.Length : null;

    private async Task RemoveAsync(JobRecord record, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var scope = new RemovalScope { Provider = record.Entry.Provider, ClusterName = record.Entry.Cluster };
        if ((await removal.RemoveAsync(scope, onRemoval, host, cancellationToken).ConfigureAwait(false)).Proven)
        {
            record.Complete();
        }
    }

    // Jobs of this computer whose process was killed, at both providers. One that cannot be removed now keeps no other from running.
    private async Task RemoveInterruptedAsync(SpotProvider provider, IOperationHost host, CancellationToken cancellationToken)
    {
        IReadOnlyList<JobRecord> interrupted = [];
        try
        {
            interrupted = await JobRemoval.TakeEndedAsync(records, provider, account, clock, host, cancellationToken).ConfigureAwait(false);
            foreach (var record in interrupted)
            {
                host.Warning($"Job {record.Entry.Cluster} at {ProviderNames.Of(provider)} was interrupted; what remains of it is removed.");
                await RemoveAsync(record, _ => { }, host, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SpotException error)
        {
            host.Warning($"Cannot remove what an interrupted job left at {ProviderNames.Of(provider)}: {error.Message} To remove it later: Invoke-SpotNuke -Expired, or spotcluster nuke --expired.");
        }
        finally
        {
            interrupted.ToList().ForEach(record => record.Dispose());
        }
    }

    private async Task RemoveExpiredAsync(SpotProvider provider, IOperationHost host, CancellationToken cancellationToken)
    {
        var scope = new RemovalScope { Provider = provider, Expired = true, OnlyClusters = [SpotJob.Prefix + "*"] };
        var plan = await removal.PlanAsync(scope, host, cancellationToken).ConfigureAwait(false);
        if (plan.Resources.Count > 0)
        {
            host.Warning($"{plan.Resources.Count} {(plan.Resources.Count == 1 ? "resource" : "resources")} of earlier jobs expired and {(plan.Resources.Count == 1 ? "is" : "are")} being removed.");
            await removal.RemoveAsync(scope with { Plan = plan, ExpectedAccountId = plan.AccountId }, _ => { }, host, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LaunchAsync(SpotJob job, JobRecord record, JobLease lease, IOperationHost host, CancellationToken cancellationToken)
    {
        if (job.AtVast is { } rental)
        {
            await rent(rental with { Name = job.Name, ExpiresIn = job.Life, Lease = Lease }, host, cancellationToken).ConfigureAwait(false);
            return;
        }

        var request = job.AtAws! with { Name = job.Name, ExpiresIn = job.Life, Lease = Lease };
        request = request.PublicKeyPaths.Count > 0 ? request : request with { PublicKeyPaths = PublicKeyFile.PathsOfThisUser(job.PrivateKeyPath) };
        SpotException? last = null;
        var tried = 0;
        foreach (var offer in await costs.FindOffersAsync(job.Offers ?? new OfferQuery(), host, cancellationToken).ConfigureAwait(false))
        {
            if (++tried > MostOffers)
            {
                break;
            }

            record.Add(offer.Region);
            lease.Region = offer.Region;
            try
            {
                var plan = await clusters.PlanAsync(
                    request with { Regions = [offer.Region], Zones = string.IsNullOrEmpty(offer.Zone) ? [] : [offer.Zone], InstanceTypes = [offer.InstanceType] }, host, cancellationToken).ConfigureAwait(false);
                await clusters.LaunchAsync(plan, host, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SpotException error) when (error.Category is SpotErrorCategory.Unavailable or SpotErrorCategory.LimitsExceeded)
            {
                host.Verbose($"{offer.InstanceType} in {offer.Zone ?? offer.Region} was skipped: {error.Message}");
                last = error;
            }
        }

        throw new SpotException(
            SpotErrorIds.ClusterNotLaunched, SpotErrorCategory.Unavailable, "Cannot launch an instance for the job: " + (last?.Message ?? "no offer matches."), last)
        {
            RecommendedAction = last?.RecommendedAction ?? "Allow a higher price, other types or more regions.",
        };
    }

    private async Task<int> UseAsync(SpotJob job, IOperationHost host, CancellationToken cancellationToken)
    {
        var query = new InstanceQuery { ClusterNames = [job.Name], Providers = [job.Provider], Regions = job.AtAws is null ? [] : job.Offers?.Regions ?? [] };
        var rented = await clusters.GetInstancesAsync(query, host, cancellationToken).CollectAsync().ConfigureAwait(false);
        InstanceKey[] keys = [.. rented.Select(instance => new InstanceKey(instance.Id, instance.Provider == SpotProvider.Vast ? null : instance.Region, instance.Provider))];
        var reachable = await clusters.WaitAsync(keys, WaitCondition.Reachable, job.ReachableWithin, host, cancellationToken)
            .CollectAsync().ConfigureAwait(false);
        if (reachable is not [var machine])
        {
            throw new SpotException(
                SpotErrorIds.WaitTimedOut, SpotErrorCategory.Timeout, $"The instance of the job was not reachable within {job.ReachableWithin.TotalMinutes:0} minutes; it is being destroyed.")
            {
                RecommendedAction = "Run the job again: another instance is tried.",
            };
        }

        machine.HourlyPrice ??= rented.Find(instance => instance.Id == machine.Id)?.HourlyPrice;
        job.OnInstance?.Invoke(machine);
        foreach (var upload in job.Uploads)
        {
            var (local, remote) = Pair(upload, "");
            await CopyAsync(job, machine, new SshCopy(Local(job, local), remote, IsUpload: true), host, cancellationToken).ConfigureAwait(false);
        }

        var code = await Task.Run(() => ssh.Execute(machine, job.PrivateKeyPath, job.Command, job.OnLine, job.IsOnTerminal, cancellationToken), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var download in job.Downloads)
        {
            var (remote, local) = Pair(download, ".");
            await CopyAsync(job, machine, new SshCopy(Local(job, local), remote, IsUpload: false), host, cancellationToken).ConfigureAwait(false);
        }

        return code;
    }

    private async Task CopyAsync(SpotJob job, SpotInstance machine, SshCopy copy, IOperationHost host, CancellationToken cancellationToken)
    {
        var code = await Task.Run(() => ssh.Copy(machine, copy, job.PrivateKeyPath, cancellationToken), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (code == 0)
        {
            return;
        }

        var error = SshService.CopyFailed(machine, copy, code);
        if (copy.IsUpload)
        {
            // Without its input the command is of no use; without one result the others still are.
            throw error;
        }

        host.Error(error);
    }

    private const int MostOffers = 8;

    private static string Local(SpotJob job, string path) => job.Folder is { } folder ? Path.GetFullPath(path, folder) : path;

    private static (string First, string Second) Pair(string text, string otherwise)
    {
        // A drive letter of Windows is no separator.
        var at = text.IndexOf(':', text.Length > 1 && text[1] == ':' ? 2 : 0);
        return at < 0 ? (text, otherwise) : (text[..at], text[(at + 1)..]);
    }
}
