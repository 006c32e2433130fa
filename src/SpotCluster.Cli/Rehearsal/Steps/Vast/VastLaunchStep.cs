using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>A launch by price in a market that is against it: <c>auto</c>.</summary>
internal sealed class VastLaunchStep : IRehearsalStep
{
    public const decimal MaxHourlyPrice = 0.50m;

    public string Name => "launch";

    public string Title => "Rent the cheapest three; one offer is no longer available, one image does not start";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        context.Cloud.Vast.SetFates(VastFate.OfferGone, VastFate.Runs, VastFate.LoadError);
        var request = new RentalClusterRequest
        {
            Name = context.Request.Name,
            Count = context.Request.Count,
            Image = "pytorch/pytorch:latest",
            Offers = new OfferQuery { Provider = SpotProvider.Vast, MinGpuMemory = 24, MaxHourlyPrice = MaxHourlyPrice },
            PublicKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIRehearsal rehearsal"],
        };
        context.Cluster = await context.Engine.Vast.LaunchAsync(request, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("cluster", context.Cluster);
        context.Story.Say(
            $"{context.Cluster.Running} of {Cells.Number(context.Cluster.Wanted)} running, {Cells.HourlyPrice(context.Cluster.HourlyPrice)} per hour.");
    }
}
