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
    Task<SpotInstance> RentAsync(RentRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Rents the cheapest fitting offers until enough machines run: the next offer when one is gone, and another for a
    /// machine that did not start, which is destroyed. What is missing is reported as <see cref="SpotErrorIds.ClusterPartial"/>.
    /// </summary>
    Task<Cluster> LaunchAsync(RentalClusterRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>What a launch would rent if it were made now: the cheapest offers that fit. One call, and nothing is changed.</summary>
    Task<SpotPlan> PlanAsync(RentalClusterRequest request, IOperationHost host, CancellationToken cancellationToken);

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
internal static class VastInstances
{
    /// <summary>True when SpotCluster manages the instance: its label has the form <c>spotcluster/&lt;cluster&gt;/&lt;node&gt;</c>.</summary>
    public static bool IsManaged(SpotInstance instance) =>
        instance.Tags.TryGetValue("label", out var label) && VastLabel.TryParse(label) is not null;
}
