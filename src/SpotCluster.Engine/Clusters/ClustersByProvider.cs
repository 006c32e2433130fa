using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>Machines of both clouds behind one interface: each goes to the cloud that it lives in, and both work at the same time.</summary>
internal sealed class ClustersByProvider(IClusterService aws, Func<IVastService> vast) : IClusterService
{
    public Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        aws.PlanAsync(request, host, cancellationToken);

    public Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken) =>
        aws.LaunchAsync(plan, host, cancellationToken);

    public IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        aws.GetClustersAsync(query, host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        string[] atVast = [.. query.Ids.Where(InstanceKey.IsVastId)];
        string[] atAws = [.. query.Ids.Where(id => !InstanceKey.IsVastId(id))];
        string[] regions = [.. query.Regions.Where(RegionNames.IsAwsForm)];
        var isOpen = query is { EveryCloud: true, Providers.Count: 0, Ids.Count: 0 };
        var wantsAws = isOpen ? query.Regions.Count == 0 || regions.Length > 0
            : (query.Providers.Count == 0 ? query.Ids.Count == 0 || atAws.Length > 0 : query.Providers.Contains(SpotProvider.Aws))
                && (query.Ids.Count == 0 || atAws.Length > 0);
        var wantsVast = isOpen ? vast().HasKey && (query.Regions.Count == 0 || query.Regions.Any(RegionNames.MayBeVast))
            : (query.Providers.Count == 0 ? atVast.Length > 0 : query.Providers.Contains(SpotProvider.Vast))
                && (query.Ids.Count == 0 || atVast.Length > 0);
        var sources = new List<IAsyncEnumerable<SpotInstance>>();
        if (wantsAws)
        {
            var found = aws.GetInstancesAsync(query with { Ids = atAws, Regions = isOpen ? regions : query.Regions }, host, cancellationToken);
            sources.Add(isOpen && wantsVast ? WhereSignedInAsync(found, host, cancellationToken) : found);
        }

        if (wantsVast)
        {
            sources.Add(vast().GetInstancesAsync(query with { Ids = atVast }, host, cancellationToken));
        }

        return Merge(sources, cancellationToken);
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

    // Who only uses Vast.ai has no credentials for AWS, and was not asked for any.
    private static async IAsyncEnumerable<SpotInstance> WhereSignedInAsync(
        IAsyncEnumerable<SpotInstance> source, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
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
                    host.Verbose($"AWS was not listed: {error.Message}");
                    yield break;
                }

                yield return machines.Current;
            }
        }
    }

    private static IAsyncEnumerable<SpotInstance> Merge(List<IAsyncEnumerable<SpotInstance>> sources, CancellationToken cancellationToken) =>
        sources.Count == 1 ? sources[0] : MergeAsync(sources, cancellationToken);

    // What one cloud gives is not lost because the other one fails: its error comes after everything else.
    private static async IAsyncEnumerable<SpotInstance> MergeAsync(
        List<IAsyncEnumerable<SpotInstance>> sources, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateUnbounded<SpotInstance>();
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

    private static async Task CopyAsync(IAsyncEnumerable<SpotInstance> source, ChannelWriter<SpotInstance> writer, CancellationToken cancellationToken)
    {
        await foreach (var instance in source.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            writer.TryWrite(instance);
        }
    }
}
