using SpotCluster.Engine.Clusters.Journal;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>The cluster service over one provider.</summary>
/// <param name="provider">The cloud.</param>
/// <param name="journal">Where runs are written down.</param>
/// <param name="settings">Settings.</param>
/// <param name="endpoint">Where the cloud is reached; null for its own address. A journal entry belongs to one endpoint.</param>
/// <param name="removal">Removes what a launch without any machine has built; may give null.</param>
/// <param name="clock">The clock.</param>
public sealed class ClusterService(
    IClusterProvider provider,
    IJournal journal,
    SpotSettings settings,
    string? endpoint,
    Func<IRemovalService?> removal,
    TimeProvider clock) : IClusterService
{
    private readonly ClusterPlanner _planner = new(provider, journal, settings, endpoint, clock);
    private readonly ClusterLauncher _launcher = new(provider, journal, removal, endpoint, clock);
    private readonly ClusterLister _lister = new(provider);
    private readonly InstanceWaiter _waiter = new(provider, clock);

    /// <inheritdoc/>
    public async Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        await _planner.PlanAsync(request, host, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken) =>
        plan is LaunchPlan launch
            ? _launcher.LaunchAsync(launch, host, cancellationToken)
            : throw new ArgumentException("The plan was not made by this service.", nameof(plan));

    /// <inheritdoc/>
    public IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        _lister.GetInstancesAsync(query, host, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        _lister.GetClustersAsync(query, host, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        CancellationToken cancellationToken) =>
        _waiter.WaitAsync(instances, condition, timeout, host, cancellationToken);
}
