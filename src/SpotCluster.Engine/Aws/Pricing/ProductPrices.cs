using System.Globalization;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Engine.Aws.Pricing;

/// <summary>Reads prices out of the products of the Price List.</summary>
internal static class ProductPrices
{
    // AWS writes the region before the usage everywhere but in us-east-1: EUC1-EBS:VolumeUsage.gp3.
    private const string UsageOfDisks = "EBS:";

    /// <summary>USD per hour by instance type.</summary>
    public static IReadOnlyDictionary<string, decimal> ByInstanceType(IEnumerable<JObject> products) =>
        Known(products.Where(product => Attribute(product, "instanceType").Length > 0).GroupBy(product => Attribute(product, "instanceType"), StringComparer.Ordinal));

    /// <summary>USD per month by usage of a disk, without region and service: <c>VolumeUsage.gp3</c> per GB, <c>VolumeP-IOPS.gp3</c> per operation and second.</summary>
    public static IReadOnlyDictionary<string, decimal> ByUsage(IEnumerable<JObject> products) =>
        Known(products.Where(product => Usage(product).Length > 0).GroupBy(Usage, StringComparer.Ordinal));

    private static Dictionary<string, decimal> Known(IEnumerable<IGrouping<string, JObject>> groups) => groups
        .Select(group => (group.Key, Price: Price(group, UnitOf(group.Key))))
        .Where(entry => entry.Price is not null)
        .ToDictionary(entry => entry.Key, entry => entry.Price!.Value, StringComparer.Ordinal);

    // Throughput is sold in GiB per second, though volumes have it in MiB.
    private static string UnitOf(string name) =>
        name.StartsWith("VolumeP-Throughput", StringComparison.Ordinal) ? "GiBps-mo"
        : name.StartsWith("VolumeP-IOPS", StringComparison.Ordinal) ? "IOPS-Mo"
        : name.StartsWith("Volume", StringComparison.Ordinal) ? "GB-Mo"
        : "Hrs";

    /// <summary>The one price of products that are the same to us; null when it is not one, or not above 0, or not in USD per that unit.</summary>
    private static decimal? Price(IEnumerable<JObject> products, string unit)
    {
        var prices = products
            .SelectMany(product => Members(Member(Member(product, "terms"), "OnDemand")))
            .SelectMany(term => Members(Member(term, "priceDimensions")))
            .Select(dimension => Usd(dimension, unit))
            .Distinct()
            .ToList();
        return prices.Count == 1 ? prices[0] : null;
    }

    private static decimal? Usd(JToken dimension, string unit) =>
        string.Equals(Text(Member(dimension, "unit")), unit, StringComparison.OrdinalIgnoreCase)
        && decimal.TryParse(Text(Member(Member(dimension, "pricePerUnit"), "USD")), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price)
        && price > 0
            ? price
            : null;

    private static string Usage(JObject product)
    {
        var usage = Attribute(product, "usagetype");
        var place = usage.IndexOf(UsageOfDisks, StringComparison.Ordinal);
        return place < 0 ? "" : usage.Substring(place + UsageOfDisks.Length);
    }

    private static string Attribute(JObject product, string name) => Text(Member(Member(Member(product, "product"), "attributes"), name));

    private static JToken? Member(JToken? value, string name) => (value as JObject)?[name];

    private static JToken[] Members(JToken? value) => [.. (value as JObject)?.PropertyValues() ?? []];

    private static string Text(JToken? value) => value?.Type == JTokenType.String ? (string)value! : "";
}
