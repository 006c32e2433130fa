using System.Globalization;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>What the account has beside offers and instances: keys, variables, templates, scheduled jobs, bills. Called under the lock of the account.</summary>
internal sealed class VastRegister(VastAccount account)
{
    private readonly SortedDictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly List<JObject> _apiKeys = [];
    private readonly List<JObject> _templates = [];
    private readonly List<JObject> _jobs = [];
    private readonly List<JObject> _subaccounts = [];
    private readonly List<JObject> _audit = [];
    private long _nextId = 9000;

    /// <summary>The answer; null for an operation of somebody else.</summary>
    public SimulatedResponse? Answer(VastSimulatedCall call) => call.Operation switch
    {
        "ListAuditLogs" => VastApi.Json(200, new JArray(_audit)),
        "ListVariables" => Ok("secrets", new JObject(_variables.Select(pair => new JProperty(pair.Key, pair.Value)))),
        "CreateVariable" or "ChangeVariable" => SetVariable(call),
        "DeleteVariable" => _variables.Remove(Text(call, "key")) ? Ok() : throw NotFound("env var"),
        "ListApiKeys" => Ok("apikeys", new JArray(_apiKeys.Select(Public))),
        "GetApiKey" => VastApi.Json(200, Public(Find(_apiKeys, call, "API key"))),
        "CreateApiKey" => CreateApiKey(call),
        "DeleteApiKey" => Drop(_apiKeys, call, "API key"),
        "ResetApiKey" => VastApi.Json(200, new JObject { ["success"] = true, ["api_key"] = NewSecret() }),
        "ListTemplates" => Ok("templates", new JArray(_templates.Where(template => Fits(template, call)))),
        "CreateTemplate" => CreateTemplate(call),
        "ChangeTemplate" => ChangeTemplate(call),
        "DeleteTemplate" => DeleteTemplate(call),
        "ListJobs" => VastApi.Json(200, new JArray(_jobs)),
        "CreateJob" => Add(_jobs, call),
        "DeleteJob" => Drop(_jobs, call, "scheduled job"),
        "ChangeUser" => Ok(),
        "CreateSubaccount" => Add(_subaccounts, call, "password"),
        "ListSubaccounts" => Ok("users", new JArray(_subaccounts)),
        "ListAddresses" => Ok("results", new JArray(new JObject { ["ip"] = "198.51.100.7", ["first_seen"] = account.Now.AddDays(-9).ToUnixTimeSeconds(), ["first_location"] = "Sweden, SE" })),
        "ListConnections" => VastApi.Json(200, new JArray()),
        "TransferCredit" => Transfer(call),
        "ListInvoices" => VastApi.Json(200, new JObject { ["success"] = true, ["invoices"] = Invoices(), ["current"] = new JObject { ["charges"] = 0, ["service_fee"] = 0, ["total"] = 0, ["credit"] = (double)account.Credit } }),
        "ListInvoicesV1" => VastApi.Json(200, new JObject { ["success"] = true, ["count"] = 1, ["total"] = 1, ["next_token"] = null, ["results"] = Payments() }),
        "SearchInvoices" => VastApi.Json(200, Invoices()),
        "ListBenchmarks" => VastApi.Json(200, new JArray(account.Offers.Take(8).Select(offer => new JObject
        {
            ["id"] = offer.Index,
            ["contract_id"] = offer.Id,
            ["machine_id"] = offer.MachineId,
            ["name"] = "llama2_70B",
            ["gpu_name"] = offer.GpuName,
            ["num_gpus"] = offer.GpuCount,
            ["score"] = 40.0 * offer.GpuCount,
            ["last_update"] = account.Now.AddDays(-1).ToUnixTimeSeconds(),
            ["image"] = "vastai/bench:1",
        }))),
        "ListPriceIncreases" => Ok("pending_price_increases", new JArray()),
        "AnswerPriceIncrease" => throw NotFound("pending price increase"),
        "ListReports" => VastApi.Json(200, new JArray()),
        _ => null,
    };

    /// <summary>A template by its hash.</summary>
    public JObject Template(string hash) => _templates.Find(template => (string?)template["hash_id"] == hash)
        ?? throw new ServiceFaultException(400, "invalid_args", $"Invalid template hash: {hash}");

    /// <summary>Notes what a request changed.</summary>
    public void Audit(VastSimulatedCall call)
    {
        if (call.Request.Method != "GET" && call.Operation is not "ListOffers")
        {
            _audit.Add(new JObject { ["ip_address"] = "198.51.100.7", ["api_key_id"] = 1, ["created_at"] = account.Now.ToUnixTimeSeconds(), ["api_route"] = "api." + call.Operation, ["args"] = new JObject() });
        }
    }

    private static SimulatedResponse Ok() => VastApi.Json(200, new JObject { ["success"] = true });

    private static SimulatedResponse Ok(string name, JToken rows) => VastApi.Json(200, new JObject { ["success"] = true, [name] = rows });

    private static ServiceFaultException NotFound(string what) => new(404, "not_found", $"No such {what}.");

    private static string Text(VastSimulatedCall call, string name) => (string?)call.Body[name] is { Length: > 0 } text ? text : throw new ServiceFaultException(400, "invalid_args", $"{name} is required");

    private static JObject Find(List<JObject> rows, VastSimulatedCall call, string what) => rows.Find(row => (long)row["id"]! == call.Id) ?? throw NotFound(what);

    private static SimulatedResponse Drop(List<JObject> rows, VastSimulatedCall call, string what)
    {
        rows.Remove(Find(rows, call, what));
        return Ok();
    }

    // A secret is given once, by the call that makes it.
    private static JObject Public(JObject key)
    {
        var row = (JObject)key.DeepClone();
        row.Remove("key");
        return row;
    }

    private static bool Fits(JObject template, VastSimulatedCall call) =>
        !call.Query.TryGetValue("select_filters", out var text) || JToken.Parse(text) is not JObject filters || filters.Properties().All(filter =>
            filter.Value["eq"] is not { } wanted || JToken.DeepEquals(template[filter.Name], wanted) || string.Equals((string?)template[filter.Name], wanted.ToString(), StringComparison.Ordinal));

    private SimulatedResponse Add(List<JObject> rows, VastSimulatedCall call, params string[] secrets)
    {
        var row = (JObject)call.Body.DeepClone();
        foreach (var secret in secrets)
        {
            row.Remove(secret);
        }

        row["id"] = ++_nextId;
        rows.Add(row);
        return VastApi.Json(200, new JObject { ["success"] = true, ["id"] = row["id"] });
    }

    private SimulatedResponse SetVariable(VastSimulatedCall call)
    {
        var name = Text(call, "key");
        if (_variables.ContainsKey(name) != (call.Operation == "ChangeVariable"))
        {
            throw new ServiceFaultException(400, "invalid_args", call.Operation == "ChangeVariable" ? "No such env var." : "The env var exists already.");
        }

        _variables[name] = (string?)call.Body["value"] ?? "";
        return VastApi.Json(200, new JObject { ["success"] = true, ["msg"] = "ok" });
    }

    private SimulatedResponse CreateApiKey(VastSimulatedCall call)
    {
        var row = new JObject { ["id"] = ++_nextId, ["name"] = Text(call, "name"), ["key"] = NewSecret(), ["permissions"] = call.Body["permissions"] ?? new JObject(), ["created_at"] = account.Now.ToUnixTimeSeconds() };
        _apiKeys.Add(row);
        return VastApi.Json(200, row);
    }

    private SimulatedResponse CreateTemplate(VastSimulatedCall call)
    {
        var row = (JObject)call.Body.DeepClone();
        row["name"] = Text(call, "name");
        row["image"] = Text(call, "image");
        row["id"] = ++_nextId;
        row["hash_id"] = NewSecret();
        row["creator_id"] = account.UserId;
        row["created_at"] = account.Now.ToUnixTimeSeconds();
        _templates.Add(row);
        return VastApi.Json(200, new JObject { ["success"] = true, ["template"] = row, ["msg"] = "created" });
    }

    // A template is never changed: it becomes another one with another hash.
    private SimulatedResponse ChangeTemplate(VastSimulatedCall call)
    {
        var row = Template(Text(call, "hash_id"));
        foreach (var field in call.Body.Properties().Where(field => field.Name is not "hash_id" && field.Value.Type != JTokenType.Null))
        {
            row[field.Name] = field.Value;
        }

        row["hash_id"] = NewSecret();
        return VastApi.Json(200, new JObject { ["success"] = true, ["template"] = row, ["msg"] = "updated" });
    }

    private SimulatedResponse DeleteTemplate(VastSimulatedCall call)
    {
        var count = _templates.RemoveAll(template => (call.Body["hash_id"] is { Type: JTokenType.String } hash && (string?)template["hash_id"] == (string?)hash)
            || (call.Body["template_id"] is { Type: JTokenType.Integer } id && (long)template["id"]! == (long)id));
        return count > 0 ? VastApi.Json(200, new JObject { ["success"] = true, ["msg"] = "deleted" }) : throw NotFound("template");
    }

    private SimulatedResponse Transfer(VastSimulatedCall call)
    {
        var amount = call.Body["amount"] is { } given ? (decimal)given : 0;
        if (amount <= 0 || amount > account.Credit)
        {
            return VastApi.Json(400, new JObject { ["success"] = false, ["error"] = "insufficient_credit", ["msg"] = "Insufficient credit for the transfer." });
        }

        account.Credit -= amount;
        return VastApi.Json(200, new JObject { ["success"] = true, ["msg"] = "transferred" });
    }

    private JArray Invoices() =>
    [
        .. account.Charges.OrderBy(charge => charge.Key.Day).ThenBy(charge => charge.Key.Id).Select(charge => new JObject
        {
            ["type"] = "charge",
            ["description"] = $"Instance {charge.Key.Id} {charge.Key.Kind}",
            ["amount"] = (double)charge.Value.Amount,
            ["timestamp"] = charge.Key.Day * 86_400,
            ["instance_id"] = charge.Key.Id,
            ["quantity"] = "1",
            ["rate"] = ((double)charge.Value.Amount).ToString(CultureInfo.InvariantCulture),
        }),
        .. Payments(),
    ];

    private JArray Payments() =>
    [
        new JObject
        {
            ["type"] = "payment",
            ["source"] = "stripe",
            ["id"] = 1,
            ["description"] = "Prepaid credit",
            ["amount"] = (double)account.Paid,
            ["amount_cents"] = (long)(account.Paid * 100),
            ["timestamp"] = account.OpenedAt.ToUnixTimeSeconds(),
            ["start"] = account.OpenedAt.ToUnixTimeSeconds(),
            ["end"] = account.OpenedAt.ToUnixTimeSeconds(),
            ["items"] = new JArray(),
            ["metadata"] = new JObject { ["invoice_id"] = 1 },
        },
    ];

    private string NewSecret() => "simulated-" + (++_nextId).ToString("x8", CultureInfo.InvariantCulture);
}
