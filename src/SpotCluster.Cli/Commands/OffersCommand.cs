using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>offers</c>: what can be rented now and at which price, cheapest first.</summary>
internal static class OffersCommand
{
    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "offers", "Find available instances, at Vast.ai or as AWS spot, cheapest first.", OfferOptions.All);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken) =>
        OfferOptions.ProviderOf(parsed) == SpotProvider.Vast
            ? FindVastAsync(run, parsed, cancellationToken)
            : FindAwsAsync(run, parsed, cancellationToken);

    private static async Task FindVastAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = VastOptions.ToQuery(parsed) with { Limit = VastOptions.LimitOf(parsed) };
        using var engine = run.OpenEngine();
        var offers = await run.Host.TrackAsync(async () =>
            await engine.Vast.FindOffersAsync(query, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        run.Report.Add("offers", offers);
        if (offers.Count == 0)
        {
            Messages.WriteNote(run.Console, "No offer matches.");
        }
        else if (!run.IsJson)
        {
            OfferTable.Write(run.Console, offers);
        }
    }

    private static async Task FindAwsAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = OfferOptions.ToQuery(parsed);
        var limit = VastOptions.LimitOf(parsed);
        using var engine = run.OpenEngine();
        var offers = await run.Host.TrackAsync(() => engine.Costs.FindOffersAsync(query, run.Host, cancellationToken)).ConfigureAwait(false);
        SpotOffer[] shown = [.. offers.Take(limit)];
        run.Report.Add("offers", shown);
        run.Report.Add("found", offers.Count);
        if (!run.IsJson && shown.Length > 0)
        {
            PoolTable.Write(run.Console, shown);
        }

        if (offers.Count > shown.Length)
        {
            Messages.WriteNote(run.Console, $"{Cells.Count(shown.Length, "offer")} of {Cells.Number(offers.Count)}; --limit shows more.");
        }
        else if (offers.Count == 0 && run.Host.ErrorCount == 0)
        {
            Messages.WriteNote(run.Console, "No offer matches" + run.Host.Whole);
        }
    }
}
