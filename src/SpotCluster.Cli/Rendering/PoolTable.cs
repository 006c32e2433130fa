using System.Globalization;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Offers of AWS, best first.</summary>
internal static class PoolTable
{
    public static void Write(IConsole console, IReadOnlyCollection<SpotOffer> offers)
    {
        var table = new ReportTable(console, "Type", "Zone", ">$/h", ">vCPU", ">GiB", "?Architecture", "?GPU", ">?On demand", ">?Saved", ">?Score");
        foreach (var offer in offers)
        {
            table.Add(
                Cells.Of(offer.InstanceType),
                Cells.Of(offer.Zone ?? offer.Region),
                Cells.Strong(Cells.HourlyPrice(offer.HourlyPrice)),
                Cells.Of(Size(offer.VCpu)),
                Cells.Of(Size(offer.MemoryGiB)),
                Cells.Of(offer.Architecture.ToString()),
                Cells.Of(Gpu(offer)),
                Cells.Of(Cells.HourlyPrice(offer.OnDemandHourlyPrice)),
                Cells.Of(Share(offer.Savings)),
                Cells.Of(Cells.Number(offer.PlacementScore)));
        }

        table.Write();
    }

    private static string Size(decimal? size) => size?.ToString("0.##", CultureInfo.InvariantCulture) ?? "unknown";

    private static string Share(decimal? share) => share?.ToString("0 %", CultureInfo.InvariantCulture) ?? "unknown";

    private static string Gpu(SpotOffer offer) => offer.GpuCount == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{offer.GpuCount}x {offer.GpuName} {Size(offer.GpuMemoryGiB)} GiB");
}
