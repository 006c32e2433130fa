using System.Net;
using System.Text;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Agent;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>
/// The original's backend as an agent sees it: its paths, fields and statuses, its unclear switches (1 and 0), its refusal of unknown
/// fields, and the states that its calls lead to, wrong ones included. Written from what was recorded of the running original.
/// </summary>
internal sealed class OriginalBackend(TimeProvider clock) : HttpMessageHandler
{
    public const string ClientId = "c-1";
    public const string AgentId = "agent-1";

    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(5);
    private static readonly string[] RegistrationFields =
    [
        "client_token", "hostname", "logical_agent_id", "instance_id", "instance_type", "region", "az", "ami_id", "mode", "agent_version", "private_ip", "public_ip",
    ];

    private readonly object _gate = new();

    public sealed record Machine(string Id, string Client)
    {
        public string Status { get; set; } = "running_primary";

        public bool IsActive { get; set; } = true;

        public bool IsPrimary { get; set; } = true;

        public DateTimeOffset UpdatedAt { get; set; }

        public DateTimeOffset? AttemptedAt { get; set; }

        public bool Confirmed { get; set; }
    }

    public sealed record Replica(string Id)
    {
        public string InstanceId { get; set; } = "";

        public string Status { get; set; } = "launching";

        public bool IsActive { get; set; } = true;

        public DateTimeOffset? AttemptedAt { get; set; }

        public bool Confirmed { get; set; }
    }

    /// <summary>The agent's row; empty before it has registered.</summary>
    public JObject Agent { get; private set; } = [];

    public Dictionary<string, Machine> Machines { get; } = new(StringComparer.Ordinal);

    public List<Replica> Replicas { get; } = [];

    /// <summary>Rows of system_events: type and message.</summary>
    public List<(string Type, string Message)> Events { get; } = [];

    public List<(HttpMethod Method, string Path, int Status)> Calls { get; } = [];

    /// <summary>The agent as another one of its kind has registered it.</summary>
    public void Enroll(string primary)
    {
        Agent = new JObject
        {
            ["logical_agent_id"] = "web-1",
            ["instance_id"] = primary,
            ["instance_type"] = "c5.large",
            ["az"] = "us-east-1a",
            ["mode"] = "spot",
            ["region"] = AgentLab.Region,
            ["agent_version"] = "4.0.0",
            ["enabled"] = 1,
            ["auto_terminate_enabled"] = 1,
            ["manual"] = 0,
            ["auto_switch"] = 1,
            ["wait"] = 300,
        };
        Machines[primary] = new Machine(primary, ClientId) { UpdatedAt = clock.GetUtcNow() };
    }

    /// <summary>POST /api/client/agents/{id}/config, which people call.</summary>
    public void Configure(bool? manual = null, bool? autoSwitch = null, bool? autoTerminate = null)
    {
        lock (_gate)
        {
            if (autoTerminate is { } terminate)
            {
                Agent["auto_terminate_enabled"] = terminate ? 1 : 0;
            }

            if (autoSwitch == true)
            {
                // Its known bug: promoted replicas are ended too.
                if (On("manual"))
                {
                    foreach (var replica in Replicas.Where(replica => replica.IsActive))
                    {
                        (replica.Status, replica.IsActive) = ("terminated", false);
                    }
                }

                (Agent["auto_switch"], Agent["manual"]) = (1, 0);
            }

            if (manual == true)
            {
                (Agent["auto_switch"], Agent["manual"]) = (0, 1);
                Coordinate();
            }
            else if (manual == false)
            {
                foreach (var replica in Replicas.Where(replica => replica is { IsActive: true, Status: not "promoted" }))
                {
                    (replica.Status, replica.IsActive) = ("terminated", false);
                    if (Machines.TryGetValue(replica.InstanceId, out var machine))
                    {
                        (machine.Status, machine.IsActive, machine.UpdatedAt) = ("terminated", false, clock.GetUtcNow());
                    }
                }

                Agent["manual"] = 0;
                Events.Add(("replicas_disabled", "Manual replica mode disabled"));
            }
        }
    }

    /// <summary>POST …/replicas/{id}/promote, which people call.</summary>
    public void Promote(Replica replica)
    {
        lock (_gate)
        {
            Assert(replica.Status is "ready" or "syncing");
            var old = Machines[(string)Agent["instance_id"]!];
            replica.Status = "promoted";
            var next = Machines[replica.InstanceId];
            (next.Status, next.IsPrimary, next.IsActive, next.UpdatedAt) = ("running_primary", true, true, clock.GetUtcNow());
            Agent["instance_id"] = replica.InstanceId;
            (old.Status, old.IsPrimary, old.IsActive, old.UpdatedAt) = ("zombie", false, false, clock.GetUtcNow());
            Events.Add(("replica_promoted", replica.Id));
            Coordinate();
        }
    }

    /// <summary>Its coordinator, every two seconds: exactly one replica beside the primary in manual mode.</summary>
    private void Coordinate()
    {
        if (On("manual") && !Replicas.Any(replica => replica is { IsActive: true, Status: "launching" or "syncing" or "ready" }))
        {
            var id = Guid.NewGuid().ToString();
            Replicas.Add(new Replica(id) { InstanceId = "manual-" + id[..8] });
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : (JObject)BackendJson.TryParse(await request.Content.ReadAsStringAsync(cancellationToken))!;
        lock (_gate)
        {
            var path = request.RequestUri!.AbsolutePath;
            var (status, answer) = Answer(request.Method.Method, path.Trim('/').Split('/')[1..], request.RequestUri.Query, body);
            Calls.Add((request.Method, path, status));
            return new HttpResponseMessage((HttpStatusCode)status)
            {
                Content = answer is null
                    ? new StringContent("<!doctype html><title>404 Not Found</title>", Encoding.UTF8, "text/html")
                    : new StringContent(answer.ToString(), Encoding.UTF8, "application/json"),
            };
        }
    }

    private (int Status, JToken? Answer) Answer(string method, string[] path, string query, JObject body) => (method, path) switch
    {
        ("GET", ["client", "validate"]) => (200, new JObject { ["valid"] = true, ["client_id"] = ClientId, ["name"] = "Demo Client", ["email"] = "demo@example.com" }),
        ("GET", ["client", ClientId, "agents"]) => (200, Agent.Count == 0 ? [] : new JArray(AgentOfClient())),
        ("GET", ["client", ClientId, "instances"]) => (200, new JArray(Machines.Values.Where(machine => machine.Client == ClientId).Select(machine => new JObject
        {
            ["id"] = machine.Id,
            ["type"] = "t3.micro",
            ["region"] = AgentLab.Region,
            ["isActive"] = machine.IsActive ? 1 : 0,
            ["instanceStatus"] = machine.Status,
            ["isPrimary"] = machine.IsPrimary ? 1 : 0,
        }))),
        ("POST", ["agents", "register"]) => Register(body),
        ("POST", ["agents", AgentId, "heartbeat"]) => Heartbeat(body),
        ("GET", ["agents", AgentId, "instances-to-terminate"]) => (200, List()),
        ("POST", ["agents", AgentId, "termination-report"]) => Report(body),
        ("POST", ["agents", AgentId, "cleanup-report"]) => (200, new JObject { ["success"] = true }),
        ("GET", ["agents", AgentId, "replicas"]) => (200, new JObject
        {
            ["replicas"] = new JArray(Replicas.Where(replica => replica.IsActive && (query.Length == 0 || query == "?status=" + replica.Status)).Select(replica => new JObject
            {
                ["id"] = replica.Id,
                ["instance_id"] = replica.InstanceId,
                ["type"] = "manual",
                ["status"] = replica.Status,
                ["is_active"] = true,
                ["pool"] = new JObject { ["id"] = "t3.micro.us-east-1a", ["name"] = null, ["instance_type"] = "t3.micro", ["region"] = AgentLab.Region, ["az"] = "us-east-1a" },
            })),
        }),
        ("PUT", ["agents", AgentId, "replicas", var id]) => Put(id, body),
        ("POST", ["agents", AgentId, "replicas", var id, "status"]) => Status(id, body),
        _ => (404, null),
    };

    private JObject AgentOfClient() => new()
    {
        ["id"] = AgentId,
        ["logicalAgentId"] = Agent["logical_agent_id"],
        ["instanceId"] = Agent["instance_id"],
        ["instanceType"] = Agent["instance_type"],
        ["region"] = Agent["region"],
        ["az"] = Agent["az"],
        ["status"] = "online",
        ["enabled"] = Agent["enabled"],
        ["autoSwitchEnabled"] = Agent["auto_switch"],
        ["manualReplicaEnabled"] = Agent["manual"],
        ["autoTerminateEnabled"] = Agent["auto_terminate_enabled"],
        ["terminateWaitMinutes"] = 5,
        ["agentVersion"] = Agent["agent_version"],
    };

    private (int, JToken) Register(JObject body)
    {
        var unknown = body.Properties().Where(property => !RegistrationFields.Contains(property.Name) || property.Value.Type == JTokenType.Null).Select(property => property.Name).ToList();
        if (unknown.Count > 0)
        {
            Events.Add(("validation_error", string.Join(",", unknown)));
            return (400, new JObject { ["error"] = "Validation failed", ["details"] = new JObject(unknown.Select(name => new JProperty(name, new JArray("Unknown field.")))) });
        }

        var id = (string)body["instance_id"]!;
        var answer = new JObject { ["agent_id"] = AgentId, ["client_id"] = ClientId };
        if (Machines.TryGetValue(id, out var machine) && (machine.Status is "zombie" or "terminated" || !machine.IsPrimary))
        {
            answer["message"] = "Instance is not primary, registration ignored";
            return (200, answer);
        }

        if (Agent.Count == 0)
        {
            Enroll(id);
        }

        foreach (var name in (string[])["hostname", "instance_id", "instance_type", "region", "az", "ami_id", "mode", "agent_version", "private_ip", "public_ip"])
        {
            Agent[name] = body[name] ?? (name == "mode" ? "unknown" : null);
        }

        Machines.TryAdd(id, new Machine(id, ClientId) { UpdatedAt = clock.GetUtcNow() });
        Events.Add(("agent_registered", id));
        return (200, answer);
    }

    private (int, JToken) Heartbeat(JObject body)
    {
        Agent["status"] = body["status"] ?? "online";
        foreach (var name in (string[])["instance_type", "mode", "az"])
        {
            Agent[name] = body[name] ?? Agent[name];
        }

        return (200, new JObject { ["success"] = true });
    }

    private JObject List()
    {
        var now = clock.GetUtcNow();
        var items = new JArray();
        if (On("auto_terminate_enabled"))
        {
            // By region alone: machines of other clients too.
            foreach (var machine in Machines.Values.Where(machine => machine is { Status: "zombie", IsActive: false }
                && (now - machine.UpdatedAt).TotalSeconds >= (int)Agent["wait"]! && (machine.AttemptedAt is not { } at || now - at > Retry)))
            {
                items.Add(new JObject
                {
                    ["instance_id"] = machine.Id,
                    ["instance_type"] = "t3.micro",
                    ["az"] = "us-east-1a",
                    ["reason"] = "zombie_timeout",
                    ["seconds_waiting"] = (int)(now - machine.UpdatedAt).TotalSeconds,
                });
            }

            // Placeholders and confirmed ones too.
            foreach (var replica in Replicas.Where(replica => replica.Status == "terminated" && (replica.AttemptedAt is not { } at || now - at > Retry)))
            {
                items.Add(new JObject
                {
                    ["instance_id"] = replica.InstanceId,
                    ["instance_type"] = "t3.micro",
                    ["az"] = "us-east-1a",
                    ["reason"] = "replica_terminated",
                    ["seconds_since_marked"] = null,
                });
            }
        }

        return new JObject { ["auto_terminate_enabled"] = Agent["auto_terminate_enabled"], ["instances"] = items, ["terminate_wait_seconds"] = Agent["wait"] };
    }

    private (int, JToken) Report(JObject body)
    {
        if ((string?)body["instance_id"] is not { Length: > 0 } id)
        {
            return (400, new JObject { ["error"] = "instance_id required" });
        }

        // What MySQL refuses as a time.
        if ((string?)body["terminated_at"] is { } time && time.EndsWith('Z'))
        {
            return (500, new JObject { ["error"] = "1292 (22007): Incorrect datetime value" });
        }

        var success = (bool?)body["success"] == true;
        if (Machines.TryGetValue(id, out var machine))
        {
            (machine.AttemptedAt, machine.UpdatedAt) = (clock.GetUtcNow(), clock.GetUtcNow());
            if (success)
            {
                (machine.Status, machine.IsActive, machine.Confirmed) = ("terminated", false, true);
            }
        }

        foreach (var replica in Replicas.Where(replica => replica.InstanceId == id))
        {
            replica.AttemptedAt = clock.GetUtcNow();
            if (success)
            {
                (replica.Status, replica.Confirmed) = ("terminated", true);
            }
        }

        Events.Add((success ? "instance_terminated" : "instance_termination_failed", id));
        return (200, new JObject { ["success"] = true, ["message"] = "Termination report recorded" });
    }

    private (int, JToken) Put(string id, JObject body)
    {
        if (Replicas.Find(replica => replica.Id == id) is not { } found)
        {
            return (404, new JObject { ["error"] = "Replica not found" });
        }

        // It revives a replica that has ended.
        (found.InstanceId, found.Status) = ((string)body["instance_id"]!, (string?)body["status"] ?? "syncing");
        Machines[found.InstanceId] = new Machine(found.InstanceId, ClientId) { Status = "running_replica", IsPrimary = false, UpdatedAt = clock.GetUtcNow() };
        return (200, new JObject { ["success"] = true, ["replica_id"] = id, ["instance_id"] = found.InstanceId, ["status"] = found.Status });
    }

    private (int, JToken) Status(string id, JObject body)
    {
        if (Replicas.Find(replica => replica.Id == id) is not { } found)
        {
            return (404, new JObject { ["error"] = "Replica not found" });
        }

        found.Status = (string)body["status"]!;
        return (200, new JObject { ["success"] = true, ["replica_id"] = id, ["status"] = found.Status });
    }

    private bool On(string name) => (int?)Agent[name] == 1;

    private static void Assert(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The original answers 400 here.");
        }
    }
}
