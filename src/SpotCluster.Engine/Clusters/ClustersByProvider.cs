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
        var asked = query.Providers.Count > 0 ? query.Providers : atVast.Length > 0 ? [SpotProvider.Aws, SpotProvider.Vast] : [SpotProvider.Aws];
        var sources = new List<IAsyncEnumerable<SpotInstance>>();
        if (asked.Contains(SpotProvider.Aws) && (query.Ids.Count == 0 || atAws.Length > 0))
        {
            sources.Add(aws.GetInstancesAsync(query with { Ids = atAws }, host, cancellationToken));
        }

        if (asked.Contains(SpotProvider.Vast) && (query.Ids.Count == 0 || atVast.Length > 0))
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
