using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Engine.Composition;

/// <summary>Removes machines of both clouds, each at its own; a failure at one does not keep the other from its work.</summary>
internal sealed class RemovalByProvider(IRemovalService aws, Func<IVastService> vast) : IRemovalService
{
    public async Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        InstanceKey[] atVast = [.. instances.Where(key => key.IsVast)];
        if (atVast.Length == 0)
        {
            await aws.RemoveInstancesAsync(instances, onRemoval, host, cancellationToken).ConfigureAwait(false);
            return;
        }

        InstanceKey[] atAws = [.. instances.Where(key => !key.IsVast)];
        await Task.WhenAll(
            atAws.Length == 0 ? Task.CompletedTask : aws.RemoveInstancesAsync(atAws, onRemoval, host, cancellationToken),
            vast().RemoveInstancesAsync(atVast, onRemoval, host, cancellationToken)).ConfigureAwait(false);
    }

    public IAsyncEnumerable<SpotResource> GetResourcesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        At(scope).GetResourcesAsync(scope, host, cancellationToken);

    public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        At(scope).PlanAsync(scope, host, cancellationToken);

    public Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        At(scope).RemoveAsync(scope, onRemoval, host, cancellationToken);

    private IRemovalService At(RemovalScope scope) => scope.Provider == SpotProvider.Vast ? new VastRemovalService(vast()) : aws;
}
