using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>The cloud takes two machines back, as spot clouds do; the cluster says so: <c>status</c>.</summary>
internal sealed class InterruptionStep : IRehearsalStep
{
    private const int Victims = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public string Name => "interruption";

    public string Title => "Two instances are interrupted";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        if (context.Instances.Count == 0)
        {
            context.Story.Say("No instance is running, so none can be interrupted.");
            return;
        }

        SpotInstance[] victims = [.. context.Instances.Take(Victims)];
        foreach (var victim in victims)
        {
            context.Cloud.Interrupt(victim.Id);
            context.Story.Say($"{victim.Id} in {victim.Zone ?? victim.Region} gets an interruption notice and stops its work; it is terminated two minutes later.");
        }

        context.Interrupted = [.. victims.Select(victim => victim.Id)];
        InstanceKey[] keys = [.. victims.Select(victim => new InstanceKey(victim.Id, victim.Region, victim.Provider))];
        await context.Engine.Clusters
            .WaitAsync(keys, WaitCondition.Terminated, Patience, context.Run.Host, cancellationToken)
            .CountAsync(cancellationToken).ConfigureAwait(false);

        context.Run.Report.Add("interrupted", victims);
        var clusters = await HealthStep.StatusAsync(context, "clusterAfterInterruption", cancellationToken).ConfigureAwait(false);
        context.Claim(
            clusters is [{ State: SpotClusterState.Partial } cluster] && cluster.Running == cluster.Wanted - victims.Length,
            "The cluster reports how many instances are missing.");
    }
}
