using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>
/// One cloud, as the cluster service needs it. The service decides what is wanted where; a provider knows how its cloud
/// is asked for it. Failures are <see cref="SpotException"/> with the cloud's code.
/// </summary>
public interface IClusterProvider
{
    /// <summary>The cloud.</summary>
    SpotProvider Provider { get; }

    /// <summary>The region of the profile or environment; null when none is set. Makes no call.</summary>
    string? DefaultRegion { get; }

    /// <summary>Regions that are enabled for the account, by name; one call, cached.</summary>
    Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken);

    /// <summary>The types of the regions that have what is required, one round trip. Throws where no region has any.</summary>
    Task<IReadOnlyList<string>> FindTypesAsync(IReadOnlyList<string> regions, InstanceRequirement requirement, SpotArchitecture? architecture, CancellationToken cancellationToken);

    /// <summary>
    /// Everything that must be known before a launch, in one round trip and without a changing call. Throws what dooms
    /// the whole request; what is wrong with one region is in its <see cref="RegionCheck.Refusal"/>.
    /// </summary>
    Task<LaunchCheck> CheckAsync(LaunchSpec spec, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// What of this cluster lives in the region. Asked only after a check found tags of that name: the tags of things
    /// that are gone stay visible for about an hour.
    /// </summary>
    Task<IReadOnlyList<SpotResource>> GetLiveResourcesAsync(string region, string clusterName, CancellationToken cancellationToken);

    /// <summary>Opens a launch. Makes no call; networks are built by the first <see cref="IClusterLaunch.FillAsync"/> of a region.</summary>
    /// <param name="spec">What is launched.</param>
    /// <param name="check">What <see cref="CheckAsync"/> found.</param>
    /// <param name="run">Where each call for machines is written down before it is sent.</param>
    /// <param name="host">Who listens.</param>
    IClusterLaunch BeginLaunch(LaunchSpec spec, LaunchCheck check, IJournalRun run, IOperationHost host);

    /// <summary>Pages of machines of one region, as the cloud sends them.</summary>
    IAsyncEnumerable<IReadOnlyList<SpotInstance>> ListAsync(string region, ListScope scope, CancellationToken cancellationToken);

    /// <summary>What the tags of resources other than machines tell about clusters in one region.</summary>
    Task<IReadOnlyList<ClusterTrace>> GetTracesAsync(string region, CancellationToken cancellationToken);

    /// <summary>
    /// Writes down how many machines a cluster is to have, on its resources of a region; and, where the cloud itself keeps the
    /// number, tells it. Terminates nothing.
    /// </summary>
    /// <param name="region">The region.</param>
    /// <param name="traces">What the resources of the cluster there tell.</param>
    /// <param name="wanted">Machines over all regions.</param>
    /// <param name="wantedHere">Machines in this region.</param>
    /// <param name="cancellationToken">Stops it.</param>
    Task SetWantedAsync(string region, IReadOnlyList<ClusterTrace> traces, int wanted, int wantedHere, CancellationToken cancellationToken);

    /// <summary>Sets and deletes tags of resources of one region.</summary>
    Task SetTagsAsync(string region, IReadOnlyList<string> ids, IReadOnlyDictionary<string, string> tags, IReadOnlyList<string> deleted, CancellationToken cancellationToken);

    /// <summary>Machines of a cluster in one region that end themselves at the time of their launch, whatever their tag says now.</summary>
    Task<IReadOnlyList<string>> GetFixedExpiriesAsync(string region, string clusterName, CancellationToken cancellationToken);

    /// <summary>The machines of these ids that the region knows now; unknown ids are simply absent.</summary>
    Task<IReadOnlyList<InstanceSighting>> PollAsync(
        string region,
        IReadOnlyCollection<string> ids,
        bool withReachability,
        CancellationToken cancellationToken);
}

/// <summary>A launch in progress over several regions. Members are safe to use for different regions at the same time.</summary>
public interface IClusterLaunch
{
    /// <summary>
    /// For a run that was interrupted: settles every call of the journal in one region, so that nothing is on its way
    /// any more, and tells the machines of the run that live there.
    /// </summary>
    Task<IReadOnlyList<SpotInstance>> SettleAsync(string region, CancellationToken cancellationToken);

    /// <summary>Asks one region for machines and tells what was got; never more than were asked for.</summary>
    Task<FillResult> FillAsync(FillOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Another launch of a cluster of the same name that began before this one, in the order in which the cloud itself made
    /// what they created: at most one of them sees none before it. Null when this one was the first.
    /// </summary>
    Task<EarlierLaunch?> FindEarlierAsync(CancellationToken cancellationToken);

    /// <summary>What was created so far, one line per region; for a user who stopped the launch.</summary>
    IReadOnlyList<string> DescribeCreated();
}

/// <summary>A launch of the same cluster that the cloud saw first.</summary>
/// <param name="Run">Token of its run.</param>
/// <param name="Region">The region that decides.</param>
/// <param name="CreatedAt">When the cloud made its first resource there, UTC; null when it does not tell.</param>
public sealed record EarlierLaunch(string Run, string Region, DateTimeOffset? CreatedAt);

/// <summary>A request whose every field has been checked and made definite.</summary>
public sealed record LaunchSpec
{
    /// <summary>Name of the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Regions, exact names, no doubles.</summary>
    public required IReadOnlyList<string> Regions { get; init; }

    /// <summary>False when the regions came from a wildcard: one that cannot be used is then left out, not an error.</summary>
    public bool RegionsAreNamed { get; init; } = true;

    /// <summary>The only zones that may be used; empty for all of the regions.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>Number of machines.</summary>
    public required int Count { get; init; }

    /// <summary>Instance types that may be used.</summary>
    public required IReadOnlyList<string> InstanceTypes { get; init; }

    /// <summary>False when nobody named the types: those that do not fit are then left out.</summary>
    public bool TypesAreNamed { get; init; } = true;

    /// <summary>What the types were found by; null when they were named.</summary>
    public InstanceRequirement? Requirement { get; init; }

    /// <summary>Architecture; null for that of the types.</summary>
    public SpotArchitecture? Architecture { get; init; }

    /// <summary>Image; null for the provider's default.</summary>
    public string? Image { get; init; }

    /// <summary>Most USD per hour and machine; null for no limit of the user's own.</summary>
    public decimal? MaxHourlyPrice { get; init; }

    /// <summary>Most USD per hour for all machines; null for no limit. The pools of the plan keep it already.</summary>
    public decimal? MaxHourlyCost { get; init; }

    /// <summary>When the machines are to be gone, UTC; null for no expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>End of the lease of a job, UTC; null for none.</summary>
    public DateTimeOffset? LeaseEndsAt { get; init; }

    /// <summary>How long an instance may be idle until it ends itself; null for ever.</summary>
    public TimeSpan? MaxIdle { get; init; }

    /// <summary>What to do when spot capacity is missing.</summary>
    public SpotFallback Fallback { get; init; }

    /// <summary>Lets the cloud itself keep the number of machines.</summary>
    public bool Maintain { get; init; }

    /// <summary>Uses the default network of each region.</summary>
    public bool UseDefaultVpc { get; init; }

    /// <summary>OpenSSH public key, one line; null for none.</summary>
    public string? PublicKey { get; init; }

    /// <summary>IPv4 networks that may reach port 22; empty for all.</summary>
    public IReadOnlyList<string> SshCidrs { get; init; } = [];

    /// <summary>User that is made beside the image's own; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>Name or ARN of the instance profile; null for none.</summary>
    public string? InstanceProfile { get; init; }

    /// <summary>Version of Bacalhau on the machines; null for machines without.</summary>
    public string? NodeVersion { get; init; }

    /// <summary>User data as the machine gets it (perhaps gzipped), base64; null for none.</summary>
    public string? UserData { get; init; }

    /// <summary>More tags of the user's own.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>What the checks of a launch found.</summary>
/// <param name="AccountId">The account that would pay.</param>
/// <param name="Regions">One entry per region of the spec, in its order.</param>
public sealed record LaunchCheck(string AccountId, IReadOnlyList<RegionCheck> Regions)
{
    /// <summary>The cloud's time less that of this computer; null when no answer has shown it.</summary>
    public TimeSpan? Skew { get; init; }
}

/// <summary>What the checks found in one region.</summary>
public record RegionCheck
{
    /// <summary>The region.</summary>
    public required string Region { get; init; }

    /// <summary>Pools that fit the request, cheapest first, unknown prices last.</summary>
    public IReadOnlyList<Pool> Pools { get; init; } = [];

    /// <summary>Most machines that the spot quota allows if each is of the smallest fitting type; null when unknown.</summary>
    public int? MostMachines { get; init; }

    /// <summary>The quota in the cloud's own measure, for a message; null when unknown.</summary>
    public string? Quota { get; init; }

    /// <summary>Names of clusters, with tags in the region, that are the wanted one without regard to case.</summary>
    public IReadOnlyList<string> NamesSeen { get; init; } = [];

    /// <summary>USD per hour of the disks of one machine; null when unknown.</summary>
    public decimal? StorageHourlyPrice { get; init; }

    /// <summary>USD per hour of the public address of one machine.</summary>
    public decimal PublicIpHourlyPrice { get; init; }

    /// <summary>Why nothing can be launched here; null when it can.</summary>
    public SpotException? Refusal { get; init; }
}

/// <summary>An order for machines of one region.</summary>
/// <param name="Region">Region.</param>
/// <param name="Count">Number of machines, at least 1.</param>
/// <param name="Pools">Pools to take them from, best first.</param>
/// <param name="Lifecycle">Spot or on demand.</param>
public sealed record FillOrder(string Region, int Count, IReadOnlyList<Pool> Pools, SpotLifecycle Lifecycle);

/// <summary>What an order brought.</summary>
/// <param name="Instances">The machines.</param>
/// <param name="Shortfall">Why some are missing; null when none is.</param>
public sealed record FillResult(IReadOnlyList<SpotInstance> Instances, Shortfall? Shortfall);

/// <summary>Why machines are missing.</summary>
/// <param name="Kind">What can be done about it.</param>
/// <param name="Code">The cloud's code.</param>
/// <param name="Reason">The cloud's sentence.</param>
public sealed record Shortfall(ShortfallKind Kind, string Code, string Reason)
{
    /// <summary>The error behind it; null when it came inside a successful answer.</summary>
    public SpotException? Error { get; init; }

    /// <summary>What to do, where the code says more than the kind; null for nothing.</summary>
    public string? Advice { get; init; }
}

/// <summary>What can be done about missing machines.</summary>
public enum ShortfallKind
{
    /// <summary>Every planned pool of the region is exhausted: another region may help.</summary>
    Capacity,

    /// <summary>The region is closed to us (quota, not enabled, under review): another region may help.</summary>
    Region,

    /// <summary>The user's own limit is the cause: only the user can lift it.</summary>
    UserChoice,

    /// <summary>Something about the request or the account is wrong and would be wrong in every region.</summary>
    Setup,

    /// <summary>The service failed until the deadline.</summary>
    Service,
}

/// <summary>Which machines a provider is to list; the service checks the rest itself.</summary>
public sealed record ListScope
{
    /// <summary>Ids; empty for all.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>States; empty for all but terminated.</summary>
    public IReadOnlyList<SpotInstanceState> States { get; init; } = [];

    /// <summary>Tags with exactly these values.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Also machines without our filter tag.</summary>
    public bool IncludeForeign { get; init; }

    /// <summary>Also asks for prices.</summary>
    public bool IncludePrice { get; init; }

    /// <summary>Told why machines on demand have no price, perhaps by several regions at once; null for nobody.</summary>
    public Action<SpotException>? OnUnlisted { get; init; }
}

/// <summary>What the tags of a cluster's other resources tell.</summary>
public sealed record ClusterTrace
{
    /// <summary>Name of the cluster.</summary>
    public required string ClusterName { get; init; }

    /// <summary>Region.</summary>
    public required string Region { get; init; }

    /// <summary>Machines wanted in total; null when no tag tells.</summary>
    public int? Wanted { get; init; }

    /// <summary>Machines wanted in this region; null when no tag tells.</summary>
    public int? WantedHere { get; init; }

    /// <summary>Expiry, UTC; null for none.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Account; null when no tag tells.</summary>
    public string? AccountId { get; init; }

    /// <summary>Id of the resource that tells it.</summary>
    public string ResourceId { get; init; } = "";

    /// <summary>Token of the run that made it; null when no tag tells.</summary>
    public string? Run { get; init; }

    /// <summary>Instance types that the cluster was launched with; empty when no tag tells.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>Most USD per hour and machine that it was launched with; null for no limit.</summary>
    public decimal? MaxHourlyPrice { get; init; }

    /// <summary>True when it is the launch template, without which no machine like the others can be launched.</summary>
    public bool HasTemplate { get; init; }

    /// <summary>True when it is a network of the cluster's own.</summary>
    public bool HasVpc { get; init; }

    /// <summary>Id of a fleet, when it is one; null otherwise.</summary>
    public string? FleetId { get; init; }

    /// <summary>True when the cloud itself keeps the number of machines.</summary>
    public bool IsMaintained { get; init; }
}

/// <summary>A machine as one poll saw it.</summary>
/// <param name="Instance">The machine.</param>
/// <param name="Reachable">Its status checks passed; false when not, or not asked.</param>
public sealed record InstanceSighting(SpotInstance Instance, bool Reachable);
