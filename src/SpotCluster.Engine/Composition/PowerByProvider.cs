using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Composition;

/// <summary>Starts, stops and restarts instances of all providers, each at its own.</summary>
internal sealed class PowerByProvider(IReadOnlyList<ICloudProvider> providers) : IPowerService
{
    public IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(instances, (power, keys) => power.StartAsync(keys, request, host, cancellationToken));

    public IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(instances, (power, keys) => power.StopAsync(keys, host, cancellationToken));

    public IAsyncEnumerable<SpotInstance> RestartAsync(IReadOnlyList<InstanceKey> instances, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        EachAsync(instances, (power, keys) => power.RestartAsync(keys, recycle, host, cancellationToken));

    public Task<string> GetConsoleOutputAsync(InstanceKey instance, bool latest, IOperationHost host, CancellationToken cancellationToken)
    {
        var provider = providers.Of(instance);
        return provider.Facts.Lacking(ProviderCapability.ConsoleOutput, instance.Id) is { } missing
            ? throw missing
            : provider.Power.GetConsoleOutputAsync(instance, latest, host, cancellationToken);
    }

    private async IAsyncEnumerable<SpotInstance> EachAsync(
        IReadOnlyList<InstanceKey> instances, Func<IPowerService, IReadOnlyList<InstanceKey>, IAsyncEnumerable<SpotInstance>> change)
    {
        // One by one, the first provider last: it changes many instances with one call.
        foreach (var (provider, keys) in providers.Each(instances).Reverse())
        {
            await foreach (var instance in change(provider.Power, keys).ConfigureAwait(false))
            {
                yield return instance;
            }
        }
    }
}
