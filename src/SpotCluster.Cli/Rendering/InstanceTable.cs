using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Machines, with what they cost together.</summary>
internal static class InstanceTable
{
    public static void Write(IAnsiConsole target, IConsole console, IReadOnlyCollection<SpotInstance> instances, DateTimeOffset now, bool withCost = false)
    {
        string[] columns = ["Id", "Cluster", "Zone", "Type", "?Lifecycle", "State", "?Public IP", ">?Age", "Health", ">$/h"];
        var table = new ReportTable(console, withCost ? [.. columns, ">$ to date"] : columns);
        foreach (var instance in instances)
        {
            Text[] cells =
            [
                Cells.Of(instance.Id),
                Cells.Of(instance.ClusterName),
                Cells.Of(instance.Zone ?? instance.Region),
                Cells.Of(instance.InstanceType),
                Cells.Of(instance.Lifecycle.ToString()),
                State(instance.State),
                Cells.Of(instance.PublicIp),
                Cells.Of(instance.LaunchedAt is { } launched ? Cells.Duration(now - launched) : "unknown"),
                Health(instance),
                Cells.Of(Cells.HourlyPrice(instance.HourlyPrice)),
            ];
            table.Add(withCost ? [.. cells, Cells.Of(Cells.Cost(instance.CostToDate))] : cells);
        }

        table.Write(target);
        target.Write(Cells.Of(Summary(instances)));
        target.WriteLine();
    }

    public static string Summary(IReadOnlyCollection<SpotInstance> instances)
    {
        var regions = instances.Select(instance => instance.Region).Distinct(StringComparer.Ordinal).Count();
        return $"{Cells.Count(instances.Count, "instance")} in {Cells.Count(regions, "region")}, {Cells.HourlyPrice(Sum(instances))} per hour.";
    }

    /// <summary>What they cost together; null as soon as one price is unknown.</summary>
    public static decimal? Sum(IEnumerable<SpotInstance> instances) =>
        instances.Aggregate((decimal?)0m, (sum, instance) => sum + instance.HourlyPrice);

    private static Text Health(SpotInstance instance) => instance.Health switch
    {
        SpotHealth.NotConfigured => Cells.Quiet("not configured"),
        SpotHealth.NotAsked => Cells.Quiet("no node"),
        SpotHealth.Unknown => Cells.Quiet("unknown"),
        SpotHealth.Healthy => Cells.Colored("Healthy", Color.Green),
        SpotHealth.Joining => Cells.Colored("Joining", Color.Blue),
        var other => Cells.Colored(instance.HealthReason ?? other.ToString(), Color.Yellow),
    };

    private static Text State(SpotInstanceState state) => Cells.Colored(state.ToString(), state switch
    {
        SpotInstanceState.Running => Color.Green,
        SpotInstanceState.Pending => Color.Blue,
        SpotInstanceState.Unknown or SpotInstanceState.Stuck => Color.Red,
        _ => Color.Yellow,
    });
}
