using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Destroys machines, and says so only of those that a later listing does not show any more.</summary>
internal sealed class VastRemover(VastClient client, VastDirectory directory, TimeProvider clock)
{
    private static readonly TimeSpan BetweenListings = TimeSpan.FromSeconds(2);

    /// <summary>Time after which a machine that a bulk call left alone is destroyed by a call of its own.</summary>
    private static readonly TimeSpan BulkPatience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Destroys one machine and waits until it is gone.</summary>
    public async Task DestroyOneAsync(long id, CancellationToken cancellationToken)
    {
        await client.DestroyAsync(id, cancellationToken).ConfigureAwait(false);
        var deadline = clock.GetUtcNow() + Patience;
        while (await client.ShowInstanceAsync(id, cancellationToken).ConfigureAwait(false) is not null)
        {
            if (clock.GetUtcNow() >= deadline)
            {
                throw StillThere(id);
            }

            await clock.Delay(BetweenListings, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Destroys machines by id.</summary>
    public async Task RemoveAsync(
        IReadOnlyList<InstanceKey> instances, bool includeForeign, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        var (machines, _) = await directory.ListAndSettleAsync(host, cancellationToken).ConfigureAwait(false);
        var byKey = machines.ToDictionary(machine => machine.Key, StringComparer.Ordinal);
        var targets = new List<VastMachine>();
        foreach (var id in instances.Select(instance => instance.Id).Distinct(StringComparer.Ordinal))
        {
            if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                host.Error(new SpotException(
                    SpotErrorIds.InstanceIdInvalid, SpotErrorCategory.InvalidArgument, $"'{id}' is not the number of a Vast.ai instance.")
                {
                    Target = id,
                });
            }
            else if (!byKey.TryGetValue(id, out var machine))
            {
                // The service does not tell a machine that is gone from one that never was.
                onRemoval(new SpotRemoval
                {
                    Id = id,
                    Provider = SpotProvider.Vast,
                    Type = "instance",
                    Outcome = SpotRemovalOutcome.AlreadyGone,
                    Elapsed = clock.GetUtcNow() - start,
                });
            }
            else if (!machine.IsOurs && !includeForeign)
            {
                Tell(machine, SpotRemovalOutcome.Skipped, NotOurs(machine), start, onRemoval, host);
            }
            else
            {
                targets.Add(machine);
            }
        }

        await DestroyAsync(targets, start, clock.GetUtcNow() + Patience, onRemoval, host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a scope takes in, dearest first.</summary>
    public IReadOnlyList<VastMachine> Select(IEnumerable<VastMachine> machines, VastRemovalScope scope) =>
        [.. machines
            .Where(machine => IsIn(machine, scope))
            .OrderByDescending(machine => machine.HourlyPrice ?? decimal.MaxValue)
            .ThenBy(machine => machine.Id)];

    /// <summary>Destroys a scope and proves that nothing is left.</summary>
    public async Task<SpotProof> RemoveAllAsync(
        VastRemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        var deadline = start + scope.Timeout;
        var proof = new SpotProof { Provider = SpotProvider.Vast, ClusterName = scope.ClusterName, Regions = ["vast"] };
        var given = new HashSet<long>();
        IReadOnlyList<VastMachine> left = [];
        var awaited = false;
        while (true)
        {
            try
            {
                (left, awaited) = await directory.ListAndSettleAsync(host, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error) when (proof.Listings > 0)
            {
                // The first listing failing dooms the whole; a later one leaves it unproven.
                proof.Unknown = [$"vast: {error.ServiceCode ?? error.ErrorId}"];
                host.Error(error);
                break;
            }

            proof.Listings++;
            left = Select(left, scope);
            var now = clock.GetUtcNow();
            if (left.Count == 0)
            {
                proof.FirstEmptyAt ??= now;
                proof.Proven = now > proof.FirstEmptyAt && !awaited;
                proof.LastEmptyAt = now;
                if (proof.Proven)
                {
                    break;
                }
            }
            else
            {
                proof.FirstEmptyAt = proof.LastEmptyAt = null;
                var fresh = left.Where(machine => given.Add(machine.Id)).ToArray();
                if (fresh.Length == 0)
                {
                    break;
                }

                fresh = [.. fresh.Where(machine => scope.OnlyIds?.Contains(machine.Key, StringComparer.Ordinal) ?? true)];
                foreach (var prepaid in fresh.Where(machine => machine.IsPrepaid))
                {
                    Tell(prepaid, SpotRemovalOutcome.Skipped, Prepaid(prepaid), start, onRemoval, host);
                }

                await DestroyAsync([.. fresh.Where(machine => !machine.IsPrepaid)], start, deadline, onRemoval, host, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (clock.GetUtcNow() >= deadline)
            {
                break;
            }

            await clock.Delay(BetweenListings, cancellationToken).ConfigureAwait(false);
        }

        proof.AccountId = await directory.GetAccountIdAsync(cancellationToken).ConfigureAwait(false);
        proof.Residue = [.. left.Select(machine => Resource(machine))];
        if (awaited && left.Count == 0 && !proof.Proven)
        {
            proof.Unknown = [.. proof.Unknown, "vast: an interrupted rent may still appear"];
        }

        if (!proof.Proven)
        {
            host.Error(new SpotException(
                SpotErrorIds.RemovalNotProven, SpotErrorCategory.InvalidOperation,
                left.Count > 0
                    ? $"{left.Count} Vast.ai machines are left: {string.Join(", ", left.Select(machine => machine.Key))}."
                    : "It could not be proven that no Vast.ai machine is left: " + string.Join("; ", proof.Unknown))
            {
                Target = proof,
                RecommendedAction = "Run the command again.",
            });
        }

        return proof;
    }

    private bool IsIn(VastMachine machine, VastRemovalScope scope) =>
        (scope.ClusterName is { } cluster ? machine.Label?.ClusterName == cluster : machine.IsOurs || scope.IncludeForeign)
        && (scope.OnlyClusters.Count == 0 || (machine.Label?.ClusterName is { } own && Wildcard.IsAnyMatch([.. scope.OnlyClusters], own)))
        && !(machine.Label?.ClusterName is { } kept && scope.KeepClusters.Any(pattern => Wildcard.IsMatch(pattern, kept)))
        && (scope.Places.Count == 0 || Wildcard.IsAnyMatch([.. scope.Places], machine.Place))
        && (scope.OlderThan is not { } age || machine.CreatedAt is not { } created || clock.GetUtcNow() - created >= age);

    private async Task DestroyAsync(
        IReadOnlyList<VastMachine> targets,
        DateTimeOffset start,
        DateTimeOffset deadline,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var refused = new Dictionary<long, SpotException>();
        var goneBefore = new HashSet<long>();
        var inBulk = new HashSet<long>();
        foreach (var chunk in targets.Chunk(VastClient.BulkSize))
        {
            if (chunk.Length > 1 && await TryBulkAsync(chunk, refused, host, cancellationToken).ConfigureAwait(false))
            {
                inBulk.UnionWith(chunk.Select(machine => machine.Id));
                continue;
            }

            foreach (var machine in chunk.Where(machine => !refused.ContainsKey(machine.Id)))
            {
                await DestroySinglyAsync(machine, refused, goneBefore, cancellationToken).ConfigureAwait(false);
            }
        }

        await VerifyAsync(targets, refused, goneBefore, inBulk, start, deadline, onRemoval, host, cancellationToken).ConfigureAwait(false);
    }

    // One call for many, since single ones must be three seconds apart. True when it was accepted.
    private async Task<bool> TryBulkAsync(
        VastMachine[] chunk, Dictionary<long, SpotException> refused, IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            await client.DestroyManyAsync([.. chunk.Select(machine => machine.Id)], cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SpotException error)
        {
            host.Verbose($"Destroying {chunk.Length} machines in one call failed: {error.Message}");
            if (error.Category is SpotErrorCategory.Authentication or SpotErrorCategory.PermissionDenied or SpotErrorCategory.Connection)
            {
                foreach (var machine in chunk)
                {
                    refused[machine.Id] = error;
                }
            }

            return false;
        }
    }

    private async Task DestroySinglyAsync(
        VastMachine machine, Dictionary<long, SpotException> refused, HashSet<long> goneBefore, CancellationToken cancellationToken)
    {
        try
        {
            if (!await client.DestroyAsync(machine.Id, cancellationToken).ConfigureAwait(false))
            {
                goneBefore.Add(machine.Id);
            }
        }
        catch (SpotException error)
        {
            refused[machine.Id] = error;
        }
    }

    private async Task VerifyAsync(
        IReadOnlyList<VastMachine> targets,
        Dictionary<long, SpotException> refused,
        HashSet<long> goneBefore,
        HashSet<long> inBulk,
        DateTimeOffset start,
        DateTimeOffset deadline,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var open = targets.ToList();
        var again = clock.GetUtcNow() + BulkPatience;
        SpotException? notListed = null;
        while (open.Count > 0)
        {
            try
            {
                notListed = null;
                var there = (await directory.ListAsync(cancellationToken).ConfigureAwait(false)).Select(machine => machine.Id).ToHashSet();
                foreach (var machine in open.Where(machine => !there.Contains(machine.Id)).ToArray())
                {
                    var outcome = goneBefore.Contains(machine.Id) ? SpotRemovalOutcome.AlreadyGone : SpotRemovalOutcome.Removed;
                    Tell(machine, outcome, null, start, onRemoval, host);
                    open.Remove(machine);
                }

                // A refusal is final, once a listing has shown that it was one.
                foreach (var machine in open.Where(machine => refused.ContainsKey(machine.Id)).ToArray())
                {
                    Tell(machine, SpotRemovalOutcome.Failed, NotRemoved(machine, refused[machine.Id]), start, onRemoval, host);
                    open.Remove(machine);
                }
            }
            catch (SpotException error)
            {
                notListed = error;
            }

            if (open.Count == 0)
            {
                return;
            }

            var now = clock.GetUtcNow();
            if (now >= deadline || notListed?.Category is SpotErrorCategory.Authentication or SpotErrorCategory.PermissionDenied)
            {
                break;
            }

            if (now >= again)
            {
                foreach (var machine in open.Where(machine => inBulk.Remove(machine.Id)).ToArray())
                {
                    await DestroySinglyAsync(machine, refused, goneBefore, cancellationToken).ConfigureAwait(false);
                }
            }

            await clock.Delay(BetweenListings, cancellationToken).ConfigureAwait(false);
        }

        foreach (var machine in open)
        {
            Tell(machine, SpotRemovalOutcome.Failed, NotRemoved(machine, notListed ?? StillThere(machine.Id)), start, onRemoval, host);
        }
    }

    private void Tell(
        VastMachine machine, SpotRemovalOutcome outcome, SpotException? error, DateTimeOffset start, Action<SpotRemoval> onRemoval, IOperationHost host)
    {
        onRemoval(new SpotRemoval
        {
            Id = machine.Key,
            Provider = SpotProvider.Vast,
            Type = "instance",
            Region = directory.ToInstance(machine).Region,
            Name = machine.Label?.Node ?? machine.RawLabel,
            Outcome = outcome,
            Code = error?.ServiceCode ?? error?.ErrorId,
            Reason = error?.Message,
            Elapsed = clock.GetUtcNow() - start,
        });
        if (error is not null)
        {
            host.Error(error);
        }
    }

    private SpotResource Resource(VastMachine machine)
    {
        var instance = directory.ToInstance(machine);
        return new SpotResource
        {
            Id = instance.Id,
            Type = "instance",
            Region = instance.Region,
            Name = instance.Name,
            ClusterName = instance.ClusterName,
            State = instance.State.ToString(),
            CreatedAt = instance.LaunchedAt,
            Tagged = machine.IsOurs,
            Tags = instance.Tags,
        };
    }

    private static SpotException NotRemoved(VastMachine machine, SpotException cause) =>
        new(SpotErrorIds.InstanceNotRemoved, cause.Category, $"Instance {machine.Key} was not destroyed: {cause.Message}", cause)
        {
            Target = machine.Key,
            ServiceCode = cause.ServiceCode,
            RecommendedAction = cause.RecommendedAction,
        };

    private static SpotException NotOurs(VastMachine machine) =>
        new(
            SpotErrorIds.InstanceNotOurs, SpotErrorCategory.Refused,
            $"Instance {machine.Key} was not rented by SpotCluster (its label is '{machine.RawLabel}') and is left alone.")
        {
            Target = machine.Key,
            RecommendedAction = "Include foreign machines explicitly to destroy it.",
        };

    private static SpotException Prepaid(VastMachine machine) =>
        new(
            SpotErrorIds.InstanceProtected, SpotErrorCategory.Refused,
            $"Instance {machine.Key} is prepaid, and giving it back early costs money; it is left alone.")
        {
            Target = machine.Key,
            RecommendedAction = $"Destroy instance {machine.Key} by its id.",
        };

    private static SpotException StillThere(long id) =>
        new(SpotErrorIds.InstanceNotRemoved, SpotErrorCategory.Timeout, $"Instance {id} is still listed.")
        {
            Target = id.ToString(CultureInfo.InvariantCulture),
            RecommendedAction = "Run the command again.",
        };
}
