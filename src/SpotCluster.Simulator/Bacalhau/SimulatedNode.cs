namespace SpotCluster.Simulator.Bacalhau;

/// <summary>A node at one moment, as its orchestrator's owner sees it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Approval">PENDING, APPROVED or REJECTED.</param>
/// <param name="IsConnected">Whether its heartbeat is fresh enough.</param>
/// <param name="LastHeartbeat">Its last heartbeat.</param>
/// <param name="Labels">Its labels.</param>
public sealed record SimulatedNode(string Id, string Approval, bool IsConnected, DateTimeOffset LastHeartbeat, IReadOnlyDictionary<string, string> Labels);

/// <summary>What the orchestrator remembers of a node.</summary>
internal sealed class NodeRecord
{
    public required string Id { get; init; }

    public required string Type { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required DateTimeOffset ConnectedSince { get; set; }

    public required DateTimeOffset LastHeartbeat { get; set; }

    public string Approval { get; set; } = "APPROVED";

    /// <summary>What it can run; empty for one whose Docker is broken.</summary>
    public IReadOnlyList<string> Engines { get; set; } = ["docker", "wasm"];

    /// <summary>Set by a test: it sends no heartbeat although its machine runs.</summary>
    public bool IsCut { get; set; }

    public string? Address { get; init; }
}
