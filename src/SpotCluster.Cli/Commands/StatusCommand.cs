using System.CommandLine;
using SpotCluster.Cli.Commands.Vast;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>status</c>: per cluster what was wanted, what runs, and what it costs.</summary>
internal static class StatusCommand
{
    private static readonly Option<string[]> Name = new("--name")
    {
        Description = "Only these clusters; wildcards.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> Cost = new("--cost")
    {
        Description = "Also show the cost to date, including disks and addresses.",
    };

    private static readonly Option<bool> Watch = new("--watch")
    {
        Description = "Refresh until Ctrl+C, and remove what expires meanwhile; with --json, write one line per change.",
    };

    private static readonly Option<string?> Interval = new("--interval")
    {
        Description = "Interval between refreshes with --watch. Default: 15s.",
        HelpName = "DURATION",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "status", "Show clusters with their wanted, running and healthy instances and their cost.", Name, CommonOptions.Region, VastOptions.ListedProvider, Cost, Watch, Interval);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        UnmanagedInstances? others = null;
        var query = new ClusterQuery
        {
            Names = parsed.List(Name),
            Regions = parsed.List(CommonOptions.Region),
            Providers = VastOptions.ProvidersOf(parsed),
            EveryCloud = VastOptions.ProvidersOf(parsed).Length == 0,
            OnUnmanaged = found => others = found,
        };
        var interval = parsed.Duration(Interval, SpotErrorIds.ParameterInvalid);
        if (interval is not null && !parsed.GetValue(Watch))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--interval is not supported without --watch: add --watch, or omit --interval.");
        }

        using var engine = run.OpenEngine();
        if (parsed.GetValue(Watch))
        {
            await new StatusWatch(run, engine, query, interval ?? StatusWatch.UsualInterval).RunAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        var listing = engine.Clusters.GetClustersAsync(query, run.Host, cancellationToken);
        listing = parsed.GetValue(Cost) ? listing.WithCostAsync(engine.Costs, query.Regions, run.Host, cancellationToken) : listing;
        var found = await run.Host.TrackAsync(async () => await listing.ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

        var clusters = found.OrderBy(cluster => cluster.Name, StringComparer.Ordinal).ToList();
        run.Report.Add("clusters", clusters);
        if (!run.IsJson && clusters.Count > 0)
        {
            ClusterTable.WriteStatus(run.Console, clusters, run.Now, everyRegion: query.Names.Count > 0);
        }

        FilterTagNote.Write(run, engine);
        if (others is not null)
        {
            UnmanagedNote.Write(run, others);
        }

        // With a region unanswered, nothing is claimed about what was not seen.
        if (run.Host.ErrorCount > 0)
        {
            return;
        }

        foreach (var name in ClusterErrors.Missing(query.Names, clusters.Select(cluster => cluster.Name)))
        {
            var missing = ClusterErrors.NotFound(name, query.Regions, query.Providers);
            run.Host.Error(clusters.Count > 0 ? missing : throw missing);
        }

        if (clusters.Count == 0)
        {
            Messages.WriteNote(run.Console, "No cluster exists" + run.Host.Whole);
        }
    }
}
