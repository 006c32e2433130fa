using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>
/// What the orchestrator said about all nodes at one moment, and what that makes of a machine. A node is healthy when its
/// machine runs, and it is approved, connected, with a fresh heartbeat, and can run Docker.
/// </summary>
internal sealed class NodeView
{
    /// <summary>A heartbeat is sent every 15 seconds, and an orchestrator waits a minute for it.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(90);

    /// <summary>What a slow machine needs for Docker, the image and the first handshake.</summary>
    private static readonly TimeSpan JoinTime = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, SpotNode>? _nodes;
    private readonly SpotHealth _else;

    private NodeView(SpotHealth otherwise, NodeList? list)
    {
        _else = otherwise;
        if (list is null)
        {
            return;
        }

        _nodes = new Dictionary<string, SpotNode>(StringComparer.Ordinal);
        foreach (var node in list.Nodes)
        {
            // A node that somebody named otherwise still says on which machine it is.
            var machine = node.Labels.TryGetValue(NodeLabels.Instance, out var id) ? id : node.Id;
            if (!_nodes.TryGetValue(machine, out var other) || node.Id == machine || (other.Id != machine && IsNewer(node, other)))
            {
                _nodes[machine] = node;
            }
        }
    }

    /// <summary>There is nobody to ask.</summary>
    public static NodeView NotConfigured { get; } = new(SpotHealth.NotConfigured, null);

    /// <summary>There was no answer.</summary>
    public static NodeView Unanswered { get; } = new(SpotHealth.Unknown, null);

    /// <summary>True when the orchestrator answered.</summary>
    public bool IsAnswered => _nodes is not null;

    /// <summary>What is said of every machine without an answer.</summary>
    public SpotHealth Otherwise => _else;

    public static NodeView Of(NodeList list) => new(SpotHealth.Unknown, list);

    /// <summary>Sets health, reason and node of a machine.</summary>
    public void Judge(SpotInstance machine, DateTimeOffset now)
    {
        if (machine.Provider != SpotProvider.Aws)
        {
            return;
        }

        SpotNode? node = null;
        _nodes?.TryGetValue(machine.Id, out node);
        machine.Node = node;
        (machine.Health, machine.HealthReason) = Judge(machine, node, now);
    }

    /// <summary>True when the machine runs and its node is of no use, whatever is waited for: it is to be replaced.</summary>
    public static bool IsDead(SpotInstance machine) =>
        machine is { State: SpotInstanceState.Running, Health: SpotHealth.Unhealthy } && machine.Node?.Membership != SpotNodeMembership.Pending;

    private (SpotHealth Health, string? Reason) Judge(SpotInstance machine, SpotNode? node, DateTimeOffset now) => machine.State switch
    {
        SpotInstanceState.Terminated => (SpotHealth.Gone, machine.StateReason),
        _ when _nodes is null => (_else, _else == SpotHealth.Unknown ? "the orchestrator did not answer" : null),
        SpotInstanceState.ShuttingDown or SpotInstanceState.Stopping => (SpotHealth.Unhealthy, "the instance is shutting down"),
        SpotInstanceState.Stopped => (SpotHealth.Unhealthy, "the instance is stopped"),
        SpotInstanceState.Pending => (SpotHealth.Joining, "the instance is starting"),
        SpotInstanceState.Running => node is null ? Absent(machine, now) : Judge(node),
        _ => (SpotHealth.Unknown, null),
    };

    private static (SpotHealth, string?) Absent(SpotInstance machine, DateTimeOffset now)
    {
        if (!machine.Tags.ContainsKey(TagKeys.Node))
        {
            return (SpotHealth.NotAsked, "the instance was launched without Bacalhau");
        }

        return machine.LaunchedAt is { } launched && now - launched > JoinTime
            ? (SpotHealth.Unhealthy, string.Format(CultureInfo.InvariantCulture, "no node joined within {0:0} minutes", (now - launched).TotalMinutes))
            : (SpotHealth.Joining, "the node has not joined yet");
    }

    private static (SpotHealth, string?) Judge(SpotNode node) => node switch
    {
        { Connection: SpotNodeConnection.Disconnected } => (SpotHealth.Unhealthy, "disconnected" + Since(node) + (node.LastError is { } error ? ": " + error : "")),
        { Membership: SpotNodeMembership.Rejected } => (SpotHealth.Unhealthy, "rejected by the orchestrator"),
        { Membership: SpotNodeMembership.Pending } => (SpotHealth.Unhealthy, "waiting for approval"),
        { HeartbeatAge: { } age } when age > FreshFor => (SpotHealth.Unhealthy, "silent" + Since(node)),
        { Engines.Length: > 0 } when !node.Engines.Contains("docker", StringComparer.OrdinalIgnoreCase) => (SpotHealth.Unhealthy, "cannot run Docker"),
        { Connection: SpotNodeConnection.Connected, Membership: SpotNodeMembership.Approved } => (SpotHealth.Healthy, null),
        _ => (SpotHealth.Unknown, "the orchestrator reports an unknown state"),
    };

    private static string Since(SpotNode node) => node.HeartbeatAge is { } age
        ? string.Format(CultureInfo.InvariantCulture, ", last heartbeat {0:0} s ago", age.TotalSeconds)
        : "";

    private static bool IsNewer(SpotNode node, SpotNode other) => (node.LastHeartbeat ?? DateTimeOffset.MinValue) > (other.LastHeartbeat ?? DateTimeOffset.MinValue);
}
