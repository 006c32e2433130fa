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
        Description = "Vast.ai: when its GPU is taken, let the start wait for it; it is billed from the moment that it starts.",
    };

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Wait until each runs.",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Accepted so that a script can give it to every command. A start prompts only for unmanaged instances, which it confirms.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "start",
            "Start machines that were stopped.",
            [.. MachineOptions.All, VastOptions.IncludeForeign, Queue, Wait, CommonOptions.Timeout, Force, CommonOptions.WhatIf]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = MachineOptions.ToWorkQuery(parsed);
        var timeout = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid);
        if (timeout is not null && !parsed.GetValue(Wait))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--timeout has a meaning only with --wait: add it, or leave out --timeout.");
        }

        var request = new StartRequest { MayQueue = parsed.GetValue(Queue) };
        using var engine = run.OpenEngine();
        var start = new MachineChange("Start", keys => engine.Power.StartAsync(keys, request, run.Host, cancellationToken));
        var started = await start.ExecuteAsync(run, parsed, engine, query, parsed.GetValue(Force), cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(Wait) && started.Count > 0)
        {
            await WaitCommand.WaitAsync(run, engine, ChosenMachines.Keys(started), WaitCondition.Running, timeout ?? DefaultWait, cancellationToken).ConfigureAwait(false);
        }
    }
}
