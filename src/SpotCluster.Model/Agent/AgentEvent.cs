namespace SpotCluster.Model.Agent;

/// <summary>One event of the backend's journal.</summary>
public sealed class AgentEvent
{
    /// <summary>Grows with time.</summary>
    public long Id { get; set; }

    /// <summary>A constant of <see cref="AgentEventTypes"/>.</summary>
    public string EventType { get; set; } = "";

    /// <summary><c>info</c>, <c>warning</c> or <c>error</c>.</summary>
    public string Severity { get; set; } = "";

    /// <summary>The client, when the event is about one.</summary>
    public string? ClientId { get; set; }

    /// <summary>The agent, when the event is about one.</summary>
    public string? AgentId { get; set; }

    /// <summary>The machine, when the event is about one.</summary>
    public string? InstanceId { get; set; }

    /// <summary>One sentence.</summary>
    public string Message { get; set; } = "";

    /// <summary>More, by name.</summary>
    public Dictionary<string, string?>? Metadata { get; set; }

    /// <summary>When, by the backend's clock, UTC.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}
