using System.Runtime.CompilerServices;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Clusters.Journal;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Inventory;

/// <summary>Removes machines, clusters and everything of ours: the same machinery with different scopes.</summary>
internal sealed class RemovalService(
    ICloudInventory cloud,
    SpotSettings settings,
    IJournal journal,
    TimeProvider clock,
    Func<IOtherTags>? otherTags = null) : IRemovalService
{
    private readonly RemovalPlanner _planner = new(cloud, settings, clock);

    /// <summary>How old the listings of a plan may be to start a removal with.</summary>
    private static readonly TimeSpan PlanIsFresh = TimeSpan.FromSeconds(30);

    public async Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken)
    {
        var (identity, regions) = await IdentifyAsync(scope.Regions, cancellationToken).ConfigureAwait(false);
        var looking = OtherTagsNotice.BeginAsync(otherTags, regions, cancellationToken);
        var plan = await _planner.PlanAsync(scope, identity, regions, host, cancellationToken).ConfigureAwait(false);
        await OtherTagsNotice.TellAsync(looking, host).ConfigureAwait(false);
        return plan with { Hidden = await looking.ConfigureAwait(false) };
    }

    public async IAsyncEnumerable<SpotResource> GetResourcesAsync(
        RemovalScope scope,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (identity, regions) = await IdentifyAsync(scope.Regions, cancellationToken, isChange: false).ConfigureAwait(false);
        var resources = _planner.ListAsync(scope, identity, regions, host, cancellationToken);
        await foreach (var resource in OtherTagsNotice.Stream(resources, otherTags, regions, host, cancellationToken).ConfigureAwait(false))
        {
            yield return resource;
        }
    }

    public async Task<SpotProof> RemoveAsync(
        RemovalScope scope,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var (identity, regions) = await IdentifyAsync(scope.Regions, cancellationToken).ConfigureAwait(false);
        var plan = await LookAsync(scope, identity, regions, cancellationToken).ConfigureAwait(false);
        plan?.RequireFit(scope);
        var approved = scope.ApprovedHash is null ? null : plan?.Resources.Select(resource => resource.Id).ToHashSet(StringComparer.Ordinal);
        await RequireAccountAsync(scope, cancellationToken).ConfigureAwait(false);
        var openRuns = journal.GetOpenRuns(scope.ClusterName, identity.AccountId, host)
            .Where(run => Wildcard.IsAnyMatch(scope.OnlyClusters, run.ClusterName)
                && !scope.KeepClusters.Any(pattern => Wildcard.IsMatch(pattern, run.ClusterName))).ToList();
        var looking = scope.Plan is { } preview ? Task.FromResult(preview.Hidden) : OtherTagsNotice.BeginAsync(otherTags, regions, cancellationToken);
        var context = NewContext(scope, identity, openRuns, onRemoval, host) with { Approved = approved };
        var proofs = await Task.WhenAll(regions.Select(name =>
            new RegionRun(cloud.Open(name), context).RunAsync(
                plan?.Scans.TryGetValue(name, out var scan) == true ? scan : null, isEvidence: !ReferenceEquals(plan, scope.Plan), cancellationToken))).ConfigureAwait(false);

        foreach (var region in proofs)
        {
            UnknownListings.Report(region.Region, region.Unknown, host);
        }

        if (proofs.Select(region => region.Fatal).FirstOrDefault(error => error is not null) is { } fatal)
        {
            host.Error(fatal);
        }

        var hidden = await looking.ConfigureAwait(false);
        var proof = new SpotProof
        {
            Provider = identity.Provider,
            FilterTag = settings.FilterTag,
            FilterTagSource = settings.FilterTagSource,
            Hidden = [.. hidden],
            ClusterName = scope.ClusterName,
            AccountId = identity.AccountId,
            Regions = regions.ToArray(),
            Listings = proofs.Sum(region => region.Listings),
            FirstEmptyAt = proofs.All(region => region.Proven) ? proofs.Max(region => region.FirstEmptyAt) : null,
            LastEmptyAt = proofs.All(region => region.Proven) ? proofs.Max(region => region.LastEmptyAt) : null,
            Proven = proofs.All(region => region.Proven),
            Residue = proofs.OrderBy(region => region.Region, StringComparer.Ordinal).SelectMany(region => region.Residue).ToArray(),
            Unmanaged = proofs.OrderBy(region => region.Region, StringComparer.Ordinal).SelectMany(region => region.Unmanaged).ToArray(),
            NotCovered = proofs.SelectMany(region => region.NotCovered).Distinct(StringComparer.Ordinal).OrderBy(line => line, StringComparer.Ordinal).ToArray(),
            Unknown = proofs.SelectMany(region => region.Unknown.Select(listing => $"{region.Region}: {listing}")).ToArray(),
        };
        if (!proof.Proven)
        {
            var what = scope.ClusterName is { } name ? $"Cluster {name}" : "Everything of ours";
            var left = proof.Residue.Length > 0 ? $"{proof.Residue.Length} resources are left" : "nothing that is left was seen";
            var unread = proof.Unknown.Length > 0 ? $", and {proof.Unknown.Length} listings could not be read" : "";
            host.Error(new SpotException(
                SpotErrorIds.RemovalNotProven,
                SpotErrorCategory.InvalidOperation,
                $"{what} is not proven to be removed: {left}{unread}.")
            {
                Target = proof,
                RecommendedAction = "Follow the errors above, then run the same command again: it goes on where this one stopped.",
            });
        }

        else if (scope.Regions.Count == 0 && scope.OlderThan is null)
        {
            // Nothing of these runs can come to light any more, anywhere.
            foreach (var run in openRuns)
            {
                journal.Delete(run.ClusterName, identity.AccountId);
            }
        }

        // A preview of this scope has warned of them already.
        foreach (var line in scope.Plan is null ? hidden : [])
        {
            host.Warning(line);
        }

        return proof;
    }

    public Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken) =>
        new InstanceRemoval(cloud, settings, clock).RunAsync(instances, onRemoval, host, cancellationToken);

    /// <summary>
    /// What there is before the first change: from the plan that was just made, or listed now where a limit was set or a
    /// plan was approved. Null where nothing has to be known of all regions together.
    /// </summary>
    private async Task<RemovalPlan?> LookAsync(RemovalScope scope, SpotIdentity identity, IReadOnlyList<string> regions, CancellationToken cancellationToken)
    {
        if (scope.Plan is { } plan
            && plan.Scope == scope with { Plan = null, ApprovedHash = plan.Scope?.ApprovedHash, ExpectedAccountId = plan.Scope?.ExpectedAccountId }
            && string.Equals(plan.AccountId, identity.AccountId, StringComparison.Ordinal)
            && clock.GetUtcNow() - plan.ListedAt <= PlanIsFresh)
        {
            return plan;
        }

        return scope.MaxDelete is null && scope.ApprovedHash is null
            ? null
            : await _planner.LookAsync(scope, identity, regions, thorough: scope.ApprovedHash is not null, cancellationToken).ConfigureAwait(false);
    }

    // Between the question and the answer, the credentials may have become those of another account.
    private async Task RequireAccountAsync(RemovalScope scope, CancellationToken cancellationToken)
    {
        if (scope.ExpectedAccountId is not { } expected)
        {
            return;
        }

        var identity = await cloud.RefreshIdentityAsync(cancellationToken).ConfigureAwait(false);
        AccountGuard.Check(settings, identity.AccountId);
        if (!string.Equals(identity.AccountId, expected, StringComparison.Ordinal))
        {
            throw new SpotException(
                SpotErrorIds.AccountChanged,
                SpotErrorCategory.Refused,
                $"The credentials are those of account {identity.AccountId} now, and account {expected} was consented to. Nothing was changed.")
            {
                Target = identity.AccountId,
                RecommendedAction = "Check which credentials are in use, and run it again.",
            };
        }
    }

    private RemovalContext NewContext(RemovalScope scope, SpotIdentity identity, IReadOnlyList<JournalEntry> openRuns, Action<SpotRemoval> onRemoval, IOperationHost host)
    {
        var started = clock.GetUtcNow();
        var gate = new object();
        return new RemovalContext
        {
            Clock = clock,
            StartedAt = started,
            Deadline = started + scope.Timeout,
            Selector = new ResourceSelector(settings, scope, identity.AccountId, clock),
            Host = host,
            CallsInFlight = new CallsInFlight(openRuns),
            OnRemoval = removal =>
            {
                lock (gate)
                {
                    onRemoval(removal);
                }
            },
        };
    }

    /// <summary>Who we are and where, in one round trip; refuses to change an account that the settings do not allow.</summary>
    private async Task<(SpotIdentity Identity, IReadOnlyList<string> Regions)> IdentifyAsync(
        IReadOnlyList<string> patterns,
        CancellationToken cancellationToken,
        bool isChange = true)
    {
        var identifying = cloud.GetIdentityAsync(cancellationToken);
        var resolving = cloud.GetRegionsAsync(patterns, cancellationToken);
        await Task.WhenAll(identifying, resolving).ConfigureAwait(false);
        var identity = await identifying.ConfigureAwait(false);
        if (isChange)
        {
            AccountGuard.Check(settings, identity.AccountId);
        }

        return (identity, await resolving.ConfigureAwait(false));
    }
}
