using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>Deletes nodes whose machines are gone.</summary>
internal interface IOrphanNodeRemoval
{
    /// <summary>Deletes the ghosts of one cluster whose living machines are all known.</summary>
    Task SweepAsync(ClusterSnapshot snapshot, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken);
}

/// <summary>
/// Removal that leaves no ghosts: once machines are seen to be gone, their nodes are deleted from the orchestrator, which would
/// remember them for ever. Only nodes that bear the id of a machine of ours, and only by their full name.
/// </summary>
internal sealed class OrphanNodeRemoval(IRemovalService inner, NodeDirectory nodes, SpotSettings settings, TimeProvider clock) : IRemovalService, IOrphanNodeRemoval
{
    /// <summary>Type of a removed node in what is told.</summary>
    public const string NodeType = "node";

    private const int AtOnce = 8;

    /// <inheritdoc/>
    public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) => inner.PlanAsync(scope, host, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<SpotResource> GetResourcesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        inner.GetResourcesAsync(scope, host, cancellationToken);

    /// <inheritdoc/>
    public async Task RemoveInstancesAsync(IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var gone = new GoneMachines(onRemoval);
        await inner.RemoveInstancesAsync(instances, gone.Note, host, cancellationToken).ConfigureAwait(false);
        await SweepAsync(node => gone.Contains(node.Id), onRemoval, host, isNeeded: gone.Any, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(clock, scope.Timeout, scope.Plan?.Took ?? TimeSpan.Zero, _ => RemoveInTimeAsync(scope, onRemoval, host, cancellationToken));

    private async Task<SpotProof> RemoveInTimeAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var gone = new GoneMachines(onRemoval);
        var proof = await inner.RemoveAsync(scope, gone.Note, host, cancellationToken).ConfigureAwait(false);

        // Where everything of a cluster is proven gone, its older ghosts are known to be such as well.
        var isWhole = proof.Proven && scope.Regions.Count == 0 && scope.OlderThan is null && scope.OnlyClusters.Count == 0 && scope.KeepClusters.Count == 0 && scope.Filter.IsEmpty && scope.ApprovedHash is null;
        await SweepAsync(
            node => gone.Contains(node.Id) || (isWhole && IsOldOrphan(node, scope.ClusterName, proof.AccountId)),
            onRemoval,
            host,
            isNeeded: gone.Any || isWhole,
            cancellationToken).ConfigureAwait(false);
        return proof;
    }

    /// <inheritdoc/>
    public Task SweepAsync(ClusterSnapshot snapshot, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var living = new HashSet<string>(snapshot.Machines.Select(machine => machine.Id), StringComparer.Ordinal);
        return SweepAsync(
            node => !living.Contains(node.Id) && IsOldOrphan(node, snapshot.Name, snapshot.AccountId), onRemoval, host, isNeeded: true, cancellationToken);
    }

    private bool IsOldOrphan(SpotNode node, string? clusterName, string? accountId) =>
        node.Connection == SpotNodeConnection.Disconnected
        && IsMachine(node)
        && Has(node, NodeLabels.Account, accountId)
        && Has(node, NodeLabels.Tag, settings.FilterTagValue)
        && (clusterName is null ? node.Labels.ContainsKey(NodeLabels.Cluster) : Has(node, NodeLabels.Cluster, clusterName));

    private static bool IsMachine(SpotNode node) => node.Id.StartsWith("i-", StringComparison.Ordinal) && Has(node, NodeLabels.Instance, node.Id);

    private static bool Has(SpotNode node, string key, string? value) => value is not null && node.Labels.TryGetValue(key, out var own) && own == value;

    private async Task SweepAsync(
        Func<SpotNode, bool> isOrphan, Action<SpotRemoval> onRemoval, IOperationHost host, bool isNeeded, CancellationToken cancellationToken)
    {
        if (!isNeeded || !nodes.IsConfigured)
        {
            return;
        }

        IReadOnlyList<SpotNode> ghosts;
        try
        {
            ghosts = [.. (await nodes.Client.GetNodesAsync(cancellationToken).ConfigureAwait(false)).Nodes.Where(isOrphan)];
        }
        catch (SpotException failure)
        {
            host.Error(Failed("Cannot search for orphaned nodes", null, failure));
            return;
        }

        using var turn = new SemaphoreSlim(AtOnce);
        var outcomes = await Task.WhenAll(ghosts.Select(node => DeleteAsync(node, turn, cancellationToken))).ConfigureAwait(false);
        foreach (var (removal, failure) in outcomes)
        {
            onRemoval(removal);
            if (failure is not null)
            {
                host.Error(Failed($"Cannot delete orphaned node {removal.Id}", removal.Id, failure));
            }
        }
    }

    private async Task<(SpotRemoval Removal, SpotException? Failure)> DeleteAsync(SpotNode node, SemaphoreSlim turn, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        var removal = new SpotRemoval
        {
            Id = node.Id,
            Provider = SpotProvider.Aws,
            Type = NodeType,
            Region = node.Labels.TryGetValue("region", out var region) ? region : "",
            ClusterName = node.Labels.TryGetValue(NodeLabels.Cluster, out var cluster) ? cluster : null,
        };
        try
        {
            var deleted = await nodes.Client.DeleteNodeAsync(node.Id, "its instance does not exist any more", cancellationToken).ConfigureAwait(false);
            removal.Outcome = deleted ? SpotRemovalOutcome.Removed : SpotRemovalOutcome.AlreadyGone;
            return (removal, null);
        }
        catch (SpotException failure)
        {
            (removal.Outcome, removal.Code, removal.Reason) = (SpotRemovalOutcome.Failed, failure.ServiceCode, failure.Message);
            return (removal, failure);
        }
        finally
        {
            turn.Release();
        }
    }

    private static SpotException Failed(string what, string? id, SpotException cause) => new(
        SpotErrorIds.GhostNotRemoved, cause.Category, $"{what}: {cause.Message}", cause)
    {
        Target = id ?? cause.Target,
        ServiceCode = cause.ServiceCode,
        RecommendedAction = $"{cause.RecommendedAction} Then run the same command again.",
    };

    /// <summary>Machines that were seen to be gone, as their removal tells.</summary>
    private sealed class GoneMachines(Action<SpotRemoval> onRemoval)
    {
        private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

        public bool Any
        {
            get
            {
                lock (_ids)
                {
                    return _ids.Count > 0;
                }
            }
        }

        public void Note(SpotRemoval removal)
        {
            if (removal is { Provider: not SpotProvider.Vast, Type: ResourceTypes.Instance, Outcome: SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone })
            {
                lock (_ids)
                {
                    _ids.Add(removal.Id);
                }
            }

            onRemoval(removal);
        }

        public bool Contains(string id)
        {
            lock (_ids)
            {
                return _ids.Contains(id);
            }
        }
    }
}
