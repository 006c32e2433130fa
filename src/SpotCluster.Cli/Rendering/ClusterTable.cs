using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Cli.Rendering;

/// <summary>Clusters, and the regions of one.</summary>
internal static class ClusterTable
{
    /// <summary>The state of clusters at a glance: one row for each, and below it one for each region where something is to be told.</summary>
    public static void WriteStatus(IConsole console, IReadOnlyCollection<Cluster> clusters, DateTimeOffset now, bool everyRegion)
    {
        var table = new ReportTable(console, "Cluster", "State", ">Instances", ">Healthy", ">$/h", ">?Cost so far", ">?Age", "?Expires", "~Trouble");
        foreach (var cluster in clusters)
        {
            table.Add(
                Cells.Strong(cluster.Name),
                State(cluster.State),
                Cells.Colored(OutOf(cluster.Running, cluster.Wanted), cluster.Running >= (cluster.Wanted ?? 0) ? Color.Green : Color.Yellow),
                Healthy(cluster),
                Cells.Of(Cells.HourlyPrice(cluster.HourlyPrice)),
                Cells.Of(Cells.Cost(cluster.CostToDate)),
                Cells.Of(cluster.CreatedAt is { } created ? Cells.Duration(now - created) : "unknown"),
                Cells.Of(cluster.ExpiresAt is { } end ? Expiry(end - now) : "never"),
                Cells.Of(Trouble(cluster)));
            foreach (var region in cluster.Regions.Where(region => everyRegion || HasNews(region)))
            {
                table.Add(
                    Cells.Of("  " + region.Region),
                    Cells.Of(""),
                    Cells.Colored(OutOf(region.Running, region.Wanted), region.Running >= (region.Wanted ?? 0) ? Color.Green : Color.Yellow),
                    Cells.Colored(region.Healthy is { } healthy ? Cells.Number(healthy) : "", region.Healthy < region.Running ? Color.Yellow : Color.Green),
                    Cells.Of(region.Running == 0 ? "" : Cells.HourlyPrice(region.HourlyPrice)),
                    Cells.Of(""),
                    Cells.Of(""),
                    Cells.Of(""),
                    Cells.Of(region.Trouble ?? (region.Running >= (region.Wanted ?? 0) ? "" : region.Code is null ? region.Reason : $"{region.Code}: {region.Reason}")));
            }
        }

        table.Write();
    }

    private static bool HasNews(SpotClusterRegion region) => region.Trouble is not null || region.Running < (region.Wanted ?? 0);

    private static string OutOf(int number, int? of) => of is { } wanted ? FormattableString.Invariant($"{number} of {wanted}") : Cells.Number(number);

    private static string Expiry(TimeSpan left) => left > TimeSpan.Zero ? "in " + Cells.Duration(left) : "expired";

    private static Text Healthy(Cluster cluster) => cluster switch
    {
        { Healthy: { } healthy } => Cells.Colored(FormattableString.Invariant($"{healthy} of {cluster.Running}"), healthy >= cluster.Running ? Color.Green : Color.Yellow),
        { Health: SpotHealth.NotConfigured } => Cells.Quiet("not configured"),
        { Health: SpotHealth.NotAsked } => Cells.Quiet("no nodes"),
        _ => Cells.Colored("unknown", Color.Red),
    };

    private static string Trouble(Cluster cluster)
    {
        var missing = Math.Max(0, (cluster.Wanted ?? 0) - cluster.Running);
        var unwell = cluster.Running - (cluster.Healthy ?? cluster.Running);
        var parts = new List<string>();
        if (missing > 0)
        {
            parts.Add(FormattableString.Invariant($"{missing} missing"));
        }

        if (unwell > 0)
        {
            parts.Add(FormattableString.Invariant($"{unwell} {(cluster.Health == SpotHealth.Joining ? "joining" : "not healthy")}"));
        }

        return string.Join(", ", parts);
    }

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
                Healthy(cluster),
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
        var table = new ReportTable(console, "Region", ">Wanted", ">Running", "~Shortfall");
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
