using System.Globalization;
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
        foreach (var line in report.Account is { } account ? Lines(account) : [])
        {
            console.Out.Write(Cells.Of(line));
            console.Out.WriteLine();
        }
    }

    public static string Summary(SpotCost total) =>
        $"{Cells.Count(total.InstanceCount, "instance")}, {Cells.Count(total.VolumeCount, "disk")}, {Cells.Count(total.PublicIpCount, "public address", "public addresses")}: "
        + $"{Rate(total)} per hour, {Spent(total)} to date, {Cells.Cost(total.Projected24Hours)} in the next 24 hours.";

    /// <summary>What an account can still spend, and how fast it does.</summary>
    public static IEnumerable<string> Lines(SpotAccount account)
    {
        var left = account.HoursLeft is { } hours ? string.Create(CultureInfo.InvariantCulture, $"{hours:0.0} hours remaining") : account.HourlyCost == 0 ? "no current cost" : "remaining hours unknown";
        yield return $"Vast.ai: credit {Cells.Cost(account.Credit)}, {Cells.HourlyPrice(account.HourlyCost)} per hour ({Cells.HourlyPrice(account.OwnHourlyCost)} managed), "
            + $"{left}, {Cells.Cost(account.Projected24Hours)} in the next 24 hours, {Cells.Cost(account.ChargedLast24Hours)} in the last.";
        if (UnmanagedInstances.Of(account) is not null)
        {
            yield return UnmanagedInstances.Of(account) + ": --include-foreign";
        }

        if (account.StoppedStorageHourlyPrice is not 0)
        {
            yield return $"Disks of stopped instances at Vast.ai: {Cells.HourlyPrice(account.StoppedStorageHourlyPrice)} per hour.";
        }

        if (account.VolumeCount is > 0)
        {
            yield return new BilledVolumes(account.VolumeCount.Value, account.VolumeHourlyPrice).ToString();
        }

        if (account.OwnInstanceCount > 0)
        {
            yield return $"Traffic at Vast.ai is extra: up to {Cells.HourlyPrice(account.UploadPricePerGB)} per GB out, {Cells.HourlyPrice(account.DownloadPricePerGB)} per GB in.";
        }
    }

    private static void WriteRows(IConsole console, IReadOnlyList<SpotCost> rows, SpotCostScope scope)
    {
        var table = new ReportTable(
            console, scope.ToString(), ">?Instances", ">?Compute", ">?Disks", ">?Public IP", ">$/h", ">To date", ">?24 hours");
        foreach (var row in rows)
        {
            table.Add(
                Cells.Of(row.Name.Length > 0 ? row.Name : "(none)"),
                Cells.Of(Cells.Number(row.InstanceCount)),
                Cells.Of(Cells.Cost(row.ComputeCost)),
                Cells.Of(Cells.Cost(row.StorageCost)),
                Cells.Of(Cells.Cost(row.PublicIpCost)),
                Cells.Strong(Rate(row)),
                Cells.Strong(Spent(row)),
                Cells.Of(Cells.Cost(row.Projected24Hours)));
        }

        table.Write();
    }

    private static string Rate(SpotCost cost) =>
        cost.HourlyCost is null && cost.KnownHourlyCost > 0 ? $"at least {Cells.HourlyPrice(cost.KnownHourlyCost)}" : Cells.HourlyPrice(cost.HourlyCost);

    private static string Spent(SpotCost cost) =>
        cost.CostToDate is null && cost.KnownCostToDate > 0 ? $"at least {Cells.Cost(cost.KnownCostToDate)}" : Cells.Cost(cost.CostToDate);
}
