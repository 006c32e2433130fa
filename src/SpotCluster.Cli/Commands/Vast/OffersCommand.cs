using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>offers</c>: what can be rented now, cheapest first.</summary>
internal static class OffersCommand
{
    public static Command Build(CliEnvironment environment)
    {
        var command = CommonOptions.CloudCommand(
            "offers", "Find GPU machines that can be rented at Vast.ai now, cheapest first.", [.. VastOptions.Filters, VastOptions.Limit, VastOptions.OnlyVast]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(environment, parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        VastOptions.RequireVast(parsed, "offers");
        var query = VastOptions.ToQuery(parsed) with { Limit = VastOptions.LimitOf(parsed) };
        using var engine = run.OpenEngine();
        var offers = await run.Host.TrackAsync(async () =>
            await engine.Vast.FindOffersAsync(query, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        run.Report.Add("offers", offers);
        if (offers.Count == 0)
        {
            Messages.WriteNote(run.Console, "No offer fits.");
        }
        else if (!run.IsJson)
        {
            OfferTable.Write(run.Console, offers);
        }
    }
}
