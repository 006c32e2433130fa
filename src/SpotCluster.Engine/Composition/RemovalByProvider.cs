using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Composition;

/// <summary>Removes instances of all providers, each at its own; a failure at one does not keep another from its work.</summary>
internal sealed class RemovalByProvider(IReadOnlyList<ICloudProvider> providers) : IRemovalService
{
    public Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        Task.WhenAll(providers.Each(instances).Select(one => one.Provider.Removal.RemoveInstancesAsync(one.Keys, onRemoval, host, cancellationToken)));

    public IAsyncEnumerable<SpotResource> GetResourcesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        At(scope).GetResourcesAsync(scope, host, cancellationToken);

    public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        At(scope).PlanAsync(scope, host, cancellationToken);

    public Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        At(scope).RemoveAsync(scope, onRemoval, host, cancellationToken);

    private IRemovalService At(RemovalScope scope) => providers.Of(scope.Provider).Removal;
}
