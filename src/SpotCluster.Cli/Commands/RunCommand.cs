using System.CommandLine;
using System.Globalization;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>run</c>: runs a command on machines, many at a time.</summary>
internal static class RunCommand
{
    private static readonly Argument<string[]> CommandWords = new("COMMAND")
    {
        Description = "Command for the shell of the instances, preferably after --; its words are joined by spaces, as ssh does.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> CommandText = new("--command")
    {
        Description = "Command as one string.",
        HelpName = "COMMAND",
    };

    private static readonly Option<string?> ThrottleLimit = new("--throttle-limit")
    {
        Description = "Maximum number of instances at the same time. Default: 32.",
        HelpName = "N",
    };

    private static readonly Option<string?> Timeout = new("--timeout")
    {
        Description = "Time limit of the command on each instance, for example 10m. Default: 2m.",
        HelpName = "DURATION",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "run",
            "Run a command on many instances at a time: spotcluster run --name demo -- uptime",
            [.. InstanceOptions.All, CommandText, NodeOptions.PrivateKeyPath, ThrottleLimit, Timeout, CommonOptions.WhatIf]);
        command.Add(CommandWords);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = InstanceOptions.ToWorkQuery(parsed);
        var request = ToRequest(parsed);
        var isWhatIf = parsed.GetValue(CommonOptions.WhatIf);
        using var engine = run.OpenEngine();
        run.Report.Add("whatIf", isWhatIf);
        run.Report.Add("results", Array.Empty<SpotCommandResult>());
        var machines = await ChosenInstances.FindAsync(run, engine, query with { IncludePrice = isWhatIf, IncludeHealth = isWhatIf }, cancellationToken).ConfigureAwait(false);
        if (isWhatIf)
        {
            ChosenInstances.ReportWhatIf(run, machines, "Run the command on");
            return;
        }

        var ended = 0;
        run.AfterInterruption = () => $"The command ended on {ended} of {Cells.Count(machines.Count, "instance")}; on the others it may have run partially.";
        var good = 0;
        await run.Host.WatchAsync(async () =>
        {
            await foreach (var result in engine.Ssh.RunAsync(machines, request, run.Host, cancellationToken).ConfigureAwait(false))
            {
                ended++;
                good += result.ExitCode == 0 ? 1 : 0;
                run.Report.Append("results", result);
                if (!run.IsJson)
                {
                    run.Host.WriteOutput(console => CommandOutput.Write(console, result));
                }

                ReportFailure(run, result, request.Timeout);
            }

            return true;
        }).ConfigureAwait(false);

        Messages.WriteNote(run.Console, $"Exit code 0 on {good} of {Cells.Count(machines.Count, "instance")}.");
    }

    private static SshRequest ToRequest(ParseResult parsed)
    {
        var words = parsed.GetValue(CommandWords) ?? [];
        var text = parsed.GetValue(CommandText);
        if (words.Length > 0 == text is not null || string.IsNullOrWhiteSpace(text ?? string.Join(' ', words)))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "Exactly one command is required: spotcluster run --name demo -- uptime, or --command uptime");
        }

        var request = new SshRequest { Command = text ?? string.Join(' ', words), PrivateKeyPath = parsed.GetValue(NodeOptions.PrivateKeyPath) };
        return request with
        {
            ThrottleLimit = parsed.WholeNumber(ThrottleLimit, 1, 256, SpotErrorIds.ParameterInvalid) ?? request.ThrottleLimit,
            Timeout = parsed.Duration(Timeout, SpotErrorIds.ParameterInvalid) ?? request.Timeout,
        };
    }

    // That ssh itself failed (255) is told by the engine, with the reason.
    private static void ReportFailure(CommandRun run, SpotCommandResult result, TimeSpan limit)
    {
        if (result.ExitCode is 0 or 255)
        {
            return;
        }

        run.Host.Error(new SpotException(
            SpotErrorIds.CommandFailed,
            result.TimedOut ? SpotErrorCategory.Timeout : SpotErrorCategory.InvalidOperation,
            result.TimedOut
                ? $"On {result.NodeId} the command was stopped after {Cells.Duration(limit)}."
                : $"On {result.NodeId} the command ended with exit code {result.ExitCode?.ToString(CultureInfo.InvariantCulture)}.")
        {
            Target = result.NodeId,
            Region = result.Region,
        });
    }
}
