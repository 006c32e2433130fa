using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Composition;

/// <summary>Machines of both clouds behind one interface: each goes to the cloud that it lives in, and both work at the same time.</summary>
internal sealed class ClustersByProvider(IClusterService aws, Func<IVastService> vast, TimeProvider clock, Func<IOtherTags>? otherTags = null) : IClusterService
{
    private int _isTold;

    public Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        aws.PlanAsync(request, host, cancellationToken);

    public Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken) =>
        aws.LaunchAsync(plan, host, cancellationToken);

    public Task<ResizePlan> PlanResizeAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        aws.PlanResizeAsync(request, host, cancellationToken);

    public Task<Cluster> ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        aws.ResizeAsync(plan, onRemoval, host, cancellationToken);

    public Task<Cluster?> SetAsync(ClusterChange change, RemovalPlan everything, IOperationHost host, CancellationToken cancellationToken) =>
        aws.SetAsync(change, everything, host, cancellationToken);

    public Task RenewLeaseAsync(string region, IReadOnlyList<string> ids, TimeSpan length, CancellationToken cancellationToken) =>
        aws.RenewLeaseAsync(region, ids, length, cancellationToken);

    public IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        Merge(Sources(
            query.Providers,
            query.EveryCloud,
            query.Regions,
            query.RegionsAtVast,
            regions => OtherTagsNotice.Stream(aws.GetClustersAsync(query with { Regions = regions }, host, cancellationToken), otherTags, regions, host, cancellationToken),
            () => vast().GetClustersAsync(query, host, cancellationToken),
            host,
            cancellationToken), cancellationToken);

    public IAsyncEnumerable<SpotChange> WatchAsync(ClusterQuery query, TimeSpan interval, IOperationHost host, CancellationToken cancellationToken) =>
        new ClusterWatcher(GetInstancesAsync, clock).WatchAsync(query, interval, host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        string[] atVast = [.. query.Ids.Where(InstanceKey.IsVastId)];
        string[] atAws = [.. query.Ids.Where(id => !InstanceKey.IsVastId(id))];
        if (query.Ids.Count > 0)
        {
            // Each id tells its cloud.
            var byId = new List<IAsyncEnumerable<SpotInstance>>();
            if (atAws.Length > 0 && (query.Providers.Count == 0 || query.Providers.Contains(SpotProvider.Aws)))
            {
                byId.Add(aws.GetInstancesAsync(query with { Ids = atAws }, host, cancellationToken));
            }

            if (atVast.Length > 0 && (query.Providers.Count == 0 || query.Providers.Contains(SpotProvider.Vast)))
            {
                byId.Add(vast().GetInstancesAsync(query with { Ids = atVast }, host, cancellationToken));
            }

            return Merge(byId, cancellationToken);
        }

        return Merge(Sources(
            query.Providers,
            query.EveryCloud,
            query.Regions,
            query.RegionsAtVast,
            regions => OtherTagsNotice.Stream(aws.GetInstancesAsync(query with { Regions = regions }, host, cancellationToken), query.IncludeForeign ? null : otherTags, regions, host, cancellationToken),
            () => vast().GetInstancesAsync(query, host, cancellationToken),
            host,
            cancellationToken), cancellationToken);
    }

    public IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances, WaitCondition condition, TimeSpan timeout, IOperationHost host, CancellationToken cancellationToken)
    {
        InstanceKey[] atVast = [.. instances.Where(key => key.IsVast)];
        InstanceKey[] atAws = [.. instances.Where(key => !key.IsVast)];
        var sources = new List<IAsyncEnumerable<SpotInstance>>();
        if (atAws.Length > 0)
        {
            sources.Add(aws.WaitAsync(atAws, condition, timeout, host, cancellationToken));
        }

        if (atVast.Length > 0)
        {
            sources.Add(vast().WaitAsync(atVast, condition, timeout, host, cancellationToken));
        }

        return Merge(sources, cancellationToken);
    }

    // The clouds that are named; or, where every one is wanted, those that credentials are there for and regions may be of.
    private List<IAsyncEnumerable<T>> Sources<T>(
        IReadOnlyList<SpotProvider> named,
        bool everyCloud,
        IReadOnlyList<string> regions,
        IReadOnlyList<string> regionsAtVast,
        Func<IReadOnlyList<string>, IAsyncEnumerable<T>> atAws,
        Func<IAsyncEnumerable<T>> atVast,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var isOpen = named.Count == 0 && everyCloud;
        IReadOnlyList<string> regionsAtAws = isOpen ? [.. regions.Where(RegionNames.IsAwsForm)] : regions;
        var wantsVast = isOpen ? vast().HasKey && (regionsAtVast.Count == 0 || regionsAtVast.Any(RegionNames.MayBeVast)) : named.Contains(SpotProvider.Vast);
        if (named is [SpotProvider.Vast] && regionsAtVast.Count > 0 && !regionsAtVast.Any(RegionNames.MayBeVast))
        {
            throw new SpotException(SpotErrorIds.RegionUnknown, SpotErrorCategory.InvalidArgument, $"'{regions[0]}' is not valid at Vast.ai: it is a region of AWS.")
            {
                Target = regions[0],
                RecommendedAction = "Specify a place from Get-SpotInstance, for example 'Sweden, SE' or '*, SE', or omit the region.",
            };
        }

        var sources = new List<IAsyncEnumerable<T>>();
        if (isOpen ? regions.Count == 0 || regionsAtAws.Count > 0 : named.Count == 0 || named.Contains(SpotProvider.Aws))
        {
            sources.Add(isOpen && wantsVast ? WhereSignedInAsync(atAws(regionsAtAws), host, cancellationToken) : atAws(regionsAtAws));
        }

        if (wantsVast)
        {
            sources.Add(atVast());
        }

        return sources;
    }

    // Who only uses Vast.ai has no credentials for AWS, and was not asked for any.
    private async IAsyncEnumerable<T> WhereSignedInAsync<T>(
        IAsyncEnumerable<T> source, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
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
                        host.Warning(ProviderNames.AwsNotIncluded);
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
