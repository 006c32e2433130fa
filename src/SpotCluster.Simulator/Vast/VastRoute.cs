using System.Globalization;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>A request to the API, by its operation.</summary>
internal sealed class VastSimulatedCall : SimulatedCall
{
    /// <summary>The name at the end of the path; empty where there is none.</summary>
    public string Name { get; init; } = "";

    /// <summary>The id in the path; 0 where there is none.</summary>
    public long Id { get; init; }

    public required JObject Body { get; init; }

    /// <summary>The body is no JSON object.</summary>
    public bool IsMalformed { get; init; }

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
        ("GET", "^/api/v0/gpu_names/unique$", "ListGpuNames", ""),
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
        ("PUT", "^/api/v0/instances/update_template/(?<id>[0-9]+)$", "UpdateInstance", "instance_write"),
        ("PUT", "^/api/v0/instances/prepay/(?<id>[0-9]+)$", "PrepayInstance", "instance_write"),
        ("GET", "^/api/v0/instances/balance/(?<id>[0-9]+)$", "GetDeposit", "instance_read"),
        ("PUT", "^/api/v0/instances/request_logs/(?<id>[0-9]+)$", "RequestLogs", "instance_read"),
        ("PUT", "^/api/v0/instances/command/(?<id>[0-9]+)$", "RunCommand", "instance_write"),
        ("POST", "^/api/v0/instances/take_snapshot/(?<id>[0-9]+)$", "TakeSnapshot", "instance_write"),
        ("GET", "^/api/v0/instances/(?<id>[0-9]+)/ssh$", "ListInstanceKeys", "instance_read"),
        ("POST", "^/api/v0/instances/(?<id>[0-9]+)/ssh$", "AttachKey", "instance_write"),
        ("DELETE", "^/api/v0/instances/(?<id>[0-9]+)/ssh/(?<name>[0-9]+)$", "DetachKey", "instance_write"),
        ("GET", "^/api/v0/instances/pending-price-increases$", "ListPriceIncreases", "instance_read"),
        ("PUT", "^/api/v0/instances/(?<id>[0-9]+)/(accept|reject)-price-increase$", "AnswerPriceIncrease", "instance_write"),
        ("POST", "^/api/v0/asks/bulk$", "CreateInstances", "instance_write"),
        ("PUT", "^/api/v0/launch_instance$", "LaunchInstance", "instance_write"),
        ("GET", "^/api/v0/results/(?<name>[0-9a-f]+)$", "ReadPage", ""),
        ("GET", "^/api/v0/volumes$", "ListVolumes", "instance_read"),
        ("POST", "^/api/v0/volumes/search$", "SearchVolumes", "misc"),
        ("POST", "^/api/v0/network_volumes/search$", "SearchNetworkVolumes", "misc"),
        ("PUT", "^/api/v0/volumes$", "CreateVolume", "instance_write"),
        ("DELETE", "^/api/v0/volumes$", "DeleteVolume", "instance_write"),
        ("POST", "^/api/v0/volumes/copy$", "CopyVolume", "instance_write"),
        ("PUT", "^/api/v0/commands/(copy_direct|rsync)$", "StartCopy", "instance_write"),
        ("POST", "^/api/v0/commands/rclone$", "StartCopy", "instance_write"),
        ("DELETE", "^/api/v0/commands/(copy_direct|rclone)$", "CancelCopy", "instance_write"),
        ("GET", "^/api/v0/template$", "ListTemplates", "misc"),
        ("POST", "^/api/v0/template$", "CreateTemplate", "misc"),
        ("PUT", "^/api/v0/template$", "ChangeTemplate", "misc"),
        ("DELETE", "^/api/v0/template$", "DeleteTemplate", "misc"),
        ("GET", "^/api/v0/users/me/invoices$", "ListInvoices", "billing_read"),
        ("GET", "^/api/v1/invoices$", "ListInvoicesV1", "billing_read"),
        ("GET", "^/api/v0/invoices$", "SearchInvoices", "billing_read"),
        ("GET", "^/api/v0/benchmarks$", "ListBenchmarks", "misc"),
        ("GET", "^/api/v0/audit_logs$", "ListAuditLogs", "user_read"),
        ("GET", "^/api/v0/secrets$", "ListVariables", "user_read"),
        ("POST", "^/api/v0/secrets$", "CreateVariable", "user_write"),
        ("PUT", "^/api/v0/secrets$", "ChangeVariable", "user_write"),
        ("DELETE", "^/api/v0/secrets$", "DeleteVariable", "user_write"),
        ("GET", "^/api/v0/commands/schedule_job$", "ListJobs", "user_read"),
        ("POST", "^/api/v0/commands/schedule_job$", "CreateJob", "user_write"),
        ("DELETE", "^/api/v0/commands/schedule_job/(?<id>[0-9]+)$", "DeleteJob", "user_write"),
        ("GET", "^/api/v0/auth/apikeys$", "ListApiKeys", "user_read"),
        ("GET", "^/api/v0/auth/apikeys/(?<id>[0-9]+)$", "GetApiKey", "user_read"),
        ("POST", "^/api/v0/auth/apikeys$", "CreateApiKey", "user_write"),
        ("DELETE", "^/api/v0/auth/apikeys/(?<id>[0-9]+)$", "DeleteApiKey", "user_write"),
        ("PUT", "^/api/v0/commands/reset_apikey$", "ResetApiKey", "user_write"),
        ("PUT", "^/api/v0/commands/transfer_credit$", "TransferCredit", "user_write"),
        ("PUT", "^/api/v0/users$", "ChangeUser", "user_write"),
        ("POST", "^/api/v0/users$", "CreateSubaccount", "user_write"),
        ("GET", "^/api/v0/subaccounts$", "ListSubaccounts", "user_read"),
        ("GET", "^/api/v0/users/me/ipaddrs$", "ListAddresses", "user_read"),
        ("GET", "^/api/v0/users/cloud_integrations$", "ListConnections", "user_read"),
        ("GET", "^/api/v0/machines/(?<id>[0-9]+)/reports$", "ListReports", "misc"),
        ("PUT", "^/api/v0/ssh/(?<id>[0-9]+)$", "ChangeSshKey", "user_write"),
        ("GET", "^/api/v0/ssh$", "ListSshKeys", "user_read"),
        ("POST", "^/api/v0/ssh$", "CreateSshKey", "user_write"),
        ("DELETE", "^/api/v0/ssh/(?<id>[0-9]+)$", "DeleteSshKey", "user_write"),
        ("GET", "^/api/v0/users/current$", "GetUser", "user_read"),
        ("GET", "^/api/v0/charges$", "ListCharges", "billing_read"),
    ];

    private static readonly Regex Slashes = new("/{2,}", RegexOptions.CultureInvariant);

    private static readonly Regex Prefix = new("^/api/v[01]/", RegexOptions.CultureInvariant);

    /// <summary>Any request to Vast.ai's host, or to a path of its API on another host.</summary>
    public static VastSimulatedCall? Recognize(SimulatedRequest request)
    {
        var path = request.Uri.AbsolutePath;
        if (!request.Uri.Host.EndsWith(".vast.ai", StringComparison.OrdinalIgnoreCase) && !Prefix.IsMatch(Slashes.Replace(path, "/")))
        {
            return null;
        }

        // Old clients join their paths with one slash too many; the service takes it.
        var trimmed = Slashes.Replace(path, "/").TrimEnd('/');
        foreach (var (method, pattern, operation, right) in Table)
        {
            if (method == request.Method && Regex.Match(trimmed, pattern, RegexOptions.CultureInvariant) is { Success: true } match)
            {
                long.TryParse(match.Groups["id"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var id);
                return Call(request, operation, right, id, match.Groups["name"].Value);
            }
        }

        return Call(request, "Unknown", "misc", 0, "");
    }

    private static VastSimulatedCall Call(SimulatedRequest request, string operation, string right, long id, string name)
    {
        var parsed = Parse(request.Body);
        var body = parsed ?? [];
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
                : body["state"] is JValue { Value: "running" } ? "StartInstance"
                : "StopInstance",
            LimitedAs = operation,
            Right = right,
            Id = id,
            Name = name,
            Body = body,
            IsMalformed = parsed is null,
            Query = QueryOf(request.Uri),
            Parameters = parameters,
        };
    }

    // Null for anything but one object; no body at all is an empty one.
    private static JObject? Parse(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            return text.Length == 0 ? [] : JToken.ReadFrom(reader) is JObject body && !reader.Read() ? body : null;
        }
        catch (JsonException)
        {
            return null;
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
