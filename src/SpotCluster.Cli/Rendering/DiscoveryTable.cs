using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Settings that were read back from resources.</summary>
internal static class DiscoveryTable
{
    public static void Write(IConsole console, IReadOnlyList<SpotDiscovery> found)
    {
        foreach (var one in found)
        {
            var grid = new Grid().AddColumn(new GridColumn { NoWrap = true }).AddColumn();
            Row("filterTagName", one.FilterTagName);
            Row("filterTagValue", one.FilterTagValue);
            Row("creator", one.Creator ?? "unknown");
            Row("resourcePrefix", one.ResourcePrefix ?? "unknown");
            Row("vpcName", one.VpcName ?? "unknown");
            Row("Clusters", string.Join(", ", one.Clusters));
            Row("Regions", string.Join(", ", one.Regions));
            Row("Resources", Cells.Number(one.ResourceCount));
            Row("Certain", one.IsCertain ? "yes" : "no: ambiguous tag");
            Row("Effective", one.IsConfigured ? "yes" : "no");
            console.Out.Write(grid);
            console.Out.WriteLine();

            void Row(string name, string value) => grid.AddRow(Cells.Quiet(name), Cells.Of(value));
        }
    }
}
