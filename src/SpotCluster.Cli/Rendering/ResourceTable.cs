using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Resources, one per line.</summary>
internal static class ResourceTable
{
    public static void Write(IConsole console, IReadOnlyCollection<SpotResource> resources)
    {
        var table = new ReportTable(console, "Cluster", "Region", "Kind", "Id", "?State", "?VPC", "?Name", "?Unmanaged");
        foreach (var resource in resources)
        {
            table.Add(
                Cells.Strong(resource.ClusterName),
                Cells.Of(resource.Region),
                Cells.Of(resource.Type),
                Cells.Of(resource.Id),
                Cells.Of(resource.State),
                Cells.Of(resource.VpcId),
                Cells.Of(resource.Name),
                Cells.Of(resource.UnmanagedReason));
        }

        table.Write(console.Out);
        var regions = resources.Select(resource => resource.Region).Distinct(StringComparer.Ordinal).Count();
        console.Out.Write(Cells.Of($"{Cells.Count(resources.Count, "resource")} in {Cells.Count(regions, "region")}."));
        console.Out.WriteLine();
    }
}
