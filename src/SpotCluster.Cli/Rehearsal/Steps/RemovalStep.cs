using SpotCluster.Cli.Commands;
using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>The guest leaves, and the rest goes: <c>nuke</c> once more.</summary>
internal sealed class RemovalStep : IRehearsalStep
{
    private static readonly TimeSpan Departure = TimeSpan.FromMinutes(3);

    public string Name => "removal";

    public string Title => "The unmanaged instance is terminated: nuke again";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var guest = context.Guest!;
        context.Cloud.Region(guest.Region).Call("TerminateInstances", ("InstanceId.1", guest.Id));
        await Task.Delay(Departure, context.Cloud.Clock, cancellationToken).ConfigureAwait(false);
        context.Story.Say($"Its owner terminates {guest.Id}.");

        var removals = new RemovalLog();
        context.Proof = await context.Engine.Removal.RemoveAsync(new RemovalScope(), removals.Add, context.Run.Host, cancellationToken).ConfigureAwait(false);
        SpotRemoval[] outcomes = removals.ToArray();
        context.Run.Report.Add("removals", outcomes);
        context.Story.Report(console => RemovalTable.Write(console, outcomes));
        context.Claim(
            outcomes.Any(removal => removal.Id == guest.VpcId && removal.Outcome == SpotRemovalOutcome.Removed),
            $"The managed VPC {guest.VpcId} is removed.");
    }
}
