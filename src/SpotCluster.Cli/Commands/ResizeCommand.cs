using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>resize</c>: another number of machines, or the same number of healthy ones.</summary>
internal static class ResizeCommand
{
    private static readonly Option<string?> Name = new("--name")
    {
        Description = "Name of the cluster.",
        HelpName = "NAME",
        Required = true,
    };

    private static readonly Option<string?> Count = new("--count")
    {
        Description = "Number of instances over all regions.",
        HelpName = "N",
    };

    private static readonly Option<bool> Repair = new("--repair")
    {
        Description = "Keep the number of instances, and replace those that were interrupted or are not healthy; for a scheduled task.",
    };

    private static readonly Option<string[]> InstanceType = new("--instance-type")
    {
        Description = "Instance types of new instances. Default: those that the cluster was launched with.",
        HelpName = "TYPE[,TYPE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt before instances that work are terminated.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "resize", "Grow, shrink or repair a cluster.", Name, Count, Repair, InstanceType, Force, CommonOptions.WhatIf);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var request = new ResizeRequest
        {
            Name = parsed.GetValue(Name)!,
            Count = parsed.WholeNumber(Count, 1, 100_000, SpotErrorIds.CountInvalid),
            InstanceTypes = parsed.List(InstanceType),
        };
        if (request.Count is null != parsed.GetValue(Repair))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "Exactly one of --count and --repair is required.");
        }

        using var engine = run.OpenEngine();
        var plan = await run.Host.TrackAsync(() => engine.Clusters.PlanResizeAsync(request, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("plan", plan.Summary);
        if (!run.IsJson)
        {
            ResizeTable.Write(run.Console, plan.Summary, run.Now);
        }

        if (parsed.GetValue(CommonOptions.WhatIf) || plan.Summary.IsDone)
        {
            Messages.WriteNote(run.Console, plan.Summary.IsDone ? $"Cluster '{request.Name}' already has the wanted instances; nothing was changed." : "What if: nothing was changed.");
            return;
        }

        // A repair replaces what does not work; a smaller number terminates what does.
        if (!parsed.GetValue(Repair) && plan.Summary.Remove.Length > 0)
        {
            var consent = new Consent(IsWhatIf: false, parsed.GetValue(Force));
            consent.RequireSomebodyToAsk(run, $"cluster '{request.Name}'");
            await consent.AskAsync(
                run,
                $"Terminate {Cells.Count(plan.Summary.Remove.Length, "instance")} of cluster '{request.Name}', {Cells.HourlyPrice(plan.Summary.HourlyPriceBefore)} per hour now and {Cells.HourlyPrice(plan.Summary.HourlyPriceAfter)} afterwards?",
                cancellationToken).ConfigureAwait(false);
        }

        run.AfterInterruption = () => run.Calls.Changes == 0 ? null : $"The resize of cluster '{request.Name}' was started. To finish it: spotcluster resize --name {request.Name} --repair";
        var removals = new RemovalLog();
        var cluster = await run.Host.TrackAsync(() => engine.Clusters.ResizeAsync(plan, removals.Add, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("removals", removals.ToArray());
        run.Report.Add("cluster", cluster);
        if (!run.IsJson)
        {
            ClusterTable.WriteStatus(run.Console, [cluster], run.Now, everyRegion: true);
        }
    }
}
