using System.Runtime.CompilerServices;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Engine.Composition;

/// <summary>Starts, stops and restarts instances of both providers, each at its own; a failure at one does not keep the other from its work.</summary>
internal sealed class PowerByProvider(IPowerService aws, Func<IVastService> vast) : IPowerService
{
    public IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(
            instances,
            atAws => aws.StartAsync(atAws, request, host, cancellationToken),
            key => vast().StartAsync(key, request.MayQueue, host, cancellationToken),
            host,
            cancellationToken);

    public IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(
            instances,
            atAws => aws.StopAsync(atAws, host, cancellationToken),
            key => vast().StopAsync(key, host, cancellationToken),
            host,
            cancellationToken);

    public IAsyncEnumerable<SpotInstance> RestartAsync(IReadOnlyList<InstanceKey> instances, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(
            instances,
            atAws => aws.RestartAsync(atAws, recycle, host, cancellationToken),
            key => vast().RestartAsync(key, recycle, host, cancellationToken),
            host,
            cancellationToken);

    public Task<string> GetConsoleOutputAsync(InstanceKey instance, bool latest, IOperationHost host, CancellationToken cancellationToken) =>
        !instance.IsVast ? aws.GetConsoleOutputAsync(instance, latest, host, cancellationToken) : throw new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Cannot get the console output of {instance.Id}: an instance at Vast.ai is a container, and has no console.")
        {
            Target = instance.Id,
            RecommendedAction = "Get its log: Get-SpotLog, spotcluster logs; with -Daemon (--daemon) that of its host.",
        };

    private static async IAsyncEnumerable<SpotInstance> EachAsync(
        IReadOnlyList<InstanceKey> instances,
        Func<IReadOnlyList<InstanceKey>, IAsyncEnumerable<SpotInstance>> atAws,
        Func<InstanceKey, Task<SpotInstance>> atVast,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var key in instances.Where(key => key.IsVast).GroupBy(key => key.Id, StringComparer.Ordinal).Select(group => group.First()))
        {
            SpotInstance instance;
            try
            {
                instance = await atVast(key).ConfigureAwait(false);
            }
            catch (SpotException error) when (error.Category is not SpotErrorCategory.Authentication and not SpotErrorCategory.Connection)
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
