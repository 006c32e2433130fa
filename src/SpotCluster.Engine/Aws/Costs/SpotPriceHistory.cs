using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;
using Ec2SpotPrice = Amazon.EC2.Model.SpotPrice;
using SpotPrice = SpotCluster.Model.SpotPrice;

namespace SpotCluster.Engine.Aws.Costs;

/// <summary>Reads the price history of a region.</summary>
internal static class SpotPriceHistory
{
    /// <summary>AWS keeps no more.</summary>
    public static readonly TimeSpan Retained = TimeSpan.FromDays(90);

    // For machines outside of EC2-Classic AWS may add this to the product; the price is the same.
    private const string InVpc = " (Amazon VPC)";

    /// <summary>Every page. An entry without a usable price is left out, so that it is unknown and never free.</summary>
    public static async Task<IReadOnlyList<SpotPrice>> ReadAsync(
        IEc2Client ec2, string region, DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken)
    {
        var prices = new List<SpotPrice>();
        await foreach (var entry in ec2.DescribeAllSpotPriceHistoryAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (ToPrice(entry, region) is { } price)
            {
                prices.Add(price);
            }
        }

        return prices;
    }

    /// <summary>The product without the addition.</summary>
    public static string Product(string? description) => description is { Length: > 0 } ? description.Replace(InVpc, "", StringComparison.Ordinal) : "Linux/UNIX";

    private static SpotPrice? ToPrice(Ec2SpotPrice entry, string region) =>
        entry is { AvailabilityZone: { } zone, Timestamp: { } at }
        && decimal.TryParse(entry.Price, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price)
        && price > 0
            ? new SpotPrice
            {
                Provider = SpotProvider.Aws,
                Region = region,
                Zone = zone,
                InstanceType = entry.InstanceType,
                ProductDescription = Product(entry.ProductDescription),
                HourlyPrice = price,
                At = at,
            }
            : null;
}
