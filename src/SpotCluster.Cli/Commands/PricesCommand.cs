using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>prices</c>: the spot prices of pools, now or over a time.</summary>
internal static class PricesCommand
{
    private static readonly Option<string[]> Zone = new("--zone")
    {
        Description = "Only these zones; wildcards.",
        HelpName = "ZONE[,ZONE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Last = new("--last")
    {
        Description = "Length of the price history, for example 7d; AWS retains 90 days. Default: current prices only.",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> ProductDescription = new("--product-description")
    {
        Description = "Product description, as AWS names it. Default: Linux/UNIX.",
        HelpName = "SYSTEM",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "prices", "Show current spot prices per zone, or their history.", CommonOptions.Region, Zone, OfferOptions.InstanceType, Last, ProductDescription);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = new PriceQuery
        {
            Regions = parsed.List(CommonOptions.Region),
            Zones = parsed.List(Zone),
            InstanceTypes = parsed.List(OfferOptions.InstanceType),
            Last = parsed.Duration(Last, SpotErrorIds.ParameterInvalid) ?? TimeSpan.Zero,
        };
        query = parsed.GetValue(ProductDescription) is { } product ? query with { ProductDescription = product } : query;
        using var engine = run.OpenEngine();
        var found = await run.Host.TrackAsync(async () =>
            await engine.Costs.GetPricesAsync(query, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

        SpotPrice[] prices =
        [
            .. found.OrderBy(price => price.InstanceType, StringComparer.Ordinal)
                .ThenBy(price => price.Zone, StringComparer.Ordinal)
                .ThenBy(price => price.At),
        ];
        run.Report.Add("prices", prices);
        if (!run.IsJson && prices.Length > 0)
        {
            PriceTable.Write(run.Console, prices);
        }

        if (prices.Length == 0 && run.Host.ErrorCount == 0)
        {
            Messages.WriteNote(run.Console, "No spot price matches" + run.Host.Whole);
        }
    }
}
