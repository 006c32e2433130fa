using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// GPU machines at Vast.ai. A machine is ours when its label is <c>spotcluster/&lt;cluster&gt;/&lt;node&gt;</c>; nothing else is
/// changed unless a member says so. Throws <see cref="SpotException"/> for what dooms the whole operation; every member
/// may throw the errors of the key (<see cref="SpotErrorIds.VastKeyMissing"/> and its like).
/// </summary>
public interface IVastService : ICharges
{
    /// <summary>Offers that can be rented now, cheapest first.</summary>
    IAsyncEnumerable<SpotOffer> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Rents one offer. A run that was killed in the middle is finished by the next one with the same request: it gives
    /// the machine that exists and rents no second one.
    /// </summary>
    /// <exception cref="SpotException">
    /// <see cref="SpotErrorIds.OfferTaken"/>, <see cref="SpotErrorIds.InsufficientCredit"/> (after the request's answer to
    /// it), <see cref="SpotErrorIds.CreditTooLow"/>, <see cref="SpotErrorIds.SpotMaxPriceTooLow"/>,
    /// <see cref="SpotErrorIds.RentUncertain"/>.
    /// </exception>
    Task<SpotInstance> RentAsync(VastRentRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Rents the cheapest fitting offers until enough machines run: the next offer when one is gone, and another for a
    /// machine that did not start, which is destroyed. What is missing is reported as <see cref="SpotErrorIds.ClusterPartial"/>.
    /// </summary>
    Task<Cluster> LaunchAsync(VastClusterRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Machines of the account; ours only, unless the query includes foreign ones.</summary>
    IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Our clusters, by the labels of their machines.</summary>
    IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Destroys machines by id and lists again until they are gone. A foreign one is refused with
    /// <see cref="SpotErrorIds.InstanceNotOurs"/> unless its key includes it.
    /// </summary>
    Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken);

    /// <summary>Time as Vast.ai has it, by the answers so far.</summary>
    TimeProvider Time { get; }

    /// <summary>What <see cref="RemoveAllAsync"/> would destroy, dearest first.</summary>
    Task<IReadOnlyList<SpotInstance>> PlanRemovalAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Destroys everything in the scope and lists until two listings in a row were empty.</summary>
    Task<SpotProof> RemoveAllAsync(
        RemovalScope scope,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken);

    /// <summary>
    /// Restarts the container of a managed instance on the same GPU. Recycling makes it anew from its image, which is pulled
    /// again; what was written outside of volumes is lost.
    /// </summary>
    Task<SpotInstance> RestartAsync(InstanceKey instance, bool recycle, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>The last lines of the log of an instance's container, or of the host's daemon.</summary>
    Task<string> GetLogAsync(InstanceKey instance, int lines, bool daemon, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>The volumes of the account that fit a scope. They belong to no cluster unless their label says so.</summary>
    Task<IReadOnlyList<SpotResource>> GetVolumesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Deletes volumes and lists until they are gone. Returns those that remain.</summary>
    Task<IReadOnlyList<SpotResource>> RemoveVolumesAsync(
        IReadOnlyList<SpotResource> volumes,
        TimeSpan timeout,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken);

    /// <summary>
    /// Starts a stopped instance. When its GPU is taken meanwhile, the service would queue the start and bill it later; the
    /// start is then taken back and <see cref="SpotErrorIds.StartQueued"/> thrown, unless waiting is wanted. Without credit it
    /// is refused with <see cref="SpotErrorIds.InsufficientCredit"/>, and nothing else is touched.
    /// </summary>
    Task<SpotInstance> StartAsync(InstanceKey instance, bool mayQueue, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Stops an instance: its data is kept and its disk is billed on.</summary>
    Task<SpotInstance> StopAsync(InstanceKey instance, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Renames a managed instance within its cluster. The label keeps its form, so that it stays managed.</summary>
    Task<SpotInstance> SetNameAsync(InstanceKey instance, string name, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Renews the lease of the instances of a job, by their labels.</summary>
    /// <exception cref="SpotException">It was not renewed.</exception>
    Task RenewLeaseAsync(string clusterName, TimeSpan length, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Takes an instance over, whoever rented it: its label becomes that of a node of the cluster, so that everything works on
    /// it from then on. A cluster of null makes it managed without one.
    /// </summary>
    Task<SpotInstance> AdoptAsync(InstanceKey instance, string? clusterName, string? name, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Changes the bid of an instance, USD per hour without its disk; null for a bid that wins now.</summary>
    Task<SpotInstance> SetBidAsync(InstanceKey instance, decimal? price, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>As <see cref="IClusterService.WaitAsync"/>; a machine that can never run is reported at once as <see cref="SpotErrorIds.InstanceStuck"/>.</summary>
    IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        CancellationToken cancellationToken);

    /// <summary>Whose key it is.</summary>
    Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken);

    /// <summary>Writes an API key where the official program looks for it, readable by this user only.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.VastKeyMissing"/>: the key is empty.</exception>
    StoredKey SaveKey(string? key);
}

/// <summary>An API key in a file.</summary>
/// <param name="Path">The file.</param>
public sealed record StoredKey(string Path)
{
    /// <summary>Where it is, and what takes precedence.</summary>
    public override string ToString() => $"The key is stored in {Path}, readable by this user only. VAST_API_KEY and the two-factor key of the official program (vast_tfa_key), if set, take precedence.";
}

/// <summary>What instances of Vast.ai tell of their management.</summary>
public static class VastInstances
{
    /// <summary>True when SpotCluster manages the instance: its label has the form <c>spotcluster/&lt;cluster&gt;/&lt;node&gt;</c>.</summary>
    public static bool IsManaged(SpotInstance instance) =>
        instance.Tags.TryGetValue("label", out var label) && VastLabel.TryParse(label) is not null;
}

/// <summary>One machine to rent.</summary>
public sealed record VastRentRequest
{
    /// <summary>Id of the offer.</summary>
    public required string OfferId { get; init; }

    /// <summary>Container image with a tag.</summary>
    public required string Image { get; init; }

    /// <summary>Disk, GB; it cannot be changed later.</summary>
    public decimal DiskGB { get; init; } = 40;

    /// <summary>Name of the machine; a random end is added. Null for <c>node</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Cluster that it belongs to; null for none.</summary>
    public string? ClusterName { get; init; }

    /// <summary>At the list price and not interruptible.</summary>
    public bool OnDemand { get; init; }

    /// <summary>Bid in USD per hour, without the disk; null for the lowest that wins now.</summary>
    public decimal? Bid { get; init; }

    /// <summary>Most USD per hour, disk included; null for no limit.</summary>
    public decimal? MaxHourlyPrice { get; init; }

    /// <summary>Hours that the credit must last for with this machine added; 0 to leave the check to the service.</summary>
    public decimal RequiredHours { get; init; } = 1;

    /// <summary>Environment of the container; ports as <c>-p 8080:8080</c> = <c>1</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Script that runs at each start of the container; null for none.</summary>
    public string? OnStart { get; init; }

    /// <summary>Ports to open, as <c>8080</c> or <c>8080/udp</c>; Vast.ai maps each to one of the host.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Login of a private registry, as <c>docker login</c> takes it: <c>-u USER -p PASSWORD [SERVER]</c>. Secret; null for none.</summary>
    public string? ImageLogin { get; init; }

    /// <summary>Hash of a template that fills in what the request leaves open; null for none.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>
    /// OpenSSH public keys, one line each, added to the account when they are not there; none to use those that are, or the one
    /// of this user where the account has none of this user's.
    /// </summary>
    public IReadOnlyList<string> PublicKeys { get; init; } = [];

    /// <summary>Time to live; null for no end.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>How long the load of its GPUs may be below 5 percent until it destroys itself; null for ever.</summary>
    public TimeSpan? MaxIdle { get; init; }

    /// <summary>What to do when the credit is used up; null to report it only.</summary>
    public ShutdownResponse? OnInsufficientCredit { get; init; }
}

/// <summary>Machines to rent by price.</summary>
public sealed record VastClusterRequest
{
    /// <summary>Name of the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Number of machines.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Which offers fit. Its price, disk and kind are those that are rented.</summary>
    public required OfferQuery Offers { get; init; }

    /// <summary>Container image with a tag.</summary>
    public required string Image { get; init; }

    /// <summary>How long a machine may take until it runs.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Most offers to try, over all machines.</summary>
    public int MostAttempts { get; init; } = 20;

    /// <summary>As <see cref="VastRentRequest.RequiredHours"/>.</summary>
    public decimal RequiredHours { get; init; } = 1;

    /// <summary>As <see cref="VastRentRequest.Environment"/>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>As <see cref="VastRentRequest.OnStart"/>.</summary>
    public string? OnStart { get; init; }

    /// <summary>As <see cref="VastRentRequest.Ports"/>.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>As <see cref="VastRentRequest.ImageLogin"/>.</summary>
    public string? ImageLogin { get; init; }

    /// <summary>As <see cref="VastRentRequest.TemplateHash"/>.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>As <see cref="VastRentRequest.PublicKeys"/>.</summary>
    public IReadOnlyList<string> PublicKeys { get; init; } = [];

    /// <summary>As <see cref="VastRentRequest.ExpiresIn"/>.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Length of the lease of a job, which its process renews; null for none.</summary>
    internal TimeSpan? Lease { get; init; }

    /// <summary>As <see cref="VastRentRequest.MaxIdle"/>.</summary>
    public TimeSpan? MaxIdle { get; init; }

    /// <summary>As <see cref="VastRentRequest.OnInsufficientCredit"/>.</summary>
    public ShutdownResponse? OnInsufficientCredit { get; init; }
}
