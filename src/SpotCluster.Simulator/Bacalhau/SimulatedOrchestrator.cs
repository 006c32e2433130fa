using System.Globalization;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Bacalhau;

/// <summary>
/// A Bacalhau orchestrator in memory. A machine of the simulated EC2 whose user data names it joins some time after it runs,
/// sends heartbeats, and is silent once the machine is gone; its record stays until somebody deletes it, as the real one's does.
/// </summary>
public sealed class SimulatedOrchestrator : ISimulatedService
{
    private static readonly Regex NodePath = new("^/api/v1/orchestrator/nodes(?:/(?<id>[^/]+))?$", RegexOptions.CultureInvariant);
    private readonly object _gate = new();
    private readonly AwsAccount _account;
    private readonly TimeProvider _clock;
    private readonly SortedDictionary<string, NodeRecord> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _deleted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string? UserData, NodeProgram? Program)> _programs = new(StringComparer.Ordinal);

    internal SimulatedOrchestrator(AwsAccount account, TimeProvider clock, SimulatedOrchestratorOptions options)
    {
        _account = account;
        _clock = clock;
        Options = options;
        AddNode("orchestrator-0", "Requester", null);
    }

    /// <summary>What it was made with.</summary>
    public SimulatedOrchestratorOptions Options { get; }

    /// <summary>Where nodes dial.</summary>
    public string Address => $"nats://{Options.Host}:4222";

    /// <summary>Where the API is.</summary>
    public string Url => $"http://{Options.Host}:1234";

    /// <summary>Every compute node that it remembers, by name.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => Locked<IReadOnlyList<SimulatedNode>>(() =>
        [.. _nodes.Values.Where(node => node.Type == "Compute").Select(node => new SimulatedNode(node.Id, node.Approval, IsConnected(node), node.LastHeartbeat, node.Labels))]);

    /// <summary>Adds a node of somebody else, which goes on sending heartbeats unless it is cut.</summary>
    public void AddNode(string id, IReadOnlyDictionary<string, string>? labels = null, bool isConnected = true) => Locked(() =>
    {
        AddNode(id, "Compute", labels);
        _nodes[id].IsCut = !isConnected;
        if (!isConnected)
        {
            _nodes[id].LastHeartbeat = _clock.GetUtcNow() - TimeSpan.FromHours(1);
        }

        return id;
    });

    /// <summary>Cuts a node off although its machine runs, or lets it come back.</summary>
    public void Cut(string id, bool isCut = true) => Locked(() => Record(id).IsCut = isCut);

    /// <summary>Sets the approval of a node: PENDING, APPROVED or REJECTED.</summary>
    public void SetApproval(string id, string approval) => Locked(() => Record(id).Approval = approval);

    /// <summary>Sets what a node can run.</summary>
    public void SetEngines(string id, params string[] engines) => Locked(() => Record(id).Engines = engines);

    /// <inheritdoc/>
    SimulatedCall? ISimulatedService.Recognize(SimulatedRequest request)
    {
        var path = request.Uri.AbsolutePath.TrimEnd('/');
        if (request.Uri.Host != Options.Host && !path.StartsWith("/api/v1/orchestrator/", StringComparison.Ordinal) && !path.StartsWith("/api/v1/agent/", StringComparison.Ordinal))
        {
            return null;
        }

        var match = NodePath.Match(path);
        var id = match.Groups["id"].Success ? Uri.UnescapeDataString(match.Groups["id"].Value) : "";
        var operation = (request.Method, match.Success, id.Length > 0) switch
        {
            ("GET", true, false) => "ListNodes",
            ("GET", true, true) => "GetNode",
            ("PUT", true, true) => "UpdateNode",
            ("GET", false, _) when path == "/api/v1/agent/alive" => "GetAlive",
            _ => "Unknown",
        };
        return new SimulatedCall
        {
            Request = request,
            Service = "bacalhau",
            Operation = operation,
            Parameters = id.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { ["id"] = id, ["body"] = request.Body },
        };
    }

    /// <inheritdoc/>
    SimulatedResponse ISimulatedService.Answer(SimulatedCall call)
    {
        if (call.Operation == "GetAlive")
        {
            return Json(200, new JObject { ["Status"] = "OK" });
        }

        Authorize(call);
        return Locked(() => call.Operation switch
        {
            "ListNodes" => Json(200, new JObject { ["NextToken"] = "", [nameof(Nodes)] = new JArray(_nodes.Values.Select(Shape)) }),
            "GetNode" => Json(200, new JObject { ["Node"] = Shape(Resolve(call.Parameters["id"])) }),
            "UpdateNode" => Update(call),
            _ => throw new ServiceFaultException(404, "NotFound", "Not Found"),
        });
    }

    /// <inheritdoc/>
    SimulatedResponse ISimulatedService.Refuse(SimulatedCall call, ServiceFaultException fault) => Json(fault.Status, new JObject
    {
        ["Status"] = fault.Status,
        ["Message"] = fault.Message,
        ["Code"] = fault.Code,
        ["Component"] = "APIServer",
    });

    private SimulatedResponse Update(SimulatedCall call)
    {
        var body = JsonConvert.DeserializeObject<JObject>(call.Request.Body) ?? [];
        var node = Resolve(call.Parameters["id"]);
        switch ((string?)body["Action"])
        {
            case "delete":
                _nodes.Remove(node.Id);
                _deleted[node.Id] = _clock.GetUtcNow();
                break;
            case "approve":
                node.Approval = "APPROVED";
                break;
            case "reject":
                node.Approval = "REJECTED";
                break;
            default:
                throw new ServiceFaultException(400, "BadRequest", "unknown action");
        }

        return Json(200, new JObject { ["Success"] = true, ["Error"] = "" });
    }

    // As the real one does it: the start of a name is enough, as long as it is the start of one name only.
    private NodeRecord Resolve(string id)
    {
        if (_nodes.TryGetValue(id, out var exact))
        {
            return exact;
        }

        var found = _nodes.Values.Where(node => node.Id.StartsWith(id, StringComparison.Ordinal)).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new ServiceFaultException(404, "NotFound", $"node not found: {id}"),
            _ => throw new ServiceFaultException(409, "MultipleNodesFound", $"multiple nodes found for: {id}"),
        };
    }

    private void Authorize(SimulatedCall call)
    {
        if (Options.ApiKeys.Count == 0)
        {
            return;
        }

        var header = call.Request.Header("Authorization") ?? "";
        var credential = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header.Substring(7) : header;
        if (!Options.ApiKeys.TryGetValue(credential, out var rights))
        {
            throw new ServiceFaultException(401, "Unauthorized", "Unauthorized");
        }

        var needed = call.Operation == "UpdateNode" ? "write:node" : "read:node";
        if (!rights.Contains(needed, StringComparer.Ordinal))
        {
            throw new ServiceFaultException(403, "Forbidden", $"user does not have the required capability '{needed}'");
        }
    }

    private JObject Shape(NodeRecord node) => NodeJson.Of(node, IsConnected(node), Options);

    private bool IsConnected(NodeRecord node) => _clock.GetUtcNow() - node.LastHeartbeat < Options.DisconnectTimeout;

    private NodeRecord Record(string id) => _nodes.TryGetValue(id, out var node) ? node : throw new ArgumentException($"No node '{id}' exists.", nameof(id));

    private void AddNode(string id, string type, IReadOnlyDictionary<string, string>? labels)
    {
        var now = _clock.GetUtcNow();
        _nodes[id] = new NodeRecord { Id = id, Type = type, Labels = labels ?? new Dictionary<string, string>(), ConnectedSince = now, LastHeartbeat = now };
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            CatchUp();
            return read();
        }
    }

    // Brings every node up to the present: what its machine did since the last request.
    private void CatchUp()
    {
        var machines = new HashSet<string>(StringComparer.Ordinal);
        foreach (var region in _account.UsedRegions())
        {
            lock (region.Gate)
            {
                region.CatchUp();
                foreach (var machine in region.Instances.All)
                {
                    machines.Add(machine.Id);
                    CatchUp(machine, region.Name);
                }
            }
        }

        foreach (var node in _nodes.Values.Where(node => !node.IsCut && !machines.Contains(node.Id) && !IsMachine(node)))
        {
            node.LastHeartbeat = Beat(node.ConnectedSince, _clock.GetUtcNow());
        }
    }

    private static bool IsMachine(NodeRecord node) => node.Labels.ContainsKey("instance");

    private void CatchUp(Instance machine, string region)
    {
        if (machine.RunningSince is not { } since || ProgramOf(machine) is not { } program
            || !program.Orchestrators.Contains(Options.Host, StringComparer.OrdinalIgnoreCase)
            || (Options.Token is { } token && TokenOf(machine, program) != token))
        {
            return;
        }

        var now = _clock.GetUtcNow();
        var start = since + Options.JoinTime + TimeSpan.FromTicks((long)(Options.JoinSpread.Ticks * Chance.Unit(_account.Seed, "join/" + machine.Id)));
        var until = Earlier(now, machine.QuietSince);
        if (until < start)
        {
            return;
        }

        if (!_nodes.TryGetValue(machine.Id, out var node))
        {
            // A node that was deleted while it lived is back at its next handshake; a dead one never is.
            if (_deleted.TryGetValue(machine.Id, out var deletedAt))
            {
                start = Later(start, deletedAt + Options.Heartbeat);
                if (until < start)
                {
                    return;
                }
            }

            _nodes[machine.Id] = node = new NodeRecord
            {
                Id = machine.Id,
                Type = "Compute",
                Labels = LabelsOf(machine, region, program),
                ConnectedSince = start,
                LastHeartbeat = start,
                Approval = Options.ManualApproval ? "PENDING" : "APPROVED",
                Address = machine.Primary?.PrivateIp,
            };
        }

        if (!node.IsCut)
        {
            node.LastHeartbeat = Later(node.LastHeartbeat, Beat(Later(start, node.ConnectedSince), until));
        }
    }

    // Without an instance profile there is no role that could read a source.
    private string? TokenOf(Instance machine, NodeProgram program) =>
        program.TokenSource is not { } source ? program.Token
        : machine.Specification["IamInstanceProfile"].IsEmpty ? null
        : Options.TokenSources.TryGetValue(source, out var token) ? token : null;

    private NodeProgram? ProgramOf(Instance machine)
    {
        var data = machine.Specification.Text("UserData");
        if (!_programs.TryGetValue(machine.Id, out var known) || known.UserData != data)
        {
            _programs[machine.Id] = known = (data, NodeProgram.Read(data));
        }

        return known.Program;
    }

    private Dictionary<string, string> LabelsOf(Instance machine, string region, NodeProgram program)
    {
        var labels = program.Labels.ToDictionary(label => label.Key, label => label.Value, StringComparer.Ordinal);
        labels["instance"] = machine.Id;
        labels["region"] = region;
        labels["zone"] = machine.Zone;
        labels["type"] = machine.Type.Name;
        labels["lifecycle"] = machine.IsSpot ? "spot" : "on-demand";
        labels["account"] = _account.Options.AccountId;
        labels["os_type"] = "linux";
        labels["os_arch"] = machine.Type.Architecture == "arm64" ? "arm64" : "amd64";
        return labels;
    }

    private DateTimeOffset Beat(DateTimeOffset start, DateTimeOffset until) =>
        until <= start ? start : start + TimeSpan.FromTicks((until - start).Ticks / Options.Heartbeat.Ticks * Options.Heartbeat.Ticks);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other) => other is { } time && time < one ? time : one;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => other > one ? other : one;

    private SimulatedResponse Json(int status, JToken body) => new(status, "application/json", body.ToString(Formatting.None))
    {
        Headers = new Dictionary<string, string> { ["Date"] = _clock.GetUtcNow().UtcDateTime.ToString("R", CultureInfo.InvariantCulture) },
    };
}
