using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>A plan: per region how many, where, of what, and at which price.</summary>
internal static class PlanTable
{
    private const int TypesShown = 3;

    public static void Write(IConsole console, SpotPlan plan)
    {
        var table = new ReportTable(console, "Region", ">Instances", "?Zones", "~Types, cheapest first", ">$/h each", ">$/h");
        foreach (var region in plan.Regions)
        {
            table.Add(
                Cells.Of(region.Region),
                Cells.Of(Cells.Number(region.Count)),
                Cells.Of(Zones(region)),
                Cells.Of(Types(region)),
                Cells.Of(Each(region)),
                Cells.Strong(Cells.HourlyPrice(region.HourlyCost)));
        }

        table.Write();
        console.Out.Write(Cells.Of(Summary(plan)));
        console.Out.WriteLine();
    }

    public static string Summary(SpotPlan plan)
    {
        var until = plan.ExpiresAt is { } end ? $", expires at {Cells.Time(end)}" : "";
        return $"{Cells.Count(plan.Count, "instance")} in {Cells.Count(plan.Regions.Length, "region")} of account {plan.AccountId ?? "unknown"}: "
            + $"{Cells.HourlyPrice(plan.HourlyCost)} per hour at current prices{Parts(plan)}, {Cells.HourlyPrice(plan.MaxHourlyCost)} at most{until}.";
    }

    // What is in the price: a part that is not known is not.
    private static string Parts(SpotPlan plan) => plan is not { ComputeHourlyPrice: { } compute, PublicIpHourlyPrice: { } addresses } ? ""
        : $" (instances {Cells.HourlyPrice(compute)}, {(plan.StorageHourlyPrice is { } disks ? $"disks {Cells.HourlyPrice(disks)}" : "disks not included, price unknown")}, "
            + $"public addresses {Cells.HourlyPrice(addresses)})";

    private static string Each(SpotPlanRegion region) => region.LowestPrice == region.HighestPrice
        ? Cells.HourlyPrice(region.LowestPrice)
        : $"{Cells.HourlyPrice(region.LowestPrice)} to {Cells.HourlyPrice(region.HighestPrice)}";

    // us-east-1a, us-east-1b: the letters are enough beside the region.
    private static string Zones(SpotPlanRegion region) => string.Join(
        " ",
        region.Zones.Select(zone => zone.StartsWith(region.Region, StringComparison.Ordinal) ? zone[region.Region.Length..] : zone));

    private static string Types(SpotPlanRegion region)
    {
        var shown = string.Join(", ", region.InstanceTypes.Take(TypesShown));
        var more = region.InstanceTypes.Length - TypesShown;
        return more > 0 ? $"{shown} and {Cells.Count(more, "more", "more")}" : shown;
    }
}
