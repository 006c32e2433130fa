using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>logs</c>: the log of a container at Vast.ai, or of its host's daemon; of an instance at AWS what its console shows.</summary>
internal static class LogsCommand
{
    private const int MostLines = 10_000;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    private static readonly Argument<string> Id = new("ID")
    {
        Description = "The instance, as 'spotcluster list' shows it.",
    };

    private static readonly Option<string?> Tail = new("--tail")
    {
        Description = "Number of last lines to show. Default: 1000.",
        HelpName = "N",
    };

    private static readonly Option<bool> Daemon = new("--daemon")
    {
        Description = "Show the log of the host's daemon instead; it shows why a container does not start.",
    };

    private static readonly Option<bool> Follow = new("--follow", "-f")
    {
        Description = "Show new lines until Ctrl+C.",
    };

    private static readonly Option<bool> Latest = new("--latest")
    {
        Description = "AWS: what the console shows now, instead of at the start. Needs a Nitro instance type.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand("logs", "Show the log of an instance at Vast.ai, or the console output of one at AWS.", Tail, Daemon, Follow, Latest, VastOptions.OnlyVast);
        command.Add(Id);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (InstanceKey.IsAwsId(parsed.GetValue(Id)!))
        {
            await ShowConsoleAsync(run, parsed, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (parsed.GetValue(Latest))
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--latest is not supported for an instance at Vast.ai.");
        }

        VastOptions.RequireVast(parsed, "logs");
        var lines = parsed.WholeNumber(Tail, 1, MostLines, SpotErrorIds.CountInvalid) ?? 1000;
        var isDaemon = parsed.GetValue(Daemon);
        var isFollowed = parsed.GetValue(Follow);
        if (isFollowed && run.IsJson)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--follow is not supported with --json.");
        }

        var key = new InstanceKey(parsed.GetValue(Id)!, null, SpotProvider.Vast);
        using var engine = run.OpenEngine();
        run.AfterInterruption = () => "Nothing was changed.";
        var log = new LogTail();
        do
        {
            var text = await run.Host.WatchAsync(() => engine.Vast.GetLogAsync(key, lines, isDaemon, run.Host, cancellationToken)).ConfigureAwait(false);
            run.Report.Add("log", text);
            foreach (var line in run.IsJson ? [] : log.Next(text))
            {
                run.Console.WriteDocument(Cells.Clean(line));
            }

            if (isFollowed)
            {
                await Task.Delay(BetweenLooks, run.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
        while (isFollowed);
    }

    private static async Task ShowConsoleAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Daemon) || parsed.GetValue(Follow))
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"{(parsed.GetValue(Daemon) ? "--daemon" : "--follow")} is not supported for an instance at AWS.")
            {
                RecommendedAction = "Leave it out; what a running instance writes: spotcluster ssh ID -- journalctl -f",
            };
        }

        var lines = parsed.WholeNumber(Tail, 1, MostLines, SpotErrorIds.CountInvalid) ?? 1000;
        using var engine = run.OpenEngine();
        run.AfterInterruption = () => "Nothing was changed.";
        var key = new InstanceKey(parsed.GetValue(Id)!, null, SpotProvider.Aws);
        var text = await run.Host.WatchAsync(() => engine.Power.GetConsoleOutputAsync(key, parsed.GetValue(Latest), run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("log", text);
        foreach (var line in run.IsJson ? [] : text.Split('\n').TakeLast(lines))
        {
            run.Console.WriteDocument(Cells.Clean(line.TrimEnd('\r')));
        }

        if (text.Length == 0)
        {
            Messages.WriteNote(run.Console, "The console has shown nothing yet: AWS keeps its output some minutes after the start of an instance.");
        }
    }
}
