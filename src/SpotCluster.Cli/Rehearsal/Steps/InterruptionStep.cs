using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>The cloud takes one machine back, as spot clouds do; the cluster says so: <c>status</c>.</summary>
internal sealed class InterruptionStep : IRehearsalStep
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public string Name => "interruption";

    public string Title => "The cloud takes one machine back";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        if (context.Instances.Count == 0)
        {
            context.Story.Say("No machine runs, so none can be taken back.");
            return;
        }

        var victim = context.Instances[0];
        context.Cloud.Interrupt(victim.Id);
        context.Story.Say($"{victim.Id} in {victim.Zone ?? victim.Region} gets its notice; the cloud ends it two minutes later.");
        var key = new InstanceKey(victim.Id, victim.Region, victim.Provider);
        await context.Engine.Clusters
            .WaitAsync([key], WaitCondition.Terminated, Patience, context.Run.Host, cancellationToken)
            .CountAsync(cancellationToken).ConfigureAwait(false);

        var clusters = await context.Engine.Clusters
            .GetClustersAsync(new ClusterQuery { Names = [context.Request.Name] }, context.Run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("interrupted", victim);
        context.Run.Report.Add("clusterAfterInterruption", clusters);
        context.Story.Tell(console => ClusterTable.Write(console, clusters, context.Now));
    }
}
