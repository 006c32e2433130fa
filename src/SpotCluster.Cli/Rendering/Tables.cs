using Spectre.Console;
using Spectre.Console.Rendering;
using SpotCluster.Cli.Consoles;

namespace SpotCluster.Cli.Rendering;

/// <summary>The look that all tables share.</summary>
internal static class Tables
{
    /// <summary>A table; a column whose heading starts with <c>&gt;</c> is right-aligned.</summary>
    public static Table Create(IConsole console, params string[] columns)
    {
        var table = new Table { Border = console.IsOutTerminal ? TableBorder.Rounded : TableBorder.Simple };
        foreach (var column in columns)
        {
            var isRight = column.StartsWith('>');
            table.AddColumn(new TableColumn(Cells.Strong(isRight ? column[1..] : column))
            {
                Alignment = isRight ? Justify.Right : Justify.Left,
                NoWrap = true,
            });
        }

        return table;
    }

    public static void Add(this Table table, params IRenderable[] cells) => table.AddRow(cells);

    /// <summary>Lets the last column wrap: for sentences.</summary>
    public static Table WrapLast(this Table table)
    {
        table.Columns[^1].NoWrap = false;
        return table;
    }
}
