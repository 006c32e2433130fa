using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>quota</c>: what the account may run of spot machines, and what it does.</summary>
internal static class QuotaCommand
{
    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "quota", "Show the spot vCPU quota of the account in each region, and its usage.", CommonOptions.Region);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var regions = parsed.List(CommonOptions.Region);
        using var engine = run.OpenEngine();
        var found = await run.Host.TrackAsync(async () =>
            await engine.GetQuotasAsync(regions, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

        // In a region the families stay in their order, the ones that most people use first.
        SpotQuota[] quotas = [.. found.OrderBy(quota => quota.Region, StringComparer.Ordinal)];
        run.Report.Add("quotas", quotas);
        if (!run.IsJson && quotas.Length > 0)
        {
            QuotaTable.Write(run.Console, quotas);
        }
    }
}
