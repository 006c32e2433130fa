using System.Globalization;
using Spectre.Console;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;

namespace SpotCluster.Cli.Commands;

/// <summary><c>status --watch</c>: the table again and again on a terminal, and each change as a line where no person looks.</summary>
internal static class StatusWatch
{
    public static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(CommandRun run, IEngineSession engine, ClusterQuery query, TimeSpan interval, CancellationToken cancellationToken)
    {
        run.AfterInterruption = () => "The watch has ended; nothing was changed.";
        if (run.IsJson || !run.Console.IsOutTerminal)
        {
            await WriteChangesAsync(run, engine, query, interval, cancellationToken).ConfigureAwait(false);
            return;
        }

        while (true)
        {
            var found = await engine.Clusters.GetClustersAsync(query, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            run.Console.Out.Clear(home: true);
            ClusterTable.WriteStatus(run.Console, [.. found.OrderBy(cluster => cluster.Name, StringComparer.Ordinal)], run.Now, everyRegion: true);
            run.Console.Out.Write(Cells.Quiet(string.Create(
                CultureInfo.InvariantCulture, $"{Cells.Time(run.Now)}, again every {Cells.Duration(interval)}; Ctrl+C ends it.")));
            run.Console.Out.WriteLine();
            await Task.Delay(interval, run.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task WriteChangesAsync(CommandRun run, IEngineSession engine, ClusterQuery query, TimeSpan interval, CancellationToken cancellationToken)
    {
        run.WritesItself();
        await foreach (var change in engine.Clusters.WatchAsync(query, interval, run.Host, cancellationToken).ConfigureAwait(false))
        {
            run.Console.WriteDocument(run.IsJson
                ? JsonReport.ToLine(change)
                : Cells.Clean($"{Cells.Time(change.At)}  {change.ClusterName}  {change.Region}  {change.InstanceId}  {change.From ?? "-"} > {change.To ?? "-"}{(change.Reason is { } why ? "  " + why : "")}"));
        }
    }
}
