using System.Globalization;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>Evaluates a search as the service does: filters and controls on one level, numbers also as text.</summary>
internal static class VastSearch
{
    private const int MostRows = 64;

    private static readonly HashSet<string> Controls = new(StringComparer.Ordinal)
    {
        "order", "type", "limit", "allocated_storage", "disable_bundling", "extra_ids", "select_cols", "q", "owner", "client_id",
    };

    public static IReadOnlyList<JObject> Run(VastAccount account, JObject query)
    {
        var byBid = (string?)query["type"] is "bid" or "interruptible";
        var disk = Scalar(query["allocated_storage"]) ?? 8;
        var rows = account.Offers
            .Select(offer => VastRows.Offer(offer, account.IsFree(offer), byBid, (decimal)disk, account.Now))
            .Where(row => query.Properties().All(filter => Controls.Contains(filter.Name) || Passes(row, filter)))
            .ToList();
        var order = query["order"] as JArray ?? [new JArray("score", "desc")];
        try
        {
            rows.Sort((a, b) => Compare(a, b, order));
        }
        catch (InvalidOperationException error) when (error.InnerException is { } cause)
        {
            throw cause as ServiceFaultException ?? Invalid($"order is not valid: {cause.Message}");
        }

        var limit = Scalar(query["limit"]) is { } wanted and > 0 ? Math.Min(MostRows, (int)wanted) : MostRows;
        return [.. rows.Take(limit)];
    }

    private static bool Passes(JObject row, JProperty filter)
    {
        if (filter.Value is not JObject operations)
        {
            throw Invalid($"{filter.Name} needs an operator");
        }

        var actual = Field(row, filter.Name);
        return operations.Properties().All(operation => Passes(filter.Name, actual, operation.Name, operation.Value));
    }

    private static JToken? Field(JObject row, string name) => name switch
    {
        "reliability2" => row["reliability"],
        "dphtotal" or "dph" => row["dph_total"],
        "verified" => (string?)row["verification"] == "verified",
        "datacenter" => (int?)row["hosting_type"] == 1,
        "geolocation" => row["country_code"],
        "gpu_totalram" => row["gpu_total_ram"],
        "ubuntu_version" => row["os_version"],
        "cuda_vers" => row["cuda_max_good"],

        // Compared as a number of nine digits.
        "driver_version" => ((string?)row["driver_version"])!.Split('.').Aggregate(0L, (sum, part) => (sum * 1000) + long.Parse(part, CultureInfo.InvariantCulture)),
        _ => row.TryGetValue(name, StringComparison.Ordinal, out var value)
            ? value
            : throw Invalid($"{name} is not a valid search key"),
    };

    private static bool Passes(string field, JToken? actual, string operation, JToken wanted) => operation switch
    {
        "eq" => Same(actual, wanted),
        "neq" => !Same(actual, wanted),
        "gt" => Order(actual, wanted) > 0,
        "gte" => Order(actual, wanted) >= 0,
        "lt" => Order(actual, wanted) < 0,
        "lte" => Order(actual, wanted) <= 0,
        "in" => wanted is JArray some && some.Any(item => Same(actual, item)),
        "notin" or "nin" => wanted is JArray none && !none.Any(item => Same(actual, item)),
        _ => throw Invalid($"{field} has the unknown operator {operation}"),
    };

    private static bool Same(JToken? actual, JToken wanted)
    {
        if (Scalar(actual) is { } a && Scalar(wanted) is { } b)
        {
            return Math.Abs(a - b) < 1e-9;
        }

        return string.Equals(Text(actual), Text(wanted), StringComparison.OrdinalIgnoreCase);
    }

    private static int Order(JToken? actual, JToken wanted) =>
        Scalar(actual) is { } a && Scalar(wanted) is { } b ? a.CompareTo(b) : throw Invalid("a number is needed");

    private static int Compare(JObject a, JObject b, JArray order)
    {
        foreach (var pair in order.Select(item => item as JArray is { Count: 2 } pair ? pair : throw Invalid("order is a list of pairs")))
        {
            var field = (string?)pair[0] ?? "";
            var result = Scalar(Field(a, field)) is { } x && Scalar(Field(b, field)) is { } y
                ? x.CompareTo(y)
                : string.CompareOrdinal(Text(Field(a, field)), Text(Field(b, field)));
            if (result != 0)
            {
                return (string?)pair[1] == "desc" ? -result : result;
            }
        }

        return ((long)a["id"]!).CompareTo((long)b["id"]!);
    }

    private static double? Scalar(JToken? token) => token switch
    {
        JValue { Type: JTokenType.Integer or JTokenType.Float } number => number.Value<double>(),
        JValue { Value: string text } when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
        _ => null,
    };

    private static string? Text(JToken? token) => token switch
    {
        null or { Type: JTokenType.Null } => null,
        JValue { Value: bool value } => value ? "true" : "false",
        JValue { Value: IConvertible value } => value.ToString(CultureInfo.InvariantCulture),
        _ => token.ToString(),
    };

    private static ServiceFaultException Invalid(string message) => new(400, "invalid_args", message);
}
