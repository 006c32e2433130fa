using Amazon.EC2.Model;

namespace SpotCluster.Engine.Aws.Pricing;

/// <summary>
/// What of a volume is billed, and from where on: docs.aws.amazon.com/ebs has what the price of a type includes. Requests to
/// magnetic volumes are billed by use and are not here.
/// </summary>
internal static class VolumeRates
{
    /// <summary>AWS counts a GB-month as 30 days, and bills by the second.</summary>
    public const decimal HoursPerMonth = 30 * 24;

    private const decimal MebibytesPerGibibyte = 1024;

    private static readonly Dictionary<string, Billing> Types = new(StringComparer.Ordinal)
    {
        ["gp2"] = new("VolumeUsage.gp2", [], null),
        ["gp3"] = new("VolumeUsage.gp3", [new(3000, "VolumeP-IOPS.gp3")], new(125, "VolumeP-Throughput.gp3")),
        ["io1"] = new("VolumeUsage.piops", [new(0, "VolumeP-IOPS.piops")], null),
        ["io2"] = new(
            "VolumeUsage.io2",
            [new(0, "VolumeP-IOPS.io2"), new(32000, "VolumeP-IOPS.io2.tier2"), new(64000, "VolumeP-IOPS.io2.tier3")],
            null),
        ["st1"] = new("VolumeUsage.st1", [], null),
        ["sc1"] = new("VolumeUsage.sc1", [], null),
        ["standard"] = new("VolumeUsage", [], null),
    };

    /// <summary>USD per hour of a volume; null when its type, or the price of anything that is billed of it, is unknown.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="listed">Prices per month by usage.</param>
    public static decimal? PerHour(Volume volume, ListedPrices listed)
    {
        if (volume.VolumeType is null || !Types.TryGetValue(volume.VolumeType, out var billing))
        {
            return null;
        }

        // Where every operation is billed, it must be known how many there are.
        if (volume.Iops is null && billing.Iops.Length > 0 && billing.Iops[0].Above == 0)
        {
            return null;
        }

        var parts = new List<decimal?> { volume.Size * listed.Find(billing.Storage) };
        for (var place = 0; place < billing.Iops.Length; place++)
        {
            var (from, usage) = billing.Iops[place];
            var until = place + 1 < billing.Iops.Length ? billing.Iops[place + 1].Above : int.MaxValue;
            parts.Add(Part(Math.Min(volume.Iops ?? from, until) - from, listed.Find(usage)));
        }

        if (billing.Throughput is { } throughput)
        {
            parts.Add(Part((volume.Throughput ?? 0) - throughput.Above, listed.Find(throughput.Usage) / MebibytesPerGibibyte));
        }

        return PriceRules.Sum(parts) / HoursPerMonth;
    }

    // What is included costs nothing, whether its price is known or not.
    private static decimal? Part(int amount, decimal? price) => amount <= 0 ? 0 : amount * price;

    /// <summary>Usages that a type of volume is billed by.</summary>
    private sealed record Billing(string Storage, Step[] Iops, Step? Throughput);

    /// <summary>A price that holds for what is above a limit.</summary>
    private sealed record Step(int Above, string Usage);
}
