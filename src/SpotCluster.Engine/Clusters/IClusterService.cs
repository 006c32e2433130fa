using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>Plan, launch, list and wait. Throws <see cref="SpotException"/> for what dooms the whole operation.</summary>
public interface IClusterService
{
    /// <summary>Checks a request and prices it: one round trip, and no changing call.</summary>
    Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Launches a plan. Returns what runs; missing machines are reported to the host as
    /// <see cref="SpotErrorIds.ClusterPartial"/>, none at all is thrown as <see cref="SpotErrorIds.ClusterNotLaunched"/>.
    /// </summary>
    Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Looks at a cluster and says what a resize or repair of it would do. Makes no changing call. Throws when a region does not answer.</summary>
    Task<ResizePlan> PlanResizeAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Carries a resize out, and deletes nodes from the orchestrator whose machines are gone. Returns the cluster as it is then;
    /// missing machines are reported to the host as <see cref="SpotErrorIds.ClusterPartial"/>.
    /// </summary>
    Task<Cluster> ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Changes the tags of everything that a plan names, which is everything of the cluster, and gives the cluster as it is then. A
    /// region that refuses is reported, and the others go on; so are machines that end themselves at the time of their launch.
    /// </summary>
    Task<Cluster?> SetAsync(ClusterChange change, RemovalPlan everything, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Renews the lease of a job.</summary>
    /// <exception cref="SpotException">It was not renewed.</exception>
    Task RenewLeaseAsync(LeaseRenewal lease, CancellationToken cancellationToken);

    /// <summary>Machines as the regions answer. A region that does not is reported as <see cref="SpotErrorIds.RegionNotListed"/>.</summary>
    IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Clusters, with their machines counted; complete only when every region has answered.</summary>
    IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// The machines of clusters that are there, then each change of state and health, until the token ends it. Looks again after
    /// each interval; a trouble is told when it begins, and what could not be looked at is not taken to be gone.
    /// </summary>
    IAsyncEnumerable<SpotChange> WatchAsync(ClusterQuery query, TimeSpan interval, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Each machine as it reaches the condition. Those that do not in time, or cannot any more, are reported as
    /// <see cref="SpotErrorIds.WaitTimedOut"/> or <see cref="SpotErrorIds.InstanceNotFound"/>.
    /// </summary>
    IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        CancellationToken cancellationToken);
}

/// <summary>The lease of a job that is renewed.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="ClusterName">The cluster of the job.</param>
/// <param name="Length">How long it lasts from now.</param>
public sealed record LeaseRenewal(SpotProvider Provider, string ClusterName, TimeSpan Length)
{
    /// <summary>The region, where the provider has them.</summary>
    public string? Region { get; init; }

    /// <summary>The resources that bear the lease, where the provider marks each by a tag.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];
}

/// <summary>A checked request. Made by <see cref="IClusterService.PlanAsync"/> and carried to the launch unread.</summary>
public abstract class ClusterPlan
{
    /// <summary>What a user is shown.</summary>
    public abstract SpotPlan Summary { get; }
}
