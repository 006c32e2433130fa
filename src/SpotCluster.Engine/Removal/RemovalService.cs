using System.Runtime.CompilerServices;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>Removes machines, clusters and everything of ours: the same machinery with different scopes.</summary>
internal sealed class RemovalService(
    ICloudInventory cloud,
    SpotSettings settings,
    IJournal journal,
    TimeProvider clock,
    Func<IOtherTags>? otherTags = null) : IRemovalService
{
    private readonly RemovalPlanner _planner = new(cloud, settings, journal.Remaining, clock);
    private readonly ServiceTime _time = new(clock, () => cloud.Skew);

    /// <summary>How old the listings of a plan may be to start a removal with.</summary>
    private static readonly TimeSpan PlanIsFresh = TimeSpan.FromSeconds(30);

    public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(clock, scope.Timeout, TimeSpan.Zero, limit => PlanAsync(scope, limit, host, cancellationToken));

    private async Task<RemovalPlan> PlanAsync(RemovalScope scope, CommandLimit limit, IOperationHost host, CancellationToken cancellationToken)
    {
        var (identity, regions) = await IdentifyAsync(scope.Regions, cancellationToken).ConfigureAwait(false);
        var looking = OtherTagsNotice.BeginAsync(otherTags, regions, host, cancellationToken);
        var plan = await _planner.PlanAsync(scope, identity, regions, host, cancellationToken).ConfigureAwait(false);
        _time.RequireAgreement(scope.Provider, scope.OlderThan, host);
        await OtherTagsNotice.ReportAsync(looking, host).ConfigureAwait(false);
        return plan with
        {
            Took = limit.Elapsed,
            Hidden = await looking.ConfigureAwait(false),
            OpenRuns = scope is { ClusterName: { } name, Regions.Count: 0 } ? journal.GetOpenRuns(name, identity.AccountId, host).Count : 0,
        };
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

    public Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(clock, scope.Timeout, scope.Plan?.Took ?? TimeSpan.Zero, limit => RemoveAsync(scope, limit, onRemoval, host, cancellationToken));

    private async Task<SpotProof> RemoveAsync(
        RemovalScope scope,
        CommandLimit limit,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var (identity, regions) = await IdentifyAsync(scope.Regions, cancellationToken).ConfigureAwait(false);
        var (openRuns, allowance, scans, listedAt) = await BeginAsync(scope, identity, regions, host, cancellationToken).ConfigureAwait(false);
        var looking = scope.Plan is { } preview ? Task.FromResult(preview.Hidden) : OtherTagsNotice.BeginAsync(otherTags, regions, host, cancellationToken);

        // A launch that removes what it created itself knows the answers to its calls.
        var inFlight = scope.Run is null ? new CallsInFlight(openRuns, journal) : CallsInFlight.None;
        var context = NewContext(scope, limit, identity, inFlight, allowance, onRemoval, host);
        var places = regions.Select(name => new RegionRun(cloud.Open(name), context)).ToList();
        var rounds = new RemovalRounds(places, context);
        await rounds.RunAsync(scans, listedAt, cancellationToken).ConfigureAwait(false);
        var unlisted = new UnlistedRegions(regions, host);
        foreach (var place in places)
        {
            place.ReportRest();

            // What the preview could not list either was reported with it.
            UnknownListings.Report(place.Region, place.Unknown.Where(listing => scope.Plan?.Unknown.Contains($"{place.Region}: {listing}") != true), host, unlisted);
        }

        unlisted.Report();

        if (places.Select(place => place.Fatal).FirstOrDefault(error => error is not null) is { } fatal)
        {
            host.Error(fatal);
        }

        var hidden = await looking.ConfigureAwait(false);
        var elsewhere = await cloud.GetNotCoveredAsync(regions, cancellationToken).ConfigureAwait(false);
        var proof = new SpotProof
        {
            Provider = identity.Provider,
            FilterTag = settings.FilterTag,
            FilterTagSource = settings.FilterTagSource,
            Hidden = [.. hidden],
            ClusterName = scope.ClusterName,
            Scope = Describe(scope, identity.AccountId, regions),
            AccountId = identity.AccountId,
            RegionFilter = [.. scope.Regions],
            Regions = [.. regions],
            Listings = places.Sum(place => place.Listings),
            FirstEmptyAt = rounds.FirstEmptyAt,
            LastEmptyAt = rounds.LastEmptyAt,
            Proven = rounds.LastEmptyAt is not null,
            Residue = [.. places.OrderBy(place => place.Region, StringComparer.Ordinal).SelectMany(place => place.Residue)],
            Unmanaged = [.. places.OrderBy(place => place.Region, StringComparer.Ordinal).SelectMany(place => place.Unmanaged)],
            NotCovered = [.. places.SelectMany(place => place.NotCovered).Concat(elsewhere).Distinct(StringComparer.Ordinal).OrderBy(line => line, StringComparer.Ordinal)],
            Unknown = [.. places.SelectMany(place => place.Unknown.Select(listing => $"{place.Region}: {listing}"))],
        };
        if (!proof.Proven)
        {
            host.Error(NotVerified(proof));
        }
        else if (scope.Regions.Count == 0 && scope.OlderThan is null && !scope.Expired && scope.Filter.IsEmpty)
        {
            // Nothing of these runs can come to light any more, anywhere.
            foreach (var run in openRuns.Where(run => run.Regions.All(planned => regions.Contains(planned.Region, StringComparer.Ordinal))))
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
        new InstanceRemoval(cloud, settings, journal.Remaining, clock).RunAsync(instances, onRemoval, host, cancellationToken);

    /// <summary>
    /// What is known and allowed before the first change: open runs, what may be deleted, what each region held and when that
    /// was listed (null where it dates from before the confirmation). A plan that was made for this alone is not held any longer.
    /// </summary>
    private async Task<(List<JournalEntry> OpenRuns, RemovalAllowance Allowance, Dictionary<string, RegionScan> Scans, DateTimeOffset? ListedAt)> BeginAsync(
        RemovalScope scope, SpotIdentity identity, IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken)
    {
        var confirmed = Confirmed(scope, identity);
        var look = await LookAsync(scope, confirmed, identity, regions, cancellationToken).ConfigureAwait(false);
        look?.RequireSelected(scope);
        look?.RequireFit(scope);
        _time.RequireAgreement(scope.Provider, scope.OlderThan, host);
        await RequireAccountAsync(scope, cancellationToken).ConfigureAwait(false);
        var openRuns = journal.GetOpenRuns(scope.ClusterName, identity.AccountId, host)
            .Where(run => Wildcard.IsAnyMatch(scope.OnlyClusters, run.ClusterName)
                && !scope.KeepClusters.Any(pattern => Wildcard.IsMatch(pattern, run.ClusterName))).ToList();
        IReadOnlyList<string> runs = scope.Run is { } own ? [own] : [.. openRuns.Select(run => run.Run)];
        var allowance = (confirmed ?? look) is { } plan
            ? RemovalAllowance.Of(plan, regions, scope, runs)
            : RemovalAllowance.OfFirstListing(runs);
        return (openRuns, allowance, look?.Scans ?? new(StringComparer.Ordinal), ReferenceEquals(look, confirmed) ? null : look?.ListedAt + (cloud.Skew ?? TimeSpan.Zero));
    }

    /// <summary>The plan that somebody agreed to; null when there is none for this scope and account.</summary>
    private static RemovalPlan? Confirmed(RemovalScope scope, SpotIdentity identity) =>
        scope.Plan is { } plan
        && plan.Scope == scope with { Plan = null, ApprovedHash = plan.Scope?.ApprovedHash, ExpectedAccountId = plan.Scope?.ExpectedAccountId }
        && string.Equals(plan.AccountId, identity.AccountId, StringComparison.Ordinal)
            ? plan
            : null;

    /// <summary>
    /// What there is before the first change: from the plan that was just made, or listed now where something has to be
    /// known of all regions together. Null where nothing has to be.
    /// </summary>
    private async Task<RemovalPlan?> LookAsync(
        RemovalScope scope, RemovalPlan? confirmed, SpotIdentity identity, IReadOnlyList<string> regions, CancellationToken cancellationToken) =>
        confirmed is not null && clock.GetUtcNow() - confirmed.ListedAt <= PlanIsFresh ? confirmed
        : scope.MaxDelete is null && scope.ApprovedHash is null && scope.KeepClusters.Count == 0 && scope.OlderThan is null && scope.Filter.IsEmpty ? null
        : await _planner.LookAsync(scope, identity, regions, thorough: scope.ApprovedHash is not null, cancellationToken).ConfigureAwait(false);

    private string Describe(RemovalScope scope, string accountId, IReadOnlyList<string> regions) => string.Concat(
        scope.ClusterName is { } name ? $"cluster '{name}'" : "every managed resource",
        $" at {ProviderNames.Of(SpotProvider.Aws)}",
        scope.Filter.IsEmpty ? "" : $" with {scope.Filter}",
        scope.KeepClusters.Count == 0 ? "" : $" except of clusters {string.Join(", ", scope.KeepClusters)}",
        scope.OlderThan is { } age ? FormattableString.Invariant($" created at least {age.TotalHours:0.##} hours ago") : "",
        scope.Expired ? " that is expired" : "",
        scope.Regions.Count > 0 ? $" in {string.Join(", ", regions)} only"
            : settings.Regions.Count == 0 ? $" in all {regions.Count} enabled regions"
            : $" only in the regions of {settings.RegionsSource} ({string.Join(", ", regions)})",
        $" of account {accountId}");

    private static SpotException NotVerified(SpotProof proof)
    {
        var left = proof.Residue.Length switch
        {
            0 => "no residual resource was found",
            1 when proof.Unknown.Length > 0 => "1 resource is not verified as removed",
            var number when proof.Unknown.Length > 0 => $"{number} resources are not verified as removed",
            1 => "1 resource remains",
            var number => $"{number} resources remain",
        };
        var unread = proof.Unknown.Length switch
        {
            0 => "",
            1 => ", and 1 listing could not be read",
            var number => $", and {number} listings could not be read",
        };
        return new SpotException(SpotErrorIds.RemovalNotProven, SpotErrorCategory.InvalidOperation, $"Not verified empty: {proof.Scope}: {left}{unread}.")
        {
            Target = proof,
            RecommendedAction = "Resolve the errors above, then run the same command again to continue.",
        };
    }

    // Between the question and the answer, the credentials may have become those of another account.
    private async Task RequireAccountAsync(RemovalScope scope, CancellationToken cancellationToken)
    {
        if (scope.ExpectedAccountId is null)
        {
            return;
        }

        var identity = await cloud.RefreshIdentityAsync(cancellationToken).ConfigureAwait(false);
        AccountGuard.Check(settings, identity.AccountId);
        scope.RequireAccount(identity.AccountId);
    }

    private RemovalContext NewContext(
        RemovalScope scope, CommandLimit limit, SpotIdentity identity, CallsInFlight inFlight, RemovalAllowance allowance, Action<SpotRemoval> onRemoval, IOperationHost host)
    {
        var gate = new object();
        return new RemovalContext
        {
            Clock = clock,
            StartedAt = clock.GetUtcNow(),
            Limit = limit,
            CloudTime = _time,
            Selector = new ResourceSelector(settings, scope, identity.AccountId, _time, journal.Remaining.Get(settings.FilterTag, host)),
            Remaining = journal.Remaining,
            Host = host,
            CallsInFlight = inFlight,
            Allowance = allowance,
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

        var regions = await resolving.ConfigureAwait(false);
        return regions.Count > 0 ? (identity, regions) : throw NoRegion(patterns);
    }

    // Nothing can be said about an account of which no region was listed.
    internal static SpotException NoRegion(IReadOnlyList<string> patterns) => patterns.Count > 0
        ? new SpotException(SpotErrorIds.RegionUnknown, SpotErrorCategory.InvalidArgument, $"No enabled region matches {string.Join(", ", patterns)}. Nothing was changed.")
        {
            Target = patterns[0],
            RecommendedAction = "Specify an enabled region, or a pattern that matches one, for example eu-*.",
        }
        : new SpotException(SpotErrorIds.RegionNotListed, SpotErrorCategory.Unavailable, "AWS listed no region, so the state of the account is unknown. Nothing was changed.")
        {
            RecommendedAction = "Check the endpoint and the permission ec2:DescribeRegions, then run the command again.",
        };
}
