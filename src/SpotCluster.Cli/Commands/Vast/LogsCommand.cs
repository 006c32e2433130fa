using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>logs</c>: the log of an instance's container, or of its host's daemon.</summary>
internal static class LogsCommand
{
    private const int MostLines = 10_000;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    private static readonly Argument<string> Id = new("ID")
    {
        Description = "The instance, as 'spotcluster instances' shows it.",
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

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand("logs", "Show the log of an instance at Vast.ai.", Tail, Daemon, Follow, VastOptions.OnlyVast);
        command.Add(Id);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
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
            var text = await engine.Vast.GetLogAsync(key, lines, isDaemon, run.Host, cancellationToken).ConfigureAwait(false);
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
}
