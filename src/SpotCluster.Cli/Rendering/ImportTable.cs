using SpotCluster.Backend.Original;
using SpotCluster.Cli.Consoles;

namespace SpotCluster.Cli.Rendering;

/// <summary>What an import takes over from the original backend, and what not.</summary>
internal static class ImportTable
{
    public static void Write(IConsole console, IReadOnlyCollection<ImportItem> items)
    {
        var table = new ReportTable(console, "Kind", "Id", "Name", "?Region", "?Since", "Import");
        foreach (var item in items)
        {
            table.Add(
                Cells.Of(item.Kind),
                Cells.Of(item.Id),
                Cells.Of(item.Name),
                Cells.Of(item.Region),
                Cells.Of(item.Since is null ? "" : Cells.Time(item.Since)),
                item.IsImported ? Cells.Strong("yes") : Cells.Quiet(item.IsKnown ? "imported before" : $"no: {item.Reason}"));
        }

        table.Write();
    }
}
