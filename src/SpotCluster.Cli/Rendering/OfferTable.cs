using System.Globalization;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Offers, cheapest first.</summary>
internal static class OfferTable
{
    public static void Write(IConsole console, IReadOnlyCollection<SpotOffer> offers)
    {
        var table = new ReportTable(console, "Offer ID", "GPU", ">GPUs", ">VRAM", ">$/hr", ">?On demand", ">?Reliab", "Location");
        foreach (var offer in offers)
        {
            table.Add(
                Cells.Of(offer.OfferId),
                Cells.Of(offer.GpuName),
                Cells.Of(Cells.Number(offer.GpuCount)),
                Cells.Of(offer.GpuMemoryGiB is { } memory ? memory.ToString("0.#", CultureInfo.InvariantCulture) + " GiB" : "unknown"),
                Cells.Of(Cells.HourlyPrice(offer.HourlyPrice)),
                Cells.Of(Cells.HourlyPrice(offer.OnDemandHourlyPrice)),
                Cells.Of(offer.Reliability is { } share ? share.ToString("0.00%", CultureInfo.InvariantCulture) : "unknown"),
                Cells.Of(offer.Region));
        }

        table.Write(console.Out);
    }
}
