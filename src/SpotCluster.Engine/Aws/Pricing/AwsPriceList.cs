namespace SpotCluster.Engine.Aws.Pricing;

/// <summary>
/// List prices that are written down here, in USD before taxes and discounts; aws.amazon.com/ebs/pricing and
/// aws.amazon.com/vpc/pricing have those of today. Disks are priced by it only where the Price List
/// (<see cref="ListPrices"/>) could not be asked. What is not in the tables is unknown, which is better than wrong.
/// </summary>
internal static class AwsPriceList
{
    /// <summary>USD per hour of a public IPv4 address in use, the same in every region since February 2024.</summary>
    public const decimal PublicIpPerHour = 0.005m;

    // What the price of gp3 includes; more of either is billed on top.
    private const int IncludedIops = 3000;
    private const int IncludedThroughput = 125;

    // USD per GiB and month of gp3: figures of 2024, written down by hand and not asked for anew. A region whose figure is
    // not sure is not here, and its disks have no price.
    private static readonly Dictionary<string, decimal> Gp3 = new(StringComparer.Ordinal)
    {
        ["us-east-1"] = 0.08m,
        ["us-east-2"] = 0.08m,
        ["us-west-1"] = 0.096m,
        ["us-west-2"] = 0.08m,
        ["ca-central-1"] = 0.088m,
        ["sa-east-1"] = 0.152m,
        ["eu-west-1"] = 0.088m,
        ["eu-west-2"] = 0.0928m,
        ["eu-west-3"] = 0.0928m,
        ["eu-central-1"] = 0.0952m,
        ["eu-north-1"] = 0.0836m,
        ["ap-south-1"] = 0.0912m,
        ["ap-southeast-1"] = 0.096m,
        ["ap-southeast-2"] = 0.096m,
        ["ap-northeast-1"] = 0.096m,
        ["ap-northeast-2"] = 0.0912m,
    };

    /// <summary>USD per hour of a volume; null for another type than gp3, for more speed than gp3 includes, and for a region that is not in the table.</summary>
    /// <param name="region">Region.</param>
    /// <param name="type">Type of the volume, for example <c>gp3</c>.</param>
    /// <param name="sizeGiB">Size; null when unknown.</param>
    /// <param name="iops">Operations per second; null for those included.</param>
    /// <param name="throughput">MiB per second; null for those included.</param>
    public static decimal? VolumePerHour(string region, string? type, int? sizeGiB, int? iops, int? throughput) =>
        type == "gp3" && !(iops > IncludedIops) && !(throughput > IncludedThroughput) && Gp3.TryGetValue(region, out var price)
            ? sizeGiB * price / VolumeRates.HoursPerMonth
            : null;
}
