using Spectre.Console;
using SpotCluster.Cli.Consoles;

namespace SpotCluster.Cli.Rendering;

/// <summary>
/// A table that fits its terminal: where it is too narrow, the frame goes first and then the columns that can be spared,
/// so that an id or a price is never broken. Marks at the start of a heading: <c>&gt;</c> right-aligned, <c>~</c> its cells
/// may wrap, <c>?</c> can be spared (the leftmost first). Where no person looks, nothing is spared.
/// </summary>
internal sealed class ReportTable
{
    private const int FramePerColumn = 3;
    private const int GapPerColumn = 2;
    private const int LeastWrapWidth = 20;

    private readonly IConsole _console;
    private readonly List<Column> _columns;
    private readonly List<Text[]> _rows = [];

    public ReportTable(IConsole console, params string[] headings)
    {
        _console = console;
        _columns = [.. headings.Select((heading, index) => new Column(
            index,
            heading.TrimStart('>', '~', '?'),
            heading.StartsWith('>'),
            heading.StartsWith('~'),
            heading.TrimStart('>', '~').StartsWith('?')))];
    }

    public void Add(params Text[] cells) => _rows.Add(cells);

    /// <summary>Writes it to the console's data, or to another target of the same width.</summary>
    public void Write(IAnsiConsole? target = null)
    {
        var (columns, isFramed) = Fit();
        var table = new Table { Border = isFramed ? TableBorder.Rounded : TableBorder.Simple };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Cells.Strong(column.Heading))
            {
                Alignment = column.IsRight ? Justify.Right : Justify.Left,
                NoWrap = !column.Wraps,
                Padding = isFramed ? new Padding(1, 0) : new Padding(0, 0, 1, 0),
            });
        }

        foreach (var row in _rows)
        {
            table.AddRow(columns.Select(column => row[column.Index]));
        }

        (target ?? _console.Out).Write(table);
    }

    private (List<Column> Columns, bool IsFramed) Fit()
    {
        if (!_console.IsOutTerminal)
        {
            return (_columns, false);
        }

        var width = _console.Out.Profile.Width;
        if (Width(_columns, FramePerColumn) <= width)
        {
            return (_columns, true);
        }

        List<Column> columns = [.. _columns];
        while (Width(columns, GapPerColumn) > width && columns.Find(column => column.CanBeSpared) is { } spared)
        {
            columns.Remove(spared);
        }

        return (columns, false);
    }

    private int Width(List<Column> columns, int perColumn) =>
        columns.Sum(column => Math.Max(column.Heading.Length, column.Wraps ? LeastWrapWidth : Longest(column)) + perColumn) + perColumn;

    private int Longest(Column column) => _rows.Count == 0 ? 0 : _rows.Max(row => row[column.Index].Length);

    private sealed record Column(int Index, string Heading, bool IsRight, bool Wraps, bool CanBeSpared);
}
