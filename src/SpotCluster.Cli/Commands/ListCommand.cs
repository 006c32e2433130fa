using System.CommandLine;
using SpotCluster.Cli.Commands.Vast;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>list</c>: the machines that exist now, with their prices.</summary>
internal static class ListCommand
{
    private static readonly Option<bool> Cost = new("--cost")
    {
        Description = "Also show the cost to date, including disks and addresses.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "list", "List all instances in every enabled region and at Vast.ai.", [.. InstanceOptions.All, Cost, VastOptions.IncludeForeign]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = InstanceOptions.ToQuery(parsed) with { IncludeForeign = parsed.GetValue(VastOptions.IncludeForeign) };

        // Vast.ai alone has the table of its own program.
        if (query.Providers is [SpotProvider.Vast] || (query.Providers.Count == 0 && query.Ids.Count > 0 && query.Ids.All(InstanceKey.IsVastId)))
        {
            await InstancesCommand.ExecuteAsync(run, query, cancellationToken).ConfigureAwait(false);
            return;
        }

        UnmanagedInstances? others = null;
        query = query with { OnUnmanaged = found => others = found };
        using var engine = run.OpenEngine();
        var listing = engine.Clusters.GetInstancesAsync(query, run.Host, cancellationToken);
        listing = parsed.GetValue(Cost) ? listing.WithCostAsync(engine.Costs, run.Host, cancellationToken) : listing;
        var found = await run.Host.TrackAsync(async () => await listing.ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

        SpotInstance[] instances =
        [
            .. found.OrderBy(instance => instance.ClusterName, StringComparer.Ordinal)
                .ThenBy(instance => instance.Region, StringComparer.Ordinal)
                .ThenBy(instance => instance.Zone, StringComparer.Ordinal)
                .ThenBy(instance => instance.Id, StringComparer.Ordinal),
        ];
        run.Report.Add("instances", instances);
        run.Report.Add("hourlyPrice", InstanceTable.Sum(instances));
        if (!run.IsJson && instances.Length > 0)
        {
            InstanceTable.Write(run.Console.Out, run.Console, instances, run.Now, parsed.GetValue(Cost));
        }

        FilterTagNote.Write(run, engine);
        if (others is not null)
        {
            UnmanagedNote.Write(run, others);
        }

        // With a region unanswered, nothing is claimed about what was not seen.
        if (run.Host.ErrorCount == 0)
        {
            ReportMissing(run, query, instances);
        }
    }

    private static void ReportMissing(CommandRun run, InstanceQuery query, SpotInstance[] instances)
    {
        foreach (var error in ClusterErrors.Missing(query.ClusterNames, instances.Select(instance => instance.ClusterName)).Select(ClusterErrors.NoInstance)
            .Concat(query.Ids.Except(instances.Select(instance => instance.Id), StringComparer.Ordinal).Select(ClusterErrors.InstanceNotFound)))
        {
            run.Host.Error(error);
        }

        if (instances.Length == 0 && run.Host.ErrorCount == 0)
        {
            Messages.WriteNote(run.Console, "No managed instance matches" + run.Host.Whole);
        }
    }
}
