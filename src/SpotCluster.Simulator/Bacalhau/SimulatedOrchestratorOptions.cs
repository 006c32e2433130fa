namespace SpotCluster.Simulator.Bacalhau;

/// <summary>What a simulated Bacalhau orchestrator is made with.</summary>
public sealed record SimulatedOrchestratorOptions
{
    /// <summary>Its host name: nodes dial <c>nats://host:4222</c>, the API is at <c>http://host:1234</c>.</summary>
    public string Host { get; init; } = "orchestrator.simulated";

    /// <summary>Its version. 1.5 tells a node's connection by the old field only.</summary>
    public string Version { get; init; } = "v1.9.3";

    /// <summary>The secret that nodes must bring; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>What instances with a profile read from Parameter Store and Secrets Manager, by <c>resolve:ssm:NAME</c> and the like.</summary>
    public IReadOnlyDictionary<string, string> TokenSources { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The keys of the API, each with its rights (<c>read:node</c>, <c>write:node</c>); none for an API that is open.</summary>
    public IReadOnlyDictionary<string, string[]> ApiKeys { get; init; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    /// <summary>Whether a new node waits for somebody to approve it.</summary>
    public bool ManualApproval { get; init; }

    /// <summary>From running to joined, at least: the time that Docker and the image take.</summary>
    public TimeSpan JoinTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How much longer the slowest machine takes.</summary>
    public TimeSpan JoinSpread { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From one heartbeat to the next.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its last heartbeat a node is disconnected.</summary>
    public TimeSpan DisconnectTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
