using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>The credit is exhausted: what is ours goes, with consent, and the error is told last.</summary>
internal sealed class CreditStep : IRehearsalStep
{
    public string Name => "credit";

    public string Title => "The credit is exhausted";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        context.Cloud.Vast.Credit = 0;
        var lines = new List<string>();
        var request = new RentRequest
        {
            OfferId = context.Cloud.Vast.FreeOffers[0].ToString(System.Globalization.CultureInfo.InvariantCulture),
            Image = "pytorch/pytorch:latest",
            RequiredHours = 0,
            OnInsufficientCredit = new ShutdownResponse
            {
                ConsentAsync = (plan, _) =>
                {
                    lines.Add($"Insufficient credit. On confirmation, {Cells.Count(plan.Instances.Count, "managed instance")} would be destroyed: {Cells.HourlyPrice(plan.HourlyPrice)} per hour. Confirmed.");
                    return Task.FromResult(true);
                },
                OnOutcome = outcome => lines.Add(outcome.Error is null
                    ? $"✓ Destroyed instance {outcome.Instance.Id} ({outcome.Instance.GpuName})"
                    : $"✗ {outcome.Error.Message}"),
            },
        };
        try
        {
            await context.Engine.Vast.RentAsync(request, context.Run.Host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ErrorId == SpotErrorIds.InsufficientCredit)
        {
            lines.Add($"The original error: {error.Message}");
        }

        context.Run.Report.Add("insufficientCredit", lines);
        foreach (var line in lines)
        {
            context.Story.Say(line);
        }
    }
}
