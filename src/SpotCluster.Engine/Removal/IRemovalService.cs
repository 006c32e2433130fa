using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>Removes machines and whole clusters, and proves it.</summary>
public interface IRemovalService
{
    /// <summary>
    /// Terminates machines, up to 1000 per call and zone, and waits until each is seen terminated. One bad id never
    /// blocks the rest. Each outcome is told once; a failed one is also reported to the host as an error.
    /// </summary>
    Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken);

    /// <summary>
    /// Everything in the scope that lives, kept things too, region by region as each has answered. A region or kind that
    /// could not be listed is reported as <see cref="SpotErrorIds.RegionNotListed"/>. Makes no changing call.
    /// </summary>
    IAsyncEnumerable<SpotResource> GetResourcesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>What <see cref="RemoveAsync"/> would delete. Makes no changing call.</summary>
    Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes everything in the scope, in the order of its dependencies, then lists all its regions afresh at the same
    /// time until they were empty twice. Throws nothing for what is left: it is in the proof and reported to the host. A
    /// cluster of which nothing exists is verified, with no outcome told. What appears after the plan, or after the first
    /// listing where there is none, is left and reported. Throws <see cref="SpotErrorIds.MaxDeleteExceeded"/>,
    /// <see cref="SpotErrorIds.PlanChanged"/> or <see cref="SpotErrorIds.ClusterNotFound"/> before any change.
    /// </summary>
    Task<SpotProof> RemoveAsync(
        RemovalScope scope,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken);
}

/// <summary>What a removal may touch. Nothing outside of it is ever changed.</summary>
public sealed record RemovalScope
{
    /// <summary>The limit that the commands set where the user sets none.</summary>
    public const int UsualMaxDelete = 200;

    /// <summary>The cloud: AWS, or Vast.ai, where the label stands for the tag.</summary>
    public SpotProvider Provider { get; init; } = SpotProvider.Aws;

    /// <summary>One cluster; null for everything that carries the filter tag.</summary>
    public string? ClusterName { get; init; }

    /// <summary>Only what this launch of <see cref="ClusterName"/> created, by the tag of its run; null for all of the cluster.</summary>
    internal string? Run { get; init; }

    /// <summary>Only these clusters, with wildcards and without regard to case; empty for every cluster and for what belongs to none.</summary>
    public IReadOnlyList<string> OnlyClusters { get; init; } = [];

    /// <summary>Regions, with wildcards; empty for every enabled region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>The regions are a default of the session and were not named: those of AWS do not narrow Vast.ai.</summary>
    public bool AreRegionsDefault { get; init; }

    /// <summary>The regions for Vast.ai.</summary>
    internal IReadOnlyList<string> RegionsAtVast => AreRegionsDefault && Regions.All(RegionNames.IsAwsForm) ? [] : Regions;

    /// <summary>
    /// How long the removal may take together with its plan: then calls in flight end, and what is left or not verified is
    /// reported.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Lifts termination protection of our own machines, and passes over <c>spotcluster:protect-until</c>.</summary>
    public bool Unprotect { get; init; }

    /// <summary>Names of clusters that are retained, with wildcards; one that matches no cluster is refused before any change.</summary>
    public IReadOnlyList<string> KeepClusters { get; init; } = [];

    /// <summary>What is selected of it; a part of it that selects nothing is refused before any change.</summary>
    public ResourceFilter Filter { get; init; } = ResourceFilter.None;

    /// <summary>Only what was created at least so long ago; what has no date takes that of its cluster. Null for any age.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Only what is expired: its time to live is over. What has none stays.</summary>
    public bool Expired { get; init; }

    /// <summary>What this computer knows of the processes of jobs, where <see cref="Expired"/> is wanted.</summary>
    internal LocalJobs Jobs { get; init; } = LocalJobs.None;

    /// <summary>Vast.ai: also the volumes of the account, which are billed until they are deleted.</summary>
    public bool IncludeVolume { get; init; }

    /// <summary>
    /// Also unmanaged instances with the filter tag, and unmanaged resources inside a managed VPC; at Vast.ai every instance
    /// of the account.
    /// </summary>
    public bool IncludeForeign { get; init; }

    /// <summary>As <see cref="InstanceQuery.OnUnmanaged"/>, where a listing leaves them out.</summary>
    public Action<UnmanagedInstances>? OnUnmanaged { get; init; }

    /// <summary>What is to be removed, in words, before it is known.</summary>
    public string Described => Filter.Described + (IncludeForeign ? ", with unmanaged resources" : "") + (IncludeVolume ? ", with volumes" : "");

    /// <summary>Also what is attached to managed resources without the filter tag: disks, addresses, snapshots of removed images.</summary>
    public bool IncludeAttached { get; init; }

    /// <summary>
    /// Most resources that may be deleted: a bigger plan is refused before any change, and what would go beyond it later is
    /// left and reported. Null for no limit.
    /// </summary>
    public int? MaxDelete { get; init; }

    /// <summary>
    /// <see cref="RemovalPlan.Hash"/> of a plan that was looked at: exactly that set is deleted, or nothing when the
    /// account does not hold exactly that set any more. What turns up later is left and reported. Null to delete what is found.
    /// </summary>
    public string? ApprovedHash { get; init; }

    /// <summary>
    /// The account that somebody consented to: asked for again just before the first change, and any other is refused with
    /// <see cref="SpotErrorIds.AccountChanged"/>. Null for no such check.
    /// </summary>
    public string? ExpectedAccountId { get; init; }

    /// <summary>
    /// The plan that was confirmed for this scope: nothing else is removed but parts of what it names. Where it is young
    /// enough, its listings serve as the first look, which saves listing everything again. Null for none.
    /// </summary>
    public RemovalPlan? Plan { get; init; }

    /// <summary>Vast.ai: only these instances are destroyed; what else is in the scope is left, and reported. Null for all.</summary>
    public IReadOnlyList<string>? OnlyIds { get; init; }

    /// <summary>What a listing that was confirmed has used of the time, where it is no <see cref="Plan"/>.</summary>
    public TimeSpan Spent { get; init; }

    /// <summary>The instances of the scope in words: <c>every managed instance at Vast.ai</c>.</summary>
    public string DescribeInstances() => string.Concat(
        ClusterName is { } cluster ? $"cluster '{cluster}'" : IncludeForeign ? "every instance of the account" : "every managed instance",
        $" at {ProviderNames.Of(Provider)}",
        OnlyClusters.Count == 0 ? "" : $" of clusters {string.Join(", ", OnlyClusters)}",
        Filter.IsEmpty ? "" : $" with {Filter}",
        KeepClusters.Count == 0 ? "" : $" except of clusters {string.Join(", ", KeepClusters)}",
        Regions.Count == 0 ? "" : $" in {string.Join(", ", Regions)}",
        OlderThan is { } age ? FormattableString.Invariant($" rented at least {age.TotalHours:0.##} hours ago") : "",
        Expired ? " that is expired" : "");

    /// <summary>Throws <see cref="SpotErrorIds.MaxDeleteExceeded"/> when a removal is bigger than its limit.</summary>
    /// <param name="count">Resources that would be deleted.</param>
    /// <param name="most">The limit; null for none.</param>
    public static void RequireWithin(int count, int? most)
    {
        if (count > most)
        {
            throw new SpotException(
                SpotErrorIds.MaxDeleteExceeded,
                SpotErrorCategory.LimitsExceeded,
                $"The plan has {count} resources, more than the limit of {most}. Nothing was changed.")
            {
                Target = count,
                RecommendedAction = "Review the plan, then raise -MaxDelete (--max-delete), or specify a provider, a region or a cluster.",
            };
        }
    }

    /// <summary>Throws <see cref="SpotErrorIds.AccountChanged"/> when the account is not the one that was confirmed.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="what">What determines the account.</param>
    internal void RequireAccount(string accountId, string what = "The credentials")
    {
        if (ExpectedAccountId is { } expected && !string.Equals(accountId, expected, StringComparison.Ordinal))
        {
            throw new SpotException(
                SpotErrorIds.AccountChanged, SpotErrorCategory.Refused, $"{what} changed to account {accountId}, and account {expected} was confirmed. Nothing was changed.")
            {
                Target = accountId,
                RecommendedAction = "Check the credentials in use, and run the command again.",
            };
        }
    }

    /// <summary>Why something that came to light later is left.</summary>
    internal static SpotException BeyondLimit(int most) =>
        new(SpotErrorIds.MaxDeleteExceeded, SpotErrorCategory.LimitsExceeded, $"it is beyond the limit of {most} resources.")
        {
            ServiceCode = SpotErrorIds.MaxDeleteExceeded,
            RecommendedAction = "Review the plan, then raise the limit, or specify a region or cluster.",
        };
}

/// <summary>A preview of a removal.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Resources">Everything that would be deleted.</param>
/// <param name="HourlyPrice">USD per hour that would be saved; null when unknown.</param>
/// <param name="Unknown">What could not be listed, one line each.</param>
public sealed record RemovalPlan(
    string AccountId,
    IReadOnlyList<SpotResource> Resources,
    decimal? HourlyPrice,
    IReadOnlyList<string> Unknown)
{
    /// <summary>What an account is called that its provider does not report.</summary>
    public const string UnreadableAccount = "vast.ai";

    /// <summary>What would be left on purpose, and why: outcomes <see cref="SpotRemovalOutcome.Skipped"/>.</summary>
    public IReadOnlyList<SpotRemoval> Skipped { get; init; } = [];

    /// <summary>What SpotCluster does not manage and nobody asked for: it remains, and blocks what it lies in.</summary>
    public IReadOnlyList<SpotResource> Unmanaged { get; init; } = [];

    /// <summary>How many of the resources are not managed by SpotCluster, as a part of a sentence; empty for none.</summary>
    public string UnmanagedPart => Resources.Count(resource => !resource.Managed) is > 0 and var count
        ? FormattableString.Invariant($", {count} of them not managed by SpotCluster")
        : "";

    /// <summary>The filter tag in force, <c>key=value</c>.</summary>
    public string FilterTag { get; init; } = "";

    /// <summary>Where the filter tag comes from: a line of a configuration file, an environment variable, or the default.</summary>
    public string FilterTagSource { get; init; } = "";

    /// <summary>What is not included, one sentence each: clusters under other filter tags, and regions that the settings do not state.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>What was selected.</summary>
    public ResourceFilter Filter { get; init; } = ResourceFilter.None;

    /// <summary>Parts of the filter that select nothing, in words.</summary>
    internal IReadOnlyList<string> Unmatched { get; init; } = [];

    /// <summary>SHA-256 over the account and the ids, in hexadecimal: the same set gives the same hash.</summary>
    public string Hash { get; init; } = "";

    /// <summary>Launches of the scope that were interrupted and whose record is open: a removal verifies that nothing came of them, and closes it.</summary>
    public int OpenRuns { get; init; }

    /// <summary>True where a removal has nothing to do.</summary>
    public bool IsEmpty => Resources.Count == 0 && Unknown.Count == 0 && OpenRuns == 0;

    /// <summary>The provider that was listed.</summary>
    public SpotProvider Provider { get; init; } = SpotProvider.Aws;

    /// <summary>The regions that were listed, by name; empty for every place of Vast.ai.</summary>
    public IReadOnlyList<string> Regions => [.. Scans.Keys.OrderBy(region => region, StringComparer.Ordinal)];

    /// <summary>The scope that it was made for.</summary>
    internal RemovalScope? Scope { get; init; }

    /// <inheritdoc cref="RemovalScope.Jobs"/>
    internal LocalJobs? Jobs { get; init; }

    /// <summary>How long it took, which is a part of the time of the removal.</summary>
    internal TimeSpan Took { get; init; }

    /// <summary>When the first listing began.</summary>
    internal DateTimeOffset ListedAt { get; init; }

    /// <summary>What each region held, until a removal has taken it over.</summary>
    internal Dictionary<string, RegionScan> Scans { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The error of a cluster of which everything is excluded from the removal; null when there is something to remove, or nothing at all.</summary>
    public SpotException? AllExcluded(string clusterName) =>
        Resources.Count > 0 || Unknown.Count > 0 || Skipped.Count == 0 ? null : ClusterErrors.AllExcluded(clusterName, Skipped[0].Reason);

    /// <summary>
    /// Throws <see cref="SpotErrorIds.MaxDeleteExceeded"/> when it is bigger than the scope allows, and
    /// <see cref="SpotErrorIds.PlanChanged"/> when it is not the one that was approved.
    /// </summary>
    public void RequireFit(RemovalScope scope)
    {
        RemovalScope.RequireWithin(Resources.Count, scope.MaxDelete);
        if (scope.ApprovedHash is not null
            && (Unknown.Count > 0 || !string.Equals(Hash, scope.ApprovedHash.Trim(), StringComparison.OrdinalIgnoreCase)))
        {
            var why = Unknown.Count > 0 ? "not everything could be listed" : "the resources of the account are not the approved set any more";
            throw new SpotException(SpotErrorIds.PlanChanged, SpotErrorCategory.Refused, $"Cannot run the approved plan: {why}. Nothing was changed.")
            {
                Target = scope.ApprovedHash,
                RecommendedAction = "Create a new plan, review it, and approve its hash.",
            };
        }
    }

    /// <summary>Throws <see cref="SpotErrorIds.ResourceNotFound"/> for a part of the filter that selects nothing, where no plan was judged together with those of other providers.</summary>
    internal void RequireSelected(RemovalScope scope)
    {
        if (scope.Plan is null && Unmatched.Count > 0)
        {
            throw ResourceFilter.NothingSelected(Unmatched[0]);
        }
    }

    /// <summary>The plan as users see it.</summary>
    public SpotRemovalPlan ToModel() => new()
    {
        Provider = Provider,
        AccountId = AccountId,
        Regions = [.. Regions],
        Hash = Hash,
        HourlyPrice = HourlyPrice,
        Resources = [.. Resources],
        Skipped = [.. Skipped],
        Unmanaged = [.. Unmanaged],
        Filter = Filter.ToString(),
        FilterTag = FilterTag,
        FilterTagSource = FilterTagSource,
        Hidden = [.. Hidden],
        Unknown = [.. Unknown],
    };
}
