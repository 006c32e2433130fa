using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Clusters;
using SpotCluster.Simulator.Faults;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>The answer to a rent is lost; the machine is found by its label, and no second one is rented.</summary>
internal sealed class LostAnswerStep : IRehearsalStep
{
    public string Name => "lost-answer";

    public string Title => "The connection is lost during a rental";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var before = context.Cloud.Vast.Machines.Count;
        context.Cloud.Faults.Add(new FaultRule { Service = "vast", Operation = "CreateInstance", Action = FaultAction.ResetAfter, Times = 1 });
        var request = new RentRequest
        {
            OfferId = context.Cloud.Vast.FreeOffers[0].ToString(System.Globalization.CultureInfo.InvariantCulture),
            Image = "pytorch/pytorch:latest",
        };
        var instance = await context.Engine.Vast.RentAsync(request, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("adopted", instance);
        context.Story.Say(
            $"Instance {instance.Id} was found by its label: {Cells.Count(context.Cloud.Vast.Machines.Count - before, "instance")} more than before.");
    }
}
