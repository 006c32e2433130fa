using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>The cluster service over one provider.</summary>
/// <param name="provider">The cloud.</param>
/// <param name="journal">Where runs are written down.</param>
/// <param name="settings">Settings.</param>
/// <param name="endpoint">Where the cloud is reached; null for its own address. A journal entry belongs to one endpoint.</param>
/// <param name="removal">Removes what a launch without any machine has built; may give null.</param>
/// <param name="nodes">The orchestrator of the settings.</param>
/// <param name="clock">The clock of waits and of the journal.</param>
/// <param name="time">The clock of ages and expiry; null for the same.</param>
internal sealed class ClusterService(
    IClusterProvider provider,
    IJournal journal,
    SpotSettings settings,
    string? endpoint,
    Func<IRemovalService?> removal,
    NodeDirectory nodes,
    TimeProvider clock,
    TimeProvider? time = null) : IClusterService
{
    private readonly TimeProvider _time = time ?? clock;
    private readonly ClusterPlanner _planner = new(provider, journal, settings, endpoint, clock, time ?? clock);
    private readonly ClusterLauncher _launcher = new(provider, journal, removal, endpoint, clock);
    private readonly ClusterResizer _resizer =
        new(provider, new ClusterLauncher(provider, journal, removal, endpoint, clock), journal, removal, nodes, settings, endpoint, time ?? clock);

    private readonly ClusterLister _lister = new(provider, nodes, time ?? clock);
    private readonly InstanceWaiter _waiter = new(provider, nodes, clock, time ?? clock, settings.RegionWord);

    /// <inheritdoc/>
    public async Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        await _planner.PlanAsync(request, host, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken) =>
        plan is LaunchPlan launch
            ? _launcher.LaunchAsync(launch, host, cancellationToken)
            : throw new ArgumentException("The plan was not made by this service.", nameof(plan));

    /// <inheritdoc/>
    public Task<ResizePlan> PlanResizeAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        _resizer.PlanAsync(request, host, cancellationToken);

    /// <inheritdoc/>
    public async Task<Cluster> ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        await _resizer.ResizeAsync(plan, onRemoval, host, cancellationToken).ConfigureAwait(false);
        var snapshot = await ClusterSnapshot.ReadAsync(provider, nodes, plan.Request.Name, _time, host, cancellationToken).ConfigureAwait(false);
        if (removal() is IOrphanNodeRemoval ghosts)
        {
            await ghosts.SweepAsync(snapshot, onRemoval, host, cancellationToken).ConfigureAwait(false);
        }

        // Further machines come from the template of the launch, and a cluster ends as a whole.
        if (snapshot.Traces.Max(trace => trace.ExpiresAt) is { } end && snapshot.Machines.Any(machine => machine.ExpiresAt != end) && removal() is { } service)
        {
            var everything = await service.PlanAsync(new RemovalScope { ClusterName = plan.Request.Name, Unprotect = true }, host, cancellationToken).ConfigureAwait(false);
            await SetAsync(new ClusterChange { Name = plan.Request.Name, ExpiresAt = end }, everything, host, cancellationToken).ConfigureAwait(false);
        }

        return ClusterSummary.Build(provider.Provider, snapshot.Machines, snapshot.Traces, complete: true, snapshot.View).First(cluster => cluster.Name == plan.Request.Name);
    }

    /// <inheritdoc/>
    public async Task<Cluster?> SetAsync(ClusterChange change, RemovalPlan everything, IOperationHost host, CancellationToken cancellationToken)
    {
        change.Check(settings.FilterTagName, _time.GetUtcNow());
        AccountGuard.Check(settings, everything.AccountId);
        var ours = everything.Resources.Where(resource => resource is { Managed: true, Tagged: true } && !resource.Id.StartsWith("arn:", StringComparison.Ordinal)).ToList();
        if (ours.Exists(resource => resource.Tags.ContainsKey(TagKeys.Maintain) && resource.Type == "fleet"))
        {
            host.Warning($"AWS keeps the number of instances of cluster {change.Name}: those that it launches from now on have the tags and the expiry of its launch.");
        }

        await Task.WhenAll(ours.GroupBy(resource => resource.Region, StringComparer.Ordinal).Select(region => SetAsync(region.Key, [.. region], change, host, cancellationToken))).ConfigureAwait(false);
        await foreach (var cluster in GetClustersAsync(new ClusterQuery { Names = [change.Name], Providers = [provider.Provider] }, host, cancellationToken).ConfigureAwait(false))
        {
            return cluster;
        }

        return null;
    }

    private async Task SetAsync(string region, IReadOnlyList<SpotResource> resources, ClusterChange change, IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            await provider.SetTagsAsync(
                region, [.. resources.Select(resource => resource.Id)], change.ToTags(), change.Unprotect ? [TagKeys.ProtectUntil] : [], cancellationToken).ConfigureAwait(false);
            host.Verbose($"{region}: {resources.Count} resources of cluster {change.Name} were tagged.");
            if (change.ExpiresAt is not null && await provider.GetFixedExpiriesAsync(region, change.Name, cancellationToken).ConfigureAwait(false) is { Count: > 0 } machines)
            {
                host.Warning($"{region}: {string.Join(", ", machines)} keep the expiry of their launch, because they cannot read their tags. Invoke-SpotNuke -Expired and Watch-SpotCluster use the new expiry.");
            }
        }
        catch (SpotException failure)
        {
            failure.Region ??= region;
            host.Error(failure);
        }
    }

    /// <inheritdoc/>
    public Task RenewLeaseAsync(LeaseRenewal lease, CancellationToken cancellationToken) =>
        lease is not { Region: { } region, Ids.Count: > 0 } ? Task.CompletedTask : provider.SetTagsAsync(
            region,
            lease.Ids,
            new Dictionary<string, string>(StringComparer.Ordinal) { [TagKeys.LeaseEndsAt] = ClusterChange.Format(_time.GetUtcNow() + lease.Length) },
            [],
            cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        _lister.GetInstancesAsync(query, host, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        _lister.GetClustersAsync(query, host, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SpotChange> WatchAsync(ClusterQuery query, TimeSpan interval, IOperationHost host, CancellationToken cancellationToken) =>
        new ClusterWatcher(GetInstancesAsync, clock).WatchAsync(query, interval, host, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        CancellationToken cancellationToken) =>
        _waiter.WaitAsync(instances, condition, timeout, host, cancellationToken);
}
