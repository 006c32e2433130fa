using SpotCluster.Cli.Rendering;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>The launch, and the wait until every machine can be reached: <c>create --wait</c>.</summary>
internal sealed class LaunchStep : IRehearsalStep
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public string Name => "launch";

    public string Title => "Launch";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var cluster = await context.Engine.Clusters.LaunchAsync(context.Plan!, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Cluster = cluster;
        context.Run.Report.Add("cluster", cluster);
        context.Story.Report(console => ClusterTable.WriteRegions(console, cluster));

        InstanceKey[] keys =
        [
            .. (await context.ListAsync(cancellationToken).ConfigureAwait(false))
                .Select(instance => new InstanceKey(instance.Id, instance.Region, instance.Provider)),
        ];
        var reached = await context.Engine.Clusters
            .WaitAsync(keys, WaitCondition.Reachable, Patience, context.Run.Host, cancellationToken)
            .CountAsync(cancellationToken).ConfigureAwait(false);
        context.Story.Say($"{Cells.Count(reached, "instance")} of {Cells.Number(cluster.Wanted)} reachable.");
    }
}
