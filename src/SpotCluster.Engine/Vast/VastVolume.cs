using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>One volume of the account: a disk that outlives instances and is billed until it is deleted.</summary>
internal sealed class VastVolume(JObject row, long id)
{
    public long Id { get; } = id;

    public string Place { get; } = row.Text("geolocation") ?? row.Text("country_code") ?? "";

    /// <summary>USD per hour: the row's number, or the documented formula; null when unknown.</summary>
    public decimal? HourlyPrice { get; } =
        row.Number("storage_total_cost")
        ?? (row.Number("storage_cost") is { } perMonth && row.Number("disk_space") is { } size ? VastPrices.DiskHourly(perMonth, size) : null);

    /// <summary>The volume as users see it.</summary>
    public SpotResource ToResource() => new()
    {
        Id = Id.ToString(CultureInfo.InvariantCulture),
        Type = "volume",
        Region = Place,
        Name = row.Text("label") ?? row.Text("name"),
        ClusterName = VastLabel.TryParse(row.Text("label"))?.ClusterName,
        State = row.Text("status"),
        CreatedAt = row.Instant("start_date"),
        HourlyPrice = HourlyPrice,
        Managed = VastLabel.TryParse(row.Text("label")) is not null,
        Tagged = VastLabel.TryParse(row.Text("label")) is not null,
        Tags = Tags(),
    };

    private Dictionary<string, string> Tags()
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (row.Text("disk_space") is { } size)
        {
            tags["disk-gb"] = size;
        }

        if (HourlyPrice is { } price)
        {
            tags["hourly-price"] = price.ToString("0.######", CultureInfo.InvariantCulture);
        }

        return tags;
    }
}
