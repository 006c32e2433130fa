using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Composition;

/// <summary>Instances of all providers behind one interface: each goes to its own provider, and all work at the same time.</summary>
internal sealed class ClustersByProvider(IReadOnlyList<ICloudProvider> providers, TimeProvider clock) : IClusterService
{
    private int _isTold;

    public Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        At(request.Provider).PlanAsync(request, host, cancellationToken);

    public Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken) =>
        At(plan.Summary.Provider).LaunchAsync(plan, host, cancellationToken);

    public Task<ResizePlan> PlanResizeAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        providers.Of(request.Provider).Facts.Lacking(ProviderCapability.Resize, request.Name) is { } missing
            ? throw missing
            : At(request.Provider).PlanResizeAsync(request, host, cancellationToken);

    public Task<Cluster> ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        At(plan.Request.Provider).ResizeAsync(plan, onRemoval, host, cancellationToken);

    public Task<Cluster?> SetAsync(ClusterChange change, RemovalPlan everything, IOperationHost host, CancellationToken cancellationToken) =>
        providers.Of(everything.Provider).Facts.Lacking(ProviderCapability.ChangeCluster, change.Name) is { } missing
            ? throw missing
            : At(everything.Provider).SetAsync(change, everything, host, cancellationToken);

    public Task RenewLeaseAsync(LeaseRenewal lease, CancellationToken cancellationToken) => At(lease.Provider).RenewLeaseAsync(lease, cancellationToken);

    public IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        Merge(
            new ProviderScope(query.Providers, query.EveryCloud, query.Regions, query.RegionsAtVast),
            (provider, regions) => OtherTagsNotice.Stream(
                provider.Clusters.GetClustersAsync(query with { Regions = regions }, host, cancellationToken), provider.Costs.OtherTags, regions, host, cancellationToken),
            host,
            cancellationToken);

    public IAsyncEnumerable<SpotChange> WatchAsync(ClusterQuery query, TimeSpan interval, IOperationHost host, CancellationToken cancellationToken) =>
        new ClusterWatcher(GetInstancesAsync, clock).WatchAsync(query, interval, host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        query.Ids.Count > 0

            // Each id determines its provider.
            ? Merge(
                [.. providers.Each([.. query.Ids.Select(id => new InstanceKey(id, null, providers[0].Facts.Provider))])
                    .Where(one => query.Providers.Count == 0 || query.Providers.Contains(one.Provider.Facts.Provider))
                    .Select(one => one.Provider.Clusters.GetInstancesAsync(query with { Ids = [.. one.Keys.Select(key => key.Id)] }, host, cancellationToken))],
                cancellationToken)
            : Merge(
                new ProviderScope(query.Providers, query.EveryCloud, query.Regions, query.RegionsAtVast),
                (provider, regions) => OtherTagsNotice.Stream(
                    provider.Clusters.GetInstancesAsync(query with { Regions = regions }, host, cancellationToken),
                    query.IncludeForeign ? null : provider.Costs.OtherTags,
                    regions,
                    host,
                    cancellationToken),
                host,
                cancellationToken);

    public IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances, WaitCondition condition, TimeSpan timeout, IOperationHost host, CancellationToken cancellationToken) =>
        Merge([.. providers.Each(instances).Select(one => one.Provider.Clusters.WaitAsync(one.Keys, condition, timeout, host, cancellationToken))], cancellationToken);

    private IClusterService At(SpotProvider provider) => providers.Of(provider).Clusters;

    private IAsyncEnumerable<T> Merge<T>(
        ProviderScope scope, Func<ICloudProvider, IReadOnlyList<string>, IAsyncEnumerable<T>> list, IOperationHost host, CancellationToken cancellationToken)
    {
        if (providers.Misplaced(scope) is { } misplaced)
        {
            throw misplaced;
        }

        var chosen = providers.Choose(scope);
        var mayLack = chosen.Count > 1 && scope.Named.Count == 0;
        return Merge(
            [.. chosen.Select(one => mayLack ? WhereSignedInAsync(one.Provider, list(one.Provider, one.Regions), host, cancellationToken) : list(one.Provider, one.Regions))],
            cancellationToken);
    }

    // Who uses only one provider has no credentials for the others, and did not name them.
    private async IAsyncEnumerable<T> WhereSignedInAsync<T>(
        ICloudProvider provider, IAsyncEnumerable<T> source, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var machines = source.GetAsyncEnumerator(cancellationToken);
        await using (machines.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await machines.MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (SpotException error) when (error.ErrorId == SpotErrorIds.CredentialNotFound)
                {
                    if (Interlocked.Exchange(ref _isTold, 1) == 0)
                    {
                        host.Warning(ProviderNames.NotIncluded(provider.Facts.Provider));
                    }

                    yield break;
                }

                yield return machines.Current;
            }
        }
    }

    private static IAsyncEnumerable<T> Merge<T>(List<IAsyncEnumerable<T>> sources, CancellationToken cancellationToken) =>
        sources.Count == 1 ? sources[0] : MergeAsync(sources, cancellationToken);

    // What one cloud gives is not lost because the other one fails: its error comes after everything else.
    private static async IAsyncEnumerable<T> MergeAsync<T>(
        List<IAsyncEnumerable<T>> sources, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateUnbounded<T>();
        var all = Task.WhenAll(sources.Select(source => CopyAsync(source, channel.Writer, stop.Token)));
        _ = all.ContinueWith(
            _ => channel.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (channel.Reader.TryRead(out var instance))
                {
                    yield return instance;
                }
            }

            await all.ConfigureAwait(false);
        }
        finally
        {
            stop.Cancel();
            await all.ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private static async Task CopyAsync<T>(IAsyncEnumerable<T> source, ChannelWriter<T> writer, CancellationToken cancellationToken)
    {
        await foreach (var instance in source.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            writer.TryWrite(instance);
        }
    }
}
