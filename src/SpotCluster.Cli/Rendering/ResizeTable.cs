using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>What a resize would do.</summary>
internal static class ResizeTable
{
    public static void Write(IConsole console, SpotResizePlan plan, DateTimeOffset now)
    {
        if (plan.Remove.Length > 0)
        {
            var table = new ReportTable(console, "Goes", "Zone", "?Type", ">?Age", ">$/h", "~Why");
            foreach (var machine in plan.Remove)
            {
                table.Add(
                    Cells.Of(machine.Id),
                    Cells.Of(machine.Zone ?? machine.Region),
                    Cells.Of(machine.InstanceType),
                    Cells.Of(machine.LaunchedAt is { } launched ? Cells.Duration(now - launched) : "unknown"),
                    Cells.Of(Cells.HourlyPrice(machine.HourlyPrice)),
                    Cells.Of(machine.HealthReason ?? "surplus"));
            }

            table.Write();
        }

        if (plan.Regions.Length > 0)
        {
            var table = new ReportTable(console, "Region", ">New", "?Zones", "~Types", ">$/h");
            foreach (var region in plan.Regions)
            {
                table.Add(
                    Cells.Of(region.Region),
                    Cells.Of(Cells.Number(region.Count)),
                    Cells.Of(string.Join(", ", region.Zones)),
                    Cells.Of(string.Join(", ", region.InstanceTypes)),
                    Cells.Of(Cells.HourlyPrice(region.HourlyCost)));
            }

            table.Write();
        }

        Messages.WriteNote(console, Summary(plan));
    }

    public static string Summary(SpotResizePlan plan) =>
        FormattableString.Invariant($"{plan.ClusterName}: {plan.Running} running, {plan.Wanted} wanted; {plan.Launch} to launch{(plan is { IsMaintained: true, Launch: > 0 } ? " by AWS itself" : "")}, {plan.Remove.Length} to terminate; ")
        + $"{Cells.HourlyPrice(plan.HourlyPriceBefore)} per hour now, {Cells.HourlyPrice(plan.HourlyPriceAfter)} afterwards.";
}
