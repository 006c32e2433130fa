using System.Globalization;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>A request to the API, by its operation.</summary>
internal sealed class VastSimulatedCall : SimulatedCall
{
    /// <summary>The id in the path; 0 where there is none.</summary>
    public long Id { get; init; }

    public required JObject Body { get; init; }

    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>Category of rights that it needs.</summary>
    public required string Right { get; init; }

    /// <summary>Name under which its rate is limited.</summary>
    public required string LimitedAs { get; init; }

    /// <inheritdoc/>
    public override bool IsPaged => Operation == "ListInstances";

    /// <inheritdoc/>
    public override bool IsNextPage => Query.ContainsKey("after_token");
}

/// <summary>Finds the operation of a request.</summary>
internal static class VastRoute
{
    private static readonly (string Method, string Pattern, string Operation, string Right)[] Table =
    [
        ("POST", "^/api/v0/bundles$", "ListOffers", "misc"),
        ("GET", "^/api/v0/bundles$", "ListOffers", "misc"),
        ("PUT", "^/api/v0/search/asks$", "ListOffers", "misc"),
        ("GET", "^/api/v0/gpu_names/unique$", "ListGpuNames", "misc"),
        ("PUT", "^/api/v0/asks/(?<id>[0-9]+)$", "CreateInstance", "instance_write"),
        ("GET", "^/api/v1/instances$", "ListInstances", "instance_read"),
        ("GET", "^/api/v0/instances$", "ListInstancesV0", "instance_read"),
        ("GET", "^/api/v0/instances/filters$", "ListInstanceFilters", "instance_read"),
        ("GET", "^/api/v0/instances/(?<id>[0-9]+)$", "GetInstance", "instance_read"),
        ("DELETE", "^/api/v0/instances/(?<id>[0-9]+)$", "DestroyInstance", "instance_write"),
        ("DELETE", "^/api/v0/instances$", "DestroyInstances", "instance_write"),
        ("PUT", "^/api/v0/instances/(?<id>[0-9]+)$", "ManageInstance", "instance_write"),
        ("PUT", "^/api/v0/instances$", "ManageInstances", "instance_write"),
        ("PUT", "^/api/v0/instances/bid_price/(?<id>[0-9]+)$", "ChangeBid", "instance_write"),
        ("PUT", "^/api/v0/instances/(reboot|recycle)/(?<id>[0-9]+)$", "RebootInstance", "instance_write"),
        ("GET", "^/api/v0/ssh$", "ListSshKeys", "user_read"),
        ("POST", "^/api/v0/ssh$", "CreateSshKey", "user_write"),
        ("DELETE", "^/api/v0/ssh/(?<id>[0-9]+)$", "DeleteSshKey", "user_write"),
        ("GET", "^/api/v0/users/current$", "GetUser", "user_read"),
        ("GET", "^/api/v0/charges$", "ListCharges", "billing_read"),
    ];

    private static readonly Regex Prefix = new("^/api/v[01]/", RegexOptions.CultureInvariant);

    /// <summary>Any request to Vast.ai's host, or to a path of its API on another host.</summary>
    public static VastSimulatedCall? Recognize(SimulatedRequest request)
    {
        var path = request.Uri.AbsolutePath;
        if (!request.Uri.Host.EndsWith(".vast.ai", StringComparison.OrdinalIgnoreCase) && !Prefix.IsMatch(path))
        {
            return null;
        }

        var trimmed = path.TrimEnd('/');
        foreach (var (method, pattern, operation, right) in Table)
        {
            if (method == request.Method && Regex.Match(trimmed, pattern, RegexOptions.CultureInvariant) is { Success: true } match)
            {
                long.TryParse(match.Groups["id"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var id);
                return Call(request, operation, right, id);
            }
        }

        return Call(request, "Unknown", "misc", 0);
    }

    private static VastSimulatedCall Call(SimulatedRequest request, string operation, string right, long id)
    {
        var body = Parse(request.Body);
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        if (id > 0)
        {
            parameters["id"] = id.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var field in body.Properties().Where(field => field.Name is "label" or "price" or "disk" or "image" or "state" or "instance_ids" or "cancel_unavail"))
        {
            parameters[field.Name] = field.Value.Type == JTokenType.Null ? "" : field.Value.ToString(Formatting.None).Trim('"');
        }

        return new VastSimulatedCall
        {
            Request = request,
            Service = "vast",
            Operation = operation != "ManageInstance" ? operation
                : body["label"] is not null ? "LabelInstance"
                : (string?)body["state"] == "running" ? "StartInstance"
                : "StopInstance",
            LimitedAs = operation,
            Right = right,
            Id = id,
            Body = body,
            Query = QueryOf(request.Uri),
            Parameters = parameters,
        };
    }

    private static JObject Parse(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            return text.Length == 0 ? [] : JToken.ReadFrom(reader) as JObject ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static Dictionary<string, string> QueryOf(Uri uri)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in uri.Query.TrimStart('?').Split(['&'], StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split(['='], 2);
            query[Uri.UnescapeDataString(parts[0])] = parts.Length < 2 ? "" : Uri.UnescapeDataString(parts[1].Replace('+', ' '));
        }

        return query;
    }
}
