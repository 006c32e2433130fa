using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>wait</c>: waits until machines reach a condition.</summary>
internal static class WaitCommand
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    private static readonly Option<string?> For = new("--for")
    {
        Description = $"What to wait for: {Words.WaitConditions.Words}. Default: running.",
        HelpName = "CONDITION",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "wait",
            "Wait until instances are running, reachable, healthy, or terminated.",
            [.. InstanceOptions.All, For, CommonOptions.Timeout]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    /// <summary>Waits for machines, and shows those that got there; the others are errors.</summary>
    public static async Task WaitAsync(
        CommandRun run, IEngineSession engine, IReadOnlyList<InstanceKey> keys, WaitCondition condition, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var reached = await run.Host.TrackAsync(async () => await engine.Clusters
            .WaitAsync(keys, condition, timeout, run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        run.Report.Add("instances", reached);
        if (!run.IsJson && reached.Count > 0)
        {
            InstanceTable.Write(run.Console.Out, run.Console, reached, run.Now);
        }
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = InstanceOptions.ToWorkQuery(parsed);
        var condition = parsed.Choice(For, Words.WaitConditions) ?? WaitCondition.Running;
        var timeout = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid) ?? DefaultTimeout;
        using var engine = run.OpenEngine();

        // A machine that was launched just now may not be listed yet, so ids are given to the wait as they are.
        var keys = query is { Ids.Count: > 0, ClusterNames.Count: 0, States.Count: 0, Tags.Count: 0 }
            ? ChosenInstances.Keys(query.Ids, query.Regions)
            : ChosenInstances.Keys(await ChosenInstances.FindAsync(run, engine, Restrict(query, condition), cancellationToken).ConfigureAwait(false));
        run.AfterInterruption = () => condition == WaitCondition.Terminated ? null
            : $"{Cells.Count(keys.Length, "instance")} {(keys.Length == 1 ? "remains and is" : "remain and are")} billed. To see the price: spotcluster cost. To remove them: spotcluster destroy --instance-id {string.Join(',', keys.Select(key => key.Id))}";
        await WaitAsync(run, engine, keys, condition, timeout, cancellationToken).ConfigureAwait(false);
    }

    // Of a cluster, what is on its way out will never run, and is not waited for.
    private static InstanceQuery Restrict(InstanceQuery query, WaitCondition condition) => query with
    {
        IncludePrice = false,
        IncludeHealth = false,
        States = condition == WaitCondition.Terminated || query.States.Count > 0 ? query.States : [SpotInstanceState.Pending, SpotInstanceState.Running],
    };
}
