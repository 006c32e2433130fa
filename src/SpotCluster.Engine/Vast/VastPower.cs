using System.Runtime.CompilerServices;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Starts, stops and restarts instances at Vast.ai, one by one.</summary>
internal sealed class VastPower(IVastService vast) : IPowerService
{
    public IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(instances, key => vast.StartAsync(key, request.MayQueue, host, cancellationToken), host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(instances, key => vast.StopAsync(key, host, cancellationToken), host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> RestartAsync(IReadOnlyList<InstanceKey> instances, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(instances, key => vast.RestartAsync(key, recycle, host, cancellationToken), host, cancellationToken);

    public Task<string> GetConsoleOutputAsync(InstanceKey instance, bool latest, IOperationHost host, CancellationToken cancellationToken) =>
        throw VastProvider.OfVast.Lacking(ProviderCapability.ConsoleOutput, instance.Id)!;

    private static async IAsyncEnumerable<SpotInstance> EachAsync(
        IReadOnlyList<InstanceKey> instances, Func<InstanceKey, Task<SpotInstance>> change, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var key in instances.GroupBy(key => key.Id, StringComparer.Ordinal).Select(group => group.First()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            SpotInstance instance;
            try
            {
                instance = await change(key).ConfigureAwait(false);
            }
            catch (SpotException error) when (error.Category is not SpotErrorCategory.Authentication and not SpotErrorCategory.Connection)
            {
                host.Error(error);
                continue;
            }

            yield return instance;
        }
    }
}
