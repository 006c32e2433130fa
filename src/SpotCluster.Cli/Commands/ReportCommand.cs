using System.CommandLine;
using System.Globalization;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Reports;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>report</c>: clusters, machines and what they cost over time, on one page for a browser.</summary>
internal static class ReportCommand
{
    private static readonly Option<string> Html = new("--html", "--path")
    {
        Description = "File to write: one self-contained page that opens offline.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<string[]> Name = new("--name", "--cluster-name")
    {
        Description = "Only these clusters; wildcards.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Since = new("--since")
    {
        Description = "Start of the charts: a time (2026-01-31T12:00Z) or an age (2d). Default: the first launch.",
        HelpName = "TIME",
    };

    private static readonly Option<bool> Force = new("--force") { Description = "Overwrite the file." };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "report", "Write clusters, instances and their costs over time to one HTML page.", Html, Name, Since, Force);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var request = new ReportRequest { ClusterNames = parsed.List(Name), Since = SinceOf(parsed, run.Now) };
        var path = Path.GetFullPath(parsed.GetRequiredValue(Html));
        using var engine = run.OpenEngine();
        var written = await run.Host.TrackAsync(() =>
            engine.Reports.WriteAsync(path, request, parsed.GetValue(Force), run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("report", written);
        if (!run.IsJson)
        {
            Messages.WriteNote(
                run.Console,
                $"{written.Path}: {Cells.Count(written.ClusterCount, "cluster")}, {Cells.Count(written.InstanceCount, "instance")}"
                + (written.Accounts.Length == 0 ? "." : $", {Cells.HourlyPrice(written.HourlyCost)} per hour at AWS."));
        }
    }

    private static DateTimeOffset? SinceOf(ParseResult parsed, DateTimeOffset now)
    {
        if (parsed.GetValue(Since) is not { } text)
        {
            return null;
        }

        return Durations.TryParse(text, out var ago) ? now - ago
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
            : throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{text}' is not valid for --since: specify a time such as 2026-01-31T12:00Z, or a duration such as 2d or 6h.")
            {
                Target = text,
            };
    }
}
