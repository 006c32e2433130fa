using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>A price history.</summary>
internal static class PriceTable
{
    public static void Write(IConsole console, IReadOnlyCollection<SpotPrice> prices)
    {
        var table = new ReportTable(console, "Type", "Zone", "Since", ">$/h", "?System");
        foreach (var price in prices)
        {
            table.Add(
                Cells.Of(price.InstanceType),
                Cells.Of(price.Zone),
                Cells.Of(Cells.Time(price.At)),
                Cells.Strong(Cells.HourlyPrice(price.HourlyPrice)),
                Cells.Of(price.ProductDescription));
        }

        table.Write();
    }
}
