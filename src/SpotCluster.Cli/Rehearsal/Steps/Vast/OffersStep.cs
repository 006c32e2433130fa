using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>What can be rented: <c>offers</c>.</summary>
internal sealed class OffersStep : IRehearsalStep
{
    public string Name => "offers";

    public string Title => "What can be rented now";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var query = new OfferQuery { Provider = SpotProvider.Vast, MinGpuMemory = 24, MaxHourlyPrice = VastLaunchStep.MaxHourlyPrice, Limit = 6 };
        var offers = await context.Engine.Vast.FindOffersAsync(query, context.Run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("offers", offers);
        context.Story.Report(console => OfferTable.Write(console, offers));
    }
}
