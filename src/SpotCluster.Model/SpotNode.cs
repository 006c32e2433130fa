namespace SpotCluster.Model;

/// <summary>A node of a Bacalhau network, as its orchestrator describes it now.</summary>
public sealed class SpotNode
{
    /// <summary>Its name; that of our nodes is the id of their machine.</summary>
    public string Id { get; set; } = "";

    /// <summary>Whether it may work.</summary>
    public SpotNodeMembership Membership { get; set; }

    /// <summary>Whether it is connected.</summary>
    public SpotNodeConnection Connection { get; set; }

    /// <summary>When its last heartbeat arrived, UTC; null when the orchestrator does not tell.</summary>
    public DateTimeOffset? LastHeartbeat { get; set; }

    /// <summary>Age of that heartbeat when the orchestrator was asked; null when it does not tell.</summary>
    public TimeSpan? HeartbeatAge { get; set; }

    /// <summary>Seconds of <see cref="HeartbeatAge"/>.</summary>
    public double? HeartbeatAgeSeconds => HeartbeatAge?.TotalSeconds;

    /// <summary>What it can run, for example <c>docker</c> and <c>wasm</c>.</summary>
    public ValueList<string> Engines { get; set; } = [];

    /// <summary>Its version of Bacalhau; null when unknown.</summary>
    public string? Version { get; set; }

    /// <summary>What the orchestrator last noted against it; null for nothing.</summary>
    public string? LastError { get; set; }

    /// <summary>Its labels.</summary>
    public IDictionary<string, string> Labels { get; set => field = ValueMap.Of(value); } = new ValueMap();

    /// <inheritdoc/>
    public override string ToString() => Id;
}
