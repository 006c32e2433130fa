using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Cli.Commands;

/// <summary><c>create</c>: plans a cluster, shows its price, launches it.</summary>
internal static class CreateCommand
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(10);

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Wait until every instance is running.",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Accepted for uniformity in scripts; create does not prompt.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "create",
            "Launch a cluster over one or more regions.",
            [.. ClusterOptions.All, Wait, CommonOptions.Timeout, CommonOptions.WhatIf, Force]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var request = ClusterOptions.ToRequest(parsed);
        var timeout = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid);
        if (timeout is not null && !parsed.GetValue(Wait))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--timeout is not supported without --wait: add --wait, or omit --timeout.");
        }

        var isWhatIf = parsed.GetValue(CommonOptions.WhatIf);
        using var engine = run.OpenEngine();

        var plan = await run.Host.TrackAsync(() => engine.Clusters.PlanAsync(request, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("whatIf", isWhatIf);
        run.Report.Add("plan", plan.Summary);
        if (isWhatIf)
        {
            if (!run.IsJson)
            {
                PlanTable.Write(run.Console, plan.Summary);
            }

            Messages.WriteNote(run.Console, "What if: nothing was changed.");
            return;
        }

        Messages.WriteNote(run.Console, $"Launching {request.Name}: {PlanTable.Summary(plan.Summary)}");
        run.AfterInterruption = () => WhatExists(run, request.Name, plan.Summary);
        var cluster = await run.Host.TrackAsync(() => engine.Clusters.LaunchAsync(plan, run.Host, cancellationToken)).ConfigureAwait(false);
        run.AfterInterruption = () => $"Cluster '{cluster.Name}' was created: {cluster.Running} of {Cells.Number(cluster.Wanted)} instances, {Cells.HourlyPrice(cluster.HourlyPrice)} per hour. To remove it: spotcluster destroy --name {cluster.Name}";
        run.Report.Add("cluster", cluster);
        if (!run.IsJson)
        {
            ClusterTable.WriteRegions(run.Console, cluster);
        }

        if (parsed.GetValue(Wait))
        {
            await WaitAsync(run, engine, cluster, timeout ?? DefaultWait, cancellationToken).ConfigureAwait(false);
        }

        Messages.WriteNote(
            run.Console,
            $"{cluster.Name}: {cluster.Running} of {Cells.Number(cluster.Wanted)} launched, {Cells.HourlyPrice(cluster.HourlyPrice)} per hour without disks and public addresses. "
            + $"To remove it: spotcluster destroy --name {cluster.Name}");
    }

    private static async Task WaitAsync(
        CommandRun run, IEngineSession engine, Cluster cluster, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var reached = await run.Host.TrackAsync(async () =>
        {
            var query = new InstanceQuery
            {
                ClusterNames = [cluster.Name],
                Regions = [.. cluster.Regions.Select(region => region.Region)],
                States = [SpotInstanceState.Pending, SpotInstanceState.Running],
                IncludePrice = false,
            };
            var machines = await engine.Clusters.GetInstancesAsync(query, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            return await engine.Clusters.WaitAsync(ChosenInstances.Keys(machines), WaitCondition.Running, timeout, run.Host, cancellationToken)
                .ToListAsync(cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);

        run.Report.Add("instances", reached);
        if (!run.IsJson)
        {
            InstanceTable.Write(run.Console.Out, run.Console, reached, run.Now);
        }
    }

    private static string? WhatExists(CommandRun run, string name, SpotPlan plan) => run.Calls.Changes == 0
        ? null
        : $"Parts of cluster '{name}' may exist in {string.Join(", ", run.Calls.ChangedRegions)}, all of them tagged, at most {Cells.HourlyPrice(plan.MaxHourlyCost)} per hour. "
            + $"To remove them: spotcluster destroy --name {name}";
}
