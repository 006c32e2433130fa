using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>start</c>: starts machines that were stopped.</summary>
internal static class StartCommand
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(10);

    private static readonly Option<bool> Queue = new("--queue")
    {
        Description = "Vast.ai: if the GPU is in use, schedule the start; the instance is billed when it starts.",
    };

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Wait until each instance is running.",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt for unmanaged instances. A start prompts for nothing else.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "start",
            "Start stopped instances.",
            [.. InstanceOptions.All, VastOptions.IncludeForeign, Queue, Wait, CommonOptions.Timeout, Force, CommonOptions.WhatIf]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = InstanceOptions.ToWorkQuery(parsed);
        var timeout = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid);
        if (timeout is not null && !parsed.GetValue(Wait))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--timeout is not supported without --wait: add --wait, or omit --timeout.");
        }

        var request = new StartRequest { MayQueue = parsed.GetValue(Queue) };
        using var engine = run.OpenEngine();
        var start = new InstanceChange("Start", keys => engine.Power.StartAsync(keys, request, run.Host, cancellationToken));
        var started = await start.ExecuteAsync(run, parsed, engine, query, parsed.GetValue(Force), cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(Wait) && started.Count > 0)
        {
            await WaitCommand.WaitAsync(run, engine, ChosenInstances.Keys(started), WaitCondition.Running, timeout ?? DefaultWait, cancellationToken).ConfigureAwait(false);
        }
    }
}
