using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>What is spent: rows of one scope, and the total below.</summary>
internal static class CostTable
{
    public static void Write(IConsole console, CostReport report, SpotCostScope scope)
    {
        if (scope != SpotCostScope.Total && report.By(scope).Count > 0)
        {
            WriteRows(console, report.By(scope), scope);
        }

        console.Out.Write(Cells.Of(Summary(report.Total)));
        console.Out.WriteLine();
    }

    public static string Summary(SpotCost total) =>
        $"{Cells.Count(total.Instances, "machine")}, {Cells.Count(total.Volumes, "disk")}, {Cells.Count(total.PublicIps, "public address", "public addresses")}: "
        + $"{Rate(total)} per hour, {Spent(total)} to date, {Cells.Cost(total.Projected24h)} in the next 24 hours.";

    private static void WriteRows(IConsole console, IReadOnlyList<SpotCost> rows, SpotCostScope scope)
    {
        var table = new ReportTable(
            console, scope.ToString(), ">?Machines", ">?Compute", ">?Disks", ">?Public IP", ">$/h", ">To date", ">?24 hours");
        foreach (var row in rows)
        {
            table.Add(
                Cells.Of(row.Name.Length > 0 ? row.Name : "(none)"),
                Cells.Of(Cells.Number(row.Instances)),
                Cells.Of(Cells.Cost(row.ComputeCost)),
                Cells.Of(Cells.Cost(row.StorageCost)),
                Cells.Of(Cells.Cost(row.PublicIpCost)),
                Cells.Strong(Rate(row)),
                Cells.Strong(Spent(row)),
                Cells.Of(Cells.Cost(row.Projected24h)));
        }

        table.Write();
    }

    private static string Rate(SpotCost cost) =>
        cost.HourlyPrice is null && cost.KnownHourlyPrice > 0 ? $"at least {Cells.HourlyPrice(cost.KnownHourlyPrice)}" : Cells.HourlyPrice(cost.HourlyPrice);

    private static string Spent(SpotCost cost) =>
        cost.CostToDate is null && cost.KnownCostToDate > 0 ? $"at least {Cells.Cost(cost.KnownCostToDate)}" : Cells.Cost(cost.CostToDate);
}
