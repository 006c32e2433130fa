using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>cost</c>: what the machines that exist cost per hour, and have cost until now.</summary>
internal static class CostCommand
{
    private static readonly Option<string[]> Name = new("--name", "--cluster-name")
    {
        Description = "Only these clusters; wildcards.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> InstanceId = new("--instance-id")
    {
        Description = "Only these instances, with their disks.",
        HelpName = "ID[,ID]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Scope = new("--scope")
    {
        Description = $"Rows to show: {Words.CostScopes.Words}. Default: cluster. JSON contains all.",
        HelpName = "SCOPE",
    };

    private static readonly Option<bool> IncludeEnded = new("--include-ended")
    {
        Description = "Include terminated instances while AWS lists them, about one hour.",
    };

    private static readonly Option<string?> Budget = new("--budget")
    {
        Description = "Budget in USD: 2.50/h per hour, 40/d per day (24 times the hourly price), 100 for the cost to date. Exit code 1 if exceeded, 3 if a cost is unknown.",
        HelpName = "USD",
    };

    private static readonly Option<string?> OnBudgetExceeded = new("--on-budget-exceeded")
    {
        Description = "Action if --budget is exceeded: destroy-mine or stop-mine for the measured managed instances, or none. Prompts for confirmation unless --force is given. Default: none.",
        HelpName = "WHAT",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "With --on-budget-exceeded: do not prompt.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "cost",
            "Show what instances, disks and public addresses cost per hour and to date, and how long the credit at Vast.ai lasts.",
            Name,
            CommonOptions.Region,
            InstanceId,
            VastOptions.ListedProvider,
            Scope,
            IncludeEnded,
            Budget,
            OnBudgetExceeded,
            Force);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var scope = parsed.Choice(Scope, Words.CostScopes) ?? SpotCostScope.Cluster;
        var query = new CostQuery
        {
            ClusterNames = parsed.List(Name),
            Regions = parsed.List(CommonOptions.Region),
            Ids = parsed.List(InstanceId),
            IncludeEnded = parsed.GetValue(IncludeEnded),
            Providers = VastOptions.ProvidersOf(parsed),
            EveryCloud = VastOptions.ProvidersOf(parsed).Length == 0,
            Budget = parsed.Budget(Budget),
        };
        var policy = VastOptions.PolicyOf(parsed, OnBudgetExceeded);
        if (query.Budget is null || policy is null)
        {
            VastOptions.Refuse(parsed, query.Budget is null ? "no --budget" : "no --on-budget-exceeded", query.Budget is null ? [OnBudgetExceeded, Force] : [Force]);
        }

        using var engine = run.OpenEngine();
        var report = await run.Host.TrackAsync(() => engine.Costs.MeasureAsync(query, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("total", report.Total);
        run.Report.Add("clusters", report.Clusters);
        run.Report.Add("regions", report.Regions);
        run.Report.Add("instances", report.Instances);
        if (report.Account is not null)
        {
            run.Report.Add("account", report.Account);
        }

        if (UnmanagedInstances.Of(report.Account) is { } others)
        {
            // The table has a line of its own for them.
            run.Report.Add("unmanaged", others);
        }

        if (!run.IsJson)
        {
            CostTable.Write(run.Console, report, scope);
        }

        FilterTagNote.Write(run, engine);
        ReportMissing(run, query, report);
        var response = new ShutdownAnswer(run, parsed.GetValue(Force)).ToResponse(policy ?? SpotCreditPolicy.None);
        await run.Host.WatchAsync(async () =>
        {
            await new BudgetGuard(engine.Clusters, engine.Power, engine.Removal).RespondAsync(report.BudgetError, query, response, run.Host, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        switch (report.BudgetError)
        {
            case { ErrorId: SpotErrorIds.BudgetExceeded } exceeded:
                throw exceeded;
            case { } unproven:
                run.Host.Error(unproven);
                break;
        }
    }

    private static void ReportMissing(CommandRun run, CostQuery query, CostReport report)
    {
        // With a region unanswered, nothing is claimed about what was not seen.
        if (run.Host.ErrorCount > 0)
        {
            return;
        }

        foreach (var error in ClusterErrors.Missing(query.ClusterNames, report.Clusters.Select(row => row.Name)).Select(name => ClusterErrors.NotFound(name, query.Regions, query.Providers))
            .Concat(query.Ids.Except(report.Instances.Select(row => row.Name), StringComparer.Ordinal).Select(ClusterErrors.InstanceNotFound)))
        {
            run.Host.Error(error);
        }
    }
}
