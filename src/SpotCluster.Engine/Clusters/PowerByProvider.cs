using System.Runtime.CompilerServices;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>Starts and stops machines of both clouds, each at its own; a failure at one does not keep the other from its work.</summary>
internal sealed class PowerByProvider(IPowerService aws, Func<IVastService> vast) : IPowerService
{
    public IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(
            instances,
            atAws => aws.StartAsync(atAws, request, host, cancellationToken),
            id => vast().StartAsync(id, request.MayQueue, request.OnInsufficientCredit, host, cancellationToken),
            host,
            cancellationToken);

    public IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(
            instances,
            atAws => aws.StopAsync(atAws, host, cancellationToken),
            id => vast().StopAsync(id, host, cancellationToken),
            host,
            cancellationToken);

    private static async IAsyncEnumerable<SpotInstance> EachAsync(
        IReadOnlyList<InstanceKey> instances,
        Func<IReadOnlyList<InstanceKey>, IAsyncEnumerable<SpotInstance>> atAws,
        Func<string, Task<SpotInstance>> atVast,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in instances.Where(key => key.IsVast).Select(key => key.Id).Distinct(StringComparer.Ordinal))
        {
            SpotInstance instance;
            try
            {
                instance = await atVast(id).ConfigureAwait(false);
            }
            catch (SpotException error) when (error.ErrorId != SpotErrorIds.InsufficientCredit
                && error.Category is not SpotErrorCategory.Authentication and not SpotErrorCategory.Connection)
            {
                host.Error(error);
                continue;
            }

            yield return instance;
        }

        InstanceKey[] others = [.. instances.Where(key => !key.IsVast)];
        if (others.Length > 0)
        {
            await foreach (var instance in atAws(others).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                yield return instance;
            }
        }
    }
}
