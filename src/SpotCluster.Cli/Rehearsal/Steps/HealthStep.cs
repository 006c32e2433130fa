using SpotCluster.Cli.Rendering;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>The nodes join their orchestrator: <c>status</c> when all are healthy.</summary>
internal sealed class HealthStep : IRehearsalStep
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public string Name => "health";

    public string Title => "The nodes join their Bacalhau orchestrator";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var healthy = await WaitAsync(context, cancellationToken).ConfigureAwait(false);
        var clusters = await StatusAsync(context, "clusterHealthy", cancellationToken).ConfigureAwait(false);
        context.Claim(
            healthy > 0 && clusters is [{ Health: SpotHealth.Healthy } cluster] && cluster.Healthy == cluster.Wanted,
            "Every node is approved and connected, and sends heartbeats.");
    }

    /// <summary>Waits until every machine of the cluster is healthy; how many became so.</summary>
    public static async Task<int> WaitAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var machines = await context.ListAsync(cancellationToken).ConfigureAwait(false);
        InstanceKey[] keys =
        [
            .. machines.Where(machine => machine.State is SpotInstanceState.Pending or SpotInstanceState.Running)
                .Select(machine => new InstanceKey(machine.Id, machine.Region, machine.Provider)),
        ];
        return await context.Engine.Clusters.WaitAsync(keys, WaitCondition.Healthy, Patience, context.Run.Host, cancellationToken)
            .CountAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for the cluster and shows it as <c>status</c> does.</summary>
    public static async Task<IReadOnlyList<Model.SpotCluster>> StatusAsync(RehearsalContext context, string name, CancellationToken cancellationToken)
    {
        var clusters = await context.Engine.Clusters
            .GetClustersAsync(new ClusterQuery { Names = [context.Request.Name] }, context.Run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add(name, clusters);
        context.Story.Report(console => ClusterTable.WriteStatus(console, clusters, context.Now, everyRegion: true));
        return clusters;
    }
}
