using System.Globalization;
using Spectre.Console;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;

namespace SpotCluster.Cli.Commands;

/// <summary>
/// <c>status --watch</c>: the table again and again on a terminal, and each change as a line where no person looks. What is
/// expired, or idle for as long as it was rented to be, is removed meanwhile.
/// </summary>
internal sealed class StatusWatch
{
    public static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(15);

    private readonly CommandRun _run;
    private readonly IEngineSession _engine;
    private readonly ClusterQuery _query;
    private readonly TimeSpan _interval;
    private readonly ClusterKeeper _keeper;

    public StatusWatch(CommandRun run, IEngineSession engine, ClusterQuery query, TimeSpan interval)
    {
        (_run, _engine, _interval) = (run, engine, interval);
        _keeper = new ClusterKeeper(engine.Costs, engine.Removal, new BudgetGuard(engine.Clusters, engine.Power, engine.Removal), engine.Time ?? run.Clock) { Scope = query };
        _query = query with { AfterLook = _keeper.KeepAsync };
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _run.AfterInterruption = () => _keeper.Removed == 0
            ? "The watch ended; nothing was changed."
            : $"The watch ended; {Cells.Count(_keeper.Removed, "expired or idle resource")} {(_keeper.Removed == 1 ? "was" : "were")} removed.";
        if (_run.IsJson || !_run.Console.IsOutTerminal)
        {
            await WriteChangesAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        // Its first look draws the table, and each later one draws it anew.
        var drawing = _query with
        {
            AfterLook = async (seen, host, token) =>
            {
                await DrawAsync(token).ConfigureAwait(false);
                await _keeper.KeepAsync(seen, host, token).ConfigureAwait(false);
            },
        };
        await foreach (var change in _engine.Clusters.WatchAsync(drawing, _interval, _run.Host, cancellationToken).ConfigureAwait(false))
        {
        }
    }

    private async Task DrawAsync(CancellationToken cancellationToken)
    {
        var found = await _engine.Clusters.GetClustersAsync(_query, _run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        _run.Console.Out.Clear(home: true);
        ClusterTable.WriteStatus(_run.Console, [.. found.OrderBy(cluster => cluster.Name, StringComparer.Ordinal)], _run.Now, everyRegion: true);
        _run.Console.Out.Write(Cells.Quiet(string.Create(
            CultureInfo.InvariantCulture, $"{Cells.Time(_run.Now)}, refreshed every {Cells.Duration(_interval)}; press Ctrl+C to end.")));
        _run.Console.Out.WriteLine();
    }

    private async Task WriteChangesAsync(CancellationToken cancellationToken)
    {
        _run.WritesItself();
        await foreach (var change in _engine.Clusters.WatchAsync(_query, _interval, _run.Host, cancellationToken).ConfigureAwait(false))
        {
            _run.Console.WriteDocument(_run.IsJson
                ? JsonReport.ToLine(change)
                : Cells.Clean($"{Cells.Time(change.At)}  {change.ClusterName}  {change.Region}  {change.InstanceId}  {change.From ?? "-"} > {change.To ?? "-"}{(change.Reason is { } why ? "  " + why : "")}"));
        }
    }
}
