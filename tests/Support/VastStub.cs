using System.Net;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Simulator;

namespace SpotCluster.Tests;

/// <summary>One request as the stub sees it.</summary>
internal sealed record StubCall(string Method, string Path, IReadOnlyDictionary<string, string> Query, JObject Body)
{
    public bool HasKey { get; init; }

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>One answer of the stub.</summary>
internal sealed record StubReply(int Status, string Body, string? ContentType = "application/json")
{
    public string? RetryAfter { get; init; }

    public string? Location { get; init; }

    public static StubReply Json(object body, int status = 200) => new(status, JsonConvert.SerializeObject(body));

    public static StubReply Refuse(int status, string error, string message = "x") => Json(new { success = false, error, msg = message }, status);
}

/// <summary>
/// A service that speaks the API of Vast.ai as plainly as can be, and of which a test replaces single operations: for
/// answers that the simulator, which is as good as the service, never gives.
/// </summary>
internal sealed class VastStub(SimulatedClock clock) : HttpMessageHandler
{
    private long _lastId = 500;

    public SortedDictionary<long, JObject> Instances { get; } = [];

    public SortedDictionary<long, JObject> Offers { get; } = [];

    public JObject User { get; } = new() { ["id"] = 77, ["username"] = "u", ["credit"] = 20.0, ["balance"] = 0.0 };

    public JArray Volumes { get; } = [];

    /// <summary>Every request that was made.</summary>
    public List<StubCall> Calls { get; } = [];

    /// <summary>Asked first; an answer of its own stands for that of the service, null leaves it to the service.</summary>
    public Func<StubCall, StubReply?> Before { get; set; } = _ => null;

    public Func<StubCall, StubReply>? List { get; set; }

    public Func<long, StubReply>? Show { get; set; }

    public Func<long, StubReply>? Delete { get; set; }

    public Func<long[], StubReply>? DeleteMany { get; set; }

    public Func<long, JObject, StubReply>? Create { get; set; }

    public Func<long, JObject, StubReply>? Manage { get; set; }

    public Func<JObject, StubReply>? Search { get; set; }

    /// <summary>Called with each request in place of an answer that never comes.</summary>
    public Func<StubCall, CancellationToken, Task>? Hang { get; set; }

    public long LastId => _lastId;

    public int Count(string method, string path) => Calls.Count(call => call.Method == method && call.Path.TrimEnd('/') == path);

    public VastStub Add(params long[] ids)
    {
        foreach (var id in ids)
        {
            Instances[id] = Instance(id, $"spotcluster/demo/node-{id}");
        }

        return this;
    }

    public VastStub Offer(params long[] ids)
    {
        foreach (var id in ids)
        {
            Offers[id] = new JObject
            {
                ["id"] = id,
                ["machine_id"] = 9000 + id,
                ["num_gpus"] = 1,
                ["gpu_name"] = "RTX 4090",
                ["gpu_ram"] = 24564,
                ["cpu_cores_effective"] = 16.0,
                ["cpu_ram"] = 64000,
                ["cpu_arch"] = "amd64",
                ["disk_space"] = 500.0,
                ["dph_base"] = 0.30,
                ["dph_total"] = 0.30 + (id / 1000.0),
                ["min_bid"] = 0.2,
                ["storage_cost"] = 0.2,
                ["rentable"] = true,
                ["rented"] = false,
                ["duration"] = 864000.0,
                ["reliability2"] = 0.99,
                ["verification"] = "verified",
                ["geolocation"] = "Sweden, SE",
                ["search"] = new JObject { ["gpuCostPerHour"] = 0.3, ["diskHour"] = 0.011, ["totalHour"] = 0.311 },
            };
        }

        return this;
    }

    public JObject Instance(long id, string? label) => new()
    {
        ["id"] = id,
        ["label"] = label,
        ["machine_id"] = 1000 + id,
        ["num_gpus"] = 1,
        ["gpu_name"] = "RTX 4090",
        ["actual_status"] = "running",
        ["intended_status"] = "running",
        ["cur_state"] = "running",
        ["next_state"] = "running",
        ["status_msg"] = "success, running x/ssh",
        ["start_date"] = clock.GetUtcNow().ToUnixTimeSeconds() - 3600,
        ["end_date"] = clock.GetUtcNow().ToUnixTimeSeconds() + (86400 * 30),
        ["is_bid"] = false,
        ["min_bid"] = 0.1,
        ["dph_base"] = 0.3,
        ["dph_total"] = 0.31,
        ["storage_total_cost"] = 0.01,
        ["disk_space"] = 40,
        ["ssh_host"] = "ssh5.vast.ai",
        ["ssh_port"] = 12345,
        ["public_ipaddr"] = "203.0.113.7\n",
        ["geolocation"] = "Sweden, SE",
        ["image_uuid"] = "x",
        ["ports"] = new JObject { ["22/tcp"] = new JArray(new JObject { ["HostIp"] = "0.0.0.0", ["HostPort"] = "41022" }) },
    };

    public StubReply ListPage(StubCall call)
    {
        var limit = call.Query.TryGetValue("limit", out var text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 25;
        var after = call.Query.TryGetValue("after_token", out var token) ? long.Parse(token, System.Globalization.CultureInfo.InvariantCulture) : 0;
        var rows = Instances.Where(pair => pair.Key > after).Select(pair => pair.Value).ToArray();
        return StubReply.Json(new { success = true, next_token = rows.Length > limit ? (string?)rows[limit - 1]["id"] : null, instances = rows.Take(limit) });
    }

    public StubReply Destroy(long id) =>
        Instances.Remove(id) ? StubReply.Json(new { success = true }) : StubReply.Refuse(404, "no_such_instance", $"Instance {id} not found.");

    public StubReply DestroyAll(long[] ids)
    {
        foreach (var id in ids)
        {
            Instances.Remove(id);
        }

        return StubReply.Json(new { success = true });
    }

    public StubReply Rent(long offer, JObject body)
    {
        if (!Offers.Remove(offer, out var row))
        {
            return StubReply.Refuse(404, "invalid_args", $"error 404/3603: no_such_ask Instance type by id {offer} is not available.");
        }

        var id = ++_lastId;
        var instance = Instance(id, (string?)body["label"]);
        instance["gpu_name"] = row["gpu_name"];
        instance["is_bid"] = body["price"] is { Type: not JTokenType.Null };
        instance["start_date"] = clock.GetUtcNow().ToUnixTimeSeconds();
        instance["onstart"] = body["onstart"];
        instance["extra_env"] = new JArray(((JObject?)body["env"] ?? []).Properties().Select(pair => new JArray(pair.Name, pair.Value)));
        Instances[id] = instance;
        return StubReply.Json(new { success = true, new_contract = id, instance_api_key = "secret-of-the-instance", ask_id = offer });
    }

    public StubReply Change(long id, JObject body)
    {
        if (!Instances.TryGetValue(id, out var row))
        {
            return StubReply.Refuse(404, "no_such_instance", $"Instance {id} not found.");
        }

        if (body["label"] is { } label)
        {
            row["label"] = label;
        }

        if ((string?)body["state"] is { } state)
        {
            row["intended_status"] = row["cur_state"] = row["next_state"] = state;
            row["actual_status"] = state == "running" ? "running" : "exited";
        }

        return StubReply.Json(new { success = true });
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var query = request.RequestUri!.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[^1]), StringComparer.Ordinal);
        var call = new StubCall(request.Method.Method, request.RequestUri.AbsolutePath, query, body.Length == 0 ? [] : JObject.Parse(body)) { HasKey = request.Headers.Authorization is not null };
        lock (Calls)
        {
            Calls.Add(call);
        }

        if (Hang is { } hang)
        {
            await hang(call, cancellationToken);
        }

        using var held = clock.Hold();
        var reply = Before(call) ?? Route(call);
        var response = new HttpResponseMessage((HttpStatusCode)reply.Status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(reply.Body)), RequestMessage = request };
        if (reply.ContentType is { } type)
        {
            response.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (reply.Location is { } elsewhere)
        {
            response.Headers.Location = new Uri(elsewhere);
        }

        if (reply.RetryAfter is { } wait)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", wait);
        }

        return response;
    }

    private StubReply Route(StubCall call)
    {
        var path = call.Path.Trim('/').Split('/')[1..];
        long Id(int index) => long.Parse(path[index], System.Globalization.CultureInfo.InvariantCulture);
        return (call.Method, path) switch
        {
            ("GET", ["v1", "instances"]) => (List ?? ListPage)(call),
            ("DELETE", ["v0", "instances"]) => (DeleteMany ?? DestroyAll)(call.Body["instance_ids"]!.Values<long>().ToArray()),
            ("GET", ["v0", "instances", _]) => Show is { } show ? show(Id(2)) : StubReply.Json(new { instances = Instances.GetValueOrDefault(Id(2)) }),
            ("DELETE", ["v0", "instances", _]) => (Delete ?? Destroy)(Id(2)),
            ("PUT", ["v0", "instances", _]) => (Manage ?? Change)(Id(2), call.Body),
            ("PUT", ["v0", "instances", "bid_price", _]) => StubReply.Json(new { success = true }),
            ("POST", ["v0", "bundles"]) => Search is { } search ? search(call.Body) : StubReply.Json(new
            {
                offers = Offers.Values.Where(row => call.Body["id"]?["eq"] is not { } id || (long)id == (long)row["id"]!).Take(64),
            }),
            ("PUT", ["v0", "asks", _]) => (Create ?? Rent)(Id(2), call.Body),
            ("GET", ["v0", "users", "current"]) => StubReply.Json(User),
            ("GET", ["v0", "ssh"]) => StubReply.Json(new[] { new { id = 1, key = "ssh-ed25519 AAAA me" } }),
            ("GET", ["v0", "charges"]) => StubReply.Json(new { success = true, next_token = (string?)null, results = Array.Empty<object>() }),
            ("GET", ["v0", "volumes"]) => StubReply.Json(new { success = true, volumes = Volumes }),
            _ => StubReply.Refuse(404, "not_found", "no route"),
        };
    }
}
