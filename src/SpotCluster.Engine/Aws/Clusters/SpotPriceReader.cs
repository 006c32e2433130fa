using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>Spot prices of now.</summary>
internal static class SpotPriceReader
{
    private const string Product = "Linux/UNIX";

    /// <summary>USD per hour by type and zone; a pool without a usable price is absent. One call for some hundred pools.</summary>
    public static async Task<Dictionary<(string Type, string Zone), decimal>> ReadAsync(
        IEc2Client ec2,
        IEnumerable<string> types,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var latest = new Dictionary<(string, string), (DateTimeOffset At, decimal Price)>();
        var request = new DescribeSpotPriceHistoryRequest
        {
            InstanceTypes = [.. types],
            ProductDescriptions = [Product],
            StartTime = now.UtcDateTime,
        };
        await foreach (var entry in ec2.DescribeAllSpotPriceHistoryAsync(request, cancellationToken).ConfigureAwait(false))
        {
            // The history goes back to the price that was valid at the start: the newest entry of a pool counts.
            if (entry.AvailabilityZone is { } zone
                && entry.ProductDescription?.Value.StartsWith(Product, StringComparison.Ordinal) == true
                && decimal.TryParse(entry.Price, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price)
                && price > 0)
            {
                var at = entry.Timestamp is { } told ? new DateTimeOffset(told) : DateTimeOffset.MinValue;
                if (!latest.TryGetValue((entry.InstanceType, zone), out var known) || at >= known.At)
                {
                    latest[(entry.InstanceType, zone)] = (at, price);
                }
            }
        }

        return latest.ToDictionary(entry => entry.Key, entry => entry.Value.Price);
    }
}
