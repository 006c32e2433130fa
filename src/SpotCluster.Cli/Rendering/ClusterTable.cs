using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Cli.Rendering;

/// <summary>Clusters, and the regions of one.</summary>
internal static class ClusterTable
{
    public static void Write(IConsole console, IReadOnlyCollection<Cluster> clusters, DateTimeOffset now)
    {
        var table = new ReportTable(console, "Cluster", "State", ">Wanted", ">Running", ">?Healthy", ">?Regions", ">$/h", ">?Cost so far", ">?Age", "?Expires");
        foreach (var cluster in clusters)
        {
            table.Add(
                Cells.Strong(cluster.Name),
                State(cluster.State),
                Cells.Of(Cells.Number(cluster.Wanted)),
                Cells.Of(Cells.Number(cluster.Running)),
                Cells.Of(cluster.Healthy is { } healthy ? Cells.Number(healthy) : "not asked"),
                Cells.Of(Cells.Number(cluster.Regions.Length)),
                Cells.Of(Cells.HourlyPrice(cluster.HourlyPrice)),
                Cells.Of(Cells.Cost(cluster.CostToDate)),
                Cells.Of(cluster.CreatedAt is { } created ? Cells.Duration(now - created) : "unknown"),
                Cells.Of(cluster.ExpiresAt is { } end ? Cells.Time(end) : "never"));
        }

        table.Write();
    }

    public static void WriteRegions(IConsole console, Cluster cluster)
    {
        var table = new ReportTable(console, "Region", ">Wanted", ">Running", "~Why not more");
        foreach (var region in cluster.Regions)
        {
            table.Add(
                Cells.Of(region.Region),
                Cells.Of(Cells.Number(region.Wanted)),
                Cells.Colored(Cells.Number(region.Running), region.Running >= (region.Wanted ?? 0) ? Color.Green : Color.Yellow),
                Cells.Of(region.Code is null ? "" : region.Reason is null ? region.Code : $"{region.Code}: {region.Reason}"));
        }

        table.Write();
    }

    private static Text State(SpotClusterState state) => Cells.Colored(state.ToString(), state switch
    {
        SpotClusterState.Running => Color.Green,
        SpotClusterState.Launching or SpotClusterState.Removing => Color.Blue,
        SpotClusterState.Partial or SpotClusterState.Empty => Color.Yellow,
        SpotClusterState.Unknown => Color.Red,
        _ => Color.Default,
    });
}
