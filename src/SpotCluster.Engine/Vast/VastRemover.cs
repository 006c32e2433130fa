using System.Globalization;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Destroys instances, and says so only of those that a later listing does not show any more.</summary>
internal sealed class VastRemover(VastClient client, VastDirectory directory, TimeProvider clock)
{
    private static readonly TimeSpan BetweenListings = TimeSpan.FromSeconds(2);

    /// <summary>Time after which a request that was accepted is made again for an instance that is still listed.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long a removal by ids may take.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <summary>Destroys one instance and waits until it is gone.</summary>
    public async Task DestroyOneAsync(long id, IOperationHost host, CancellationToken cancellationToken)
    {
        var deadline = clock.GetUtcNow() + Patience;
        var next = DateTimeOffset.MinValue;
        while (true)
        {
            SpotException? failure = null;
            try
            {
                if (clock.GetUtcNow() >= next)
                {
                    await client.DestroyAsync(id, host, cancellationToken).ConfigureAwait(false);
                    next = clock.GetUtcNow() + AgainAfter;
                }

                if (await client.ShowInstanceAsync(id, host, cancellationToken).ConfigureAwait(false) is null)
                {
                    return;
                }
            }
            catch (SpotException error) when (VastErrors.MayPass(error))
            {
                failure = error;
            }

            if (clock.GetUtcNow() >= deadline)
            {
                throw failure ?? StillThere(id);
            }

            Wait(host, $"instance {Text(id)} is no longer listed", failure, deadline);
            await clock.Delay(BetweenListings, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Destroys instances by id.</summary>
    public Task RemoveAsync(
        IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(clock, Longest, TimeSpan.Zero, async limit =>
        {
            await RemoveAsync(instances, limit, onRemoval, host, cancellationToken).ConfigureAwait(false);
            return true;
        });

    private async Task RemoveAsync(
        IReadOnlyList<InstanceKey> instances, CommandLimit limit, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        var (listing, awaited) = await directory.ListAndSettleAsync(host, cancellationToken).ConfigureAwait(false);
        var byKey = listing.Machines.ToDictionary(machine => machine.Key, StringComparer.Ordinal);
        var run = new Run(onRemoval, host, start, Earlier(clock.GetUtcNow() + Patience, limit.Deadline), new SpotProof(), machine => false);
        var targets = new HashSet<long>();
        foreach (var instance in instances.GroupBy(instance => instance.Id, StringComparer.Ordinal).Select(group => group.First()))
        {
            if (!long.TryParse(instance.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                host.Error(InvalidId(instance.Id));
                continue;
            }

            if (!byKey.TryGetValue(instance.Id, out var machine)
                && listing.Incomplete is not null
                && await client.ShowInstanceAsync(id, host, cancellationToken).ConfigureAwait(false) is { } row)
            {
                machine = new VastInstance(row);
            }

            if (machine is null)
            {
                // The service does not tell an instance that is gone from one that never was.
                onRemoval(new SpotRemoval
                {
                    Id = instance.Id,
                    Provider = SpotProvider.Vast,
                    Type = "instance",
                    Outcome = SpotRemovalOutcome.AlreadyGone,
                    Elapsed = clock.GetUtcNow() - start,
                });
            }
            else if (machine.RefusalToChange(instance) is { } refusal)
            {
                Report(run, machine, SpotRemovalOutcome.Skipped, refusal);
            }
            else
            {
                targets.Add(machine.Id);
                run.Add(machine);
            }
        }

        if (targets.Count > 0)
        {
            run = run with { IsIn = machine => targets.Contains(machine.Id) };
            await LoopAsync(run, listing, awaited, isScope: false, cancellationToken).ConfigureAwait(false);
            ReportOpen(run);
        }
    }

    /// <summary>What a scope takes in, dearest first.</summary>
    public IReadOnlyList<VastInstance> Select(IEnumerable<VastInstance> machines, RemovalScope scope) =>
        Select(machines, machine => IsIn(machine, scope));

    /// <summary>Destroys a scope and proves that nothing is left.</summary>
    public Task<SpotProof> RemoveAllAsync(
        RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(clock, scope.Timeout, scope.Spent, limit => RemoveAllAsync(scope, limit, onRemoval, host, cancellationToken));

    private async Task<SpotProof> RemoveAllAsync(
        RemovalScope scope, CommandLimit limit, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        var proof = new SpotProof { Provider = SpotProvider.Vast, ClusterName = scope.ClusterName, Regions = ["vast"], Scope = scope.DescribeInstances() };
        proof.AccountId = await directory.GetAccountIdAsync(host, cancellationToken).ConfigureAwait(false);
        proof.Scope += proof.AccountId is { } account ? $", account {account}" : "";
        var run = new Run(onRemoval, host, start, limit.Deadline, proof, machine => IsIn(machine, scope))
        {
            MayDestroy = machine => !machine.IsPrepaid && (scope.OnlyIds?.Contains(machine.Key, StringComparer.Ordinal) ?? true),
            MaxDelete = scope.MaxDelete,
        };
        var left = await LoopAsync(run, null, isAwaited: true, isScope: true, cancellationToken).ConfigureAwait(false);
        ReportOpen(run);
        if (!scope.IncludeForeign)
        {
            proof.UnmanagedCount = run.Unmanaged.Count;
            proof.UnmanagedHourlyPrice = run.Unmanaged.All(machine => machine.HourlyPrice is not null) ? run.Unmanaged.Sum(machine => machine.HourlyPrice) : null;
        }

        proof.Residue = [.. left.Select(machine => Resource(machine))];
        proof.Unknown =
        [
            .. run.NotListed is { } error ? [$"vast: {error.ServiceCode ?? error.ErrorId}"] : Array.Empty<string>(),
            .. run.IsAwaited && left.Count == 0 && !proof.Proven ? ["vast: an interrupted rental may still appear"] : Array.Empty<string>(),
        ];
        if (!proof.Proven)
        {
            host.Error(new SpotException(
                SpotErrorIds.RemovalNotProven, SpotErrorCategory.InvalidOperation,
                left.Count > 0
                    ? $"{Counted(left.Count)} at Vast.ai {(left.Count == 1 ? "remains" : "remain")}: {string.Join(", ", left.Select(machine => machine.Key))}."
                        + (proof.Unknown.Length == 0 ? "" : $" Not listed: {string.Join("; ", proof.Unknown)}.")
                    : "Cannot verify that no instance at Vast.ai remains: " + string.Join("; ", proof.Unknown.DefaultIfEmpty("the timeout expired before a second listing was empty")))
            {
                Target = proof,
                RecommendedAction = "Run the command again.",
            });
        }

        return proof;
    }

    private bool IsOver(Run run) => !CommandLimit.HasTime || clock.GetUtcNow() >= run.Deadline;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static IReadOnlyList<VastInstance> Select(IEnumerable<VastInstance> machines, Func<VastInstance, bool> isIn) =>
        [.. machines.Where(isIn).OrderByDescending(machine => machine.HourlyPrice ?? decimal.MaxValue).ThenBy(machine => machine.Id)];

    private bool IsIn(VastInstance machine, RemovalScope scope) =>
        (scope.ClusterName is { } cluster ? string.Equals(machine.Label?.ClusterName, cluster, StringComparison.OrdinalIgnoreCase) : machine.IsManaged || scope.IncludeForeign)
        && (scope.OnlyClusters.Count == 0 || (machine.Label?.ClusterName is { } own && Wildcard.IsAnyMatch([.. scope.OnlyClusters], own)))
        && !(machine.Label?.ClusterName is { } kept && scope.KeepClusters.Any(pattern => Wildcard.IsMatch(pattern, kept)))
        && (scope.Regions.Count == 0 || Wildcard.IsAnyMatch([.. scope.Regions], machine.Place))
        && (scope.Filter.IsEmpty || scope.Filter.Selects(Resource(machine)))
        && (!scope.Expired || scope.Jobs.IsExpired(machine.Label?.ClusterName, machine.ExpiresAt, machine.Label?.LeaseEndsAt, client.Time.GetUtcNow()))
        && (scope.OlderThan is not { } age || (machine.CreatedAt is { } created && client.Time.GetUtcNow() - created >= age));

    /// <summary>
    /// Lists and destroys in turns until nothing of the selection is listed, nothing more can be done, or the time is over.
    /// The last thing it does is always to list, or to try to. Returns what the newest listing shows of the selection.
    /// </summary>
    private async Task<IReadOnlyList<VastInstance>> LoopAsync(
        Run run, VastListing? listing, bool isAwaited, bool isScope, CancellationToken cancellationToken)
    {
        run.IsAwaited = isAwaited;
        IReadOnlyList<VastInstance> left = [.. run.Attempts.Values.Select(attempt => attempt.Machine)];
        while (true)
        {
            if (listing is null && !await TryListAsync().ConfigureAwait(false))
            {
                return left;
            }

            if (listing is not null)
            {
                left = Select(listing.Machines, run.IsIn);
                run.Unmanaged = [.. listing.Machines.Where(machine => !machine.IsManaged)];
                run.NotListed = listing.Incomplete;
                Account(run, listing, left);
                if (left.Count == 0 && listing.Incomplete is null && IsVerified())
                {
                    return left;
                }

                if (left.Count > 0)
                {
                    run.Proof.FirstEmptyAt = run.Proof.LastEmptyAt = null;
                    if (listing.Incomplete is null && left.All(machine => !run.MayDestroy(machine) || run.Attempts[machine.Id].IsRefused))
                    {
                        return left;
                    }
                }
            }

            if (IsOver(run))
            {
                return left;
            }

            if (listing is not null)
            {
                await RequestAsync(run, [.. left.Where(run.MayDestroy).Select(machine => run.Attempts[machine.Id])], cancellationToken).ConfigureAwait(false);
            }

            listing = null;
            await CommandLimit.PauseAsync(clock, BetweenListings, cancellationToken).ConfigureAwait(false);
        }

        // False when there is no use in trying again.
        async Task<bool> TryListAsync()
        {
            try
            {
                if (run.IsAwaited)
                {
                    (listing, run.IsAwaited) = await directory.ListAndSettleAsync(run.Host, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    listing = await directory.ListAsync(run.Host, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (SpotException error)
            {
                run.NotListed = error;
                run.Proof.FirstEmptyAt = run.Proof.LastEmptyAt = null;
                var mayPass = VastErrors.MayPass(error) && !IsOver(run);
                if (!mayPass && isScope && run.Attempts.Count == 0 && run.Proof.Listings == 0)
                {
                    // Nothing was looked at, so nothing was done.
                    throw;
                }

                if (!mayPass)
                {
                    run.Host.Error(error);
                    return false;
                }

                Wait(run.Host, "Vast.ai lists the instances", error, run.Deadline);
            }

            return true;
        }

        bool IsVerified()
        {
            var now = client.Time.GetUtcNow();
            run.Proof.FirstEmptyAt ??= now;
            run.Proof.LastEmptyAt = now;
            run.Proof.Proven = now > run.Proof.FirstEmptyAt && !run.IsAwaited;
            return !isScope || run.Proof.Proven;
        }
    }

    /// <summary>Reports what a listing shows to have become of each instance.</summary>
    private void Account(Run run, VastListing listing, IReadOnlyList<VastInstance> left)
    {
        if (listing.Incomplete is null)
        {
            run.Proof.Listings++;
            var there = listing.Machines.Select(machine => machine.Id).ToHashSet();
            foreach (var attempt in run.Attempts.Values.Where(attempt => !attempt.IsTold && !there.Contains(attempt.Machine.Id)))
            {
                attempt.IsTold = attempt.IsGone = true;
                Report(run, attempt.Machine, attempt.WasGone ? SpotRemovalOutcome.AlreadyGone : SpotRemovalOutcome.Removed, null);
            }
        }

        foreach (var machine in left)
        {
            if (!run.Attempts.TryGetValue(machine.Id, out var attempt))
            {
                attempt = run.Add(machine);
                if (run.MaxDelete is { } most && run.MayDestroy(machine) && run.Attempts.Values.Count(one => run.MayDestroy(one.Machine)) > most)
                {
                    attempt.IsRefused = true;
                    attempt.Failure = RemovalScope.BeyondLimit(most);
                }
            }

            if (attempt.IsGone)
            {
                run.Host.Warning($"Instance {machine.Key} is listed again after its removal; it is being destroyed again.");
                attempt.IsGone = attempt.IsTold = false;
                attempt.NextAt = null;
            }

            if (machine.IsPrepaid && !run.MayDestroy(machine) && !attempt.IsTold)
            {
                attempt.IsTold = true;
                Report(run, machine, SpotRemovalOutcome.Skipped, Prepaid(machine));
            }

            // A refusal is final, once a listing has shown that it was one.
            if (attempt is { IsRefused: true, IsTold: false })
            {
                attempt.IsTold = true;
                Report(run, machine, SpotRemovalOutcome.Failed, NotRemoved(machine, attempt.Failure!));
            }
        }

        var open = left.Where(run.MayDestroy).Select(machine => run.Attempts[machine.Id]).Where(attempt => attempt.RequestedAt is not null && !attempt.IsTold).ToArray();
        if (open.Length > 0)
        {
            Wait(
                run.Host,
                open.Length == 1 ? $"instance {open[0].Machine.Key} is no longer listed" : $"{Counted(open.Length)} are no longer listed",
                open.Select(attempt => attempt.Failure).FirstOrDefault(failure => failure is not null),
                run.Deadline);
        }
    }

    /// <summary>Destroys what is due: in one call where there are many, since single ones must be three seconds apart.</summary>
    private async Task RequestAsync(Run run, IReadOnlyList<Attempt> attempts, CancellationToken cancellationToken)
    {
        Attempt[] due = [.. attempts.Where(attempt => attempt is { IsTold: false, IsRefused: false } && (attempt.NextAt ?? DateTimeOffset.MinValue) <= clock.GetUtcNow())];
        if (run.MayBulk && due.Length > 1)
        {
            foreach (var chunk in due.Where(attempt => attempt.RequestedAt is null).Chunk(VastClient.BulkSize).Where(chunk => chunk.Length > 1))
            {
                if (!CommandLimit.HasTime)
                {
                    return;
                }

                await RequestManyAsync(run, chunk, cancellationToken).ConfigureAwait(false);
            }

            // What the call did is looked up before anything else is done.
            run.MayBulk = false;
            due = [.. due.Where(attempt => attempt.RequestedAt is null)];
        }

        foreach (var attempt in due.Where(attempt => !attempt.IsRefused))
        {
            if (!CommandLimit.HasTime)
            {
                return;
            }

            var isFirst = attempt.RequestedAt is null;
            attempt.RequestedAt = clock.GetUtcNow();
            try
            {
                attempt.WasGone = !await client.DestroyAsync(attempt.Machine.Id, run.Host, cancellationToken).ConfigureAwait(false) && isFirst;
                attempt.Accept(clock.GetUtcNow() + AgainAfter);
            }
            catch (SpotException error)
            {
                attempt.Failure = error;
                attempt.IsRefused = !VastErrors.MayPass(error);
                attempt.NextAt = clock.GetUtcNow();
                if (error.Category == SpotErrorCategory.Authentication)
                {
                    // Every other one would be refused in the same way.
                    return;
                }
            }
        }
    }

    private async Task RequestManyAsync(Run run, Attempt[] chunk, CancellationToken cancellationToken)
    {
        SpotException? failure = null;
        try
        {
            await client.DestroyManyAsync([.. chunk.Select(attempt => attempt.Machine.Id)], run.Host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error)
        {
            failure = error;
            run.Host.Verbose($"Cannot destroy {chunk.Length} instances in one call: {error.Message}");
        }

        foreach (var attempt in chunk)
        {
            attempt.RequestedAt = clock.GetUtcNow();
            if (failure is null)
            {
                attempt.Accept(clock.GetUtcNow() + AgainAfter);
            }
            else
            {
                attempt.Failure = failure;
                attempt.IsRefused = failure.Category is SpotErrorCategory.Authentication or SpotErrorCategory.PermissionDenied;
                attempt.NextAt = clock.GetUtcNow();
            }
        }
    }

    /// <summary>Reports what is known of instances of which no listing told the end.</summary>
    private void ReportOpen(Run run)
    {
        foreach (var attempt in run.Attempts.Values.Where(attempt => !attempt.IsTold && (run.MayDestroy(attempt.Machine) || attempt.IsRefused)))
        {
            attempt.IsTold = true;
            var machine = attempt.Machine;
            var error = attempt.Failure is { } failure ? LateCommandException.In(failure) is null ? NotRemoved(machine, failure) : NotKnown(machine, failure)
                : run.NotListed is not { } notListed ? StillThere(machine.Id)
                : attempt.RequestedAt is null ? NotRemoved(machine, notListed)
                : Unverified(machine, notListed);
            Report(run, machine, SpotRemovalOutcome.Failed, error);
        }
    }

    private void Report(Run run, VastInstance machine, SpotRemovalOutcome outcome, SpotException? error)
    {
        var instance = directory.ToInstance(machine);
        run.OnRemoval(new SpotRemoval
        {
            Id = machine.Key,
            Provider = SpotProvider.Vast,
            Type = "instance",
            AccountId = instance.AccountId,
            ClusterName = instance.ClusterName,
            Region = instance.Region,
            Name = machine.Label?.Node ?? machine.RawLabel,
            Outcome = outcome,
            Code = error?.ServiceCode ?? error?.ErrorId,
            Reason = error?.Message,
            Elapsed = clock.GetUtcNow() - run.Start,
        });
        if (error is not null)
        {
            run.Host.Error(error);
        }
    }

    private static void Wait(IOperationHost host, string until, SpotException? failure, DateTimeOffset deadline) =>
        host.Progress(new OperationProgress(
            "Destroying at Vast.ai",
            $"waiting until {until}, at most until {deadline:HH:mm:ss} UTC" + (failure is null ? "" : $" ({failure.Message})"),
            0,
            0)
        {
            IsWait = true,
        });

    private SpotResource Resource(VastInstance machine)
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
            Tagged = machine.IsManaged,
            Tags = instance.Tags,
        };
    }

    private static string Counted(int number) => number == 1 ? "1 instance" : FormattableString.Invariant($"{number} instances");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static SpotException InvalidId(string id) =>
        new(SpotErrorIds.InstanceIdInvalid, SpotErrorCategory.InvalidArgument, $"'{id}' is not a valid Vast.ai instance id: a number is expected.") { Target = id };

    private static SpotException NotRemoved(VastInstance machine, SpotException cause) =>
        new(SpotErrorIds.InstanceNotRemoved, cause.Category, $"Cannot destroy instance {machine.Key}: {cause.Message}", cause)
        {
            Target = machine.Key,
            ServiceCode = cause.ServiceCode,
            RecommendedAction = cause.RecommendedAction,
        };

    private static SpotException NotKnown(VastInstance machine, SpotException cause) =>
        new(SpotErrorIds.InstanceNotRemoved, cause.Category, $"It is not known whether instance {machine.Key} was destroyed: {cause.Message}", cause)
        {
            Target = machine.Key,
            RecommendedAction = cause.RecommendedAction,
        };

    private static SpotException Unverified(VastInstance machine, SpotException cause) =>
        new(
            SpotErrorIds.InstanceNotRemoved, cause.Category,
            $"Instance {machine.Key} is not verified as destroyed: Vast.ai accepted the request, but the listing after it failed: {cause.Message}", cause)
        {
            Target = machine.Key,
            ServiceCode = cause.ServiceCode,
            RecommendedAction = "List the instances when Vast.ai is available again.",
        };

    private static SpotException Prepaid(VastInstance machine) =>
        new(
            SpotErrorIds.InstanceProtected, SpotErrorCategory.Refused,
            $"Instance {machine.Key} is prepaid, and an early return costs money; it is retained.")
        {
            Target = machine.Key,
            RecommendedAction = $"Destroy instance {machine.Key} by its id.",
        };

    private static SpotException StillThere(long id) =>
        new(SpotErrorIds.InstanceNotRemoved, SpotErrorCategory.Timeout, $"Instance {Text(id)} remains.")
        {
            Target = Text(id),
            RecommendedAction = "Run the command again.",
        };

    /// <summary>One removal.</summary>
    private sealed record Run(
        Action<SpotRemoval> OnRemoval, IOperationHost Host, DateTimeOffset Start, DateTimeOffset Deadline, SpotProof Proof, Func<VastInstance, bool> IsIn)
    {
        public Dictionary<long, Attempt> Attempts { get; } = [];

        /// <summary>False for what stays and is reported.</summary>
        public Func<VastInstance, bool> MayDestroy { get; init; } = _ => true;

        /// <summary>Most that are destroyed; null for no limit.</summary>
        public int? MaxDelete { get; init; }

        /// <summary>True until one call for many was made.</summary>
        public bool MayBulk { get; set; } = true;

        /// <summary>Unmanaged instances of the newest listing.</summary>
        public IReadOnlyList<VastInstance> Unmanaged { get; set; } = [];

        /// <summary>A rent of an interrupted run may still appear.</summary>
        public bool IsAwaited { get; set; }

        /// <summary>Why the newest listing failed or is not the whole; null when it is.</summary>
        public SpotException? NotListed { get; set; }

        public Attempt Add(VastInstance machine) => Attempts[machine.Id] = new Attempt(machine);
    }

    /// <summary>What was tried with one instance.</summary>
    private sealed class Attempt(VastInstance machine)
    {
        public VastInstance Machine { get; } = machine;

        /// <summary>When it was last asked for; null when it was not yet.</summary>
        public DateTimeOffset? RequestedAt { get; set; }

        /// <summary>Not again before that; null for at once.</summary>
        public DateTimeOffset? NextAt { get; set; }

        /// <summary>Why the last request failed; null when it was accepted.</summary>
        public SpotException? Failure { get; set; }

        /// <summary>Asking again is of no use.</summary>
        public bool IsRefused { get; set; }

        /// <summary>The service did not know it at the first request.</summary>
        public bool WasGone { get; set; }

        /// <summary>A listing showed that it is gone.</summary>
        public bool IsGone { get; set; }

        /// <summary>Its outcome was told.</summary>
        public bool IsTold { get; set; }

        public void Accept(DateTimeOffset nextAt)
        {
            Failure = null;
            NextAt = nextAt;
        }
    }
}
