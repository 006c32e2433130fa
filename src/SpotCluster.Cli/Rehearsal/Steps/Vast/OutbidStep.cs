using System.Globalization;
using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>Somebody bids more for one machine; the list says so.</summary>
internal sealed class OutbidStep : IRehearsalStep
{
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(6);

    public string Name => "outbid";

    public string Title => "One instance is outbid";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var victim = context.Instances[0];
        await Task.Delay(Later, context.Cloud.Clock, cancellationToken).ConfigureAwait(false);
        context.Cloud.Vast.Outbid(long.Parse(victim.Id, CultureInfo.InvariantCulture));
        var now = await context.Engine.Vast
            .GetInstancesAsync(new InstanceQuery { Ids = [victim.Id] }, context.Run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("outbid", now);
        context.Story.Report(console => RentalTable.Write(console, now));
        context.Story.Say("It is stopped, and its disk is still billed.");
    }
}
