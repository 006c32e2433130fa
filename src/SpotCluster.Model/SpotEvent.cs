namespace SpotCluster.Model;

/// <summary>An event of the termination backend's journal.</summary>
public sealed class SpotEvent
{
    /// <summary>Grows with time.</summary>
    public long EventId { get; set; }

    /// <summary>When, by the backend's clock, UTC.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>What kind, for example <c>instance_terminated</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>info, warning or error.</summary>
    public string Severity { get; set; } = "";

    /// <summary>The agent, when the event is about one.</summary>
    public string? AgentId { get; set; }

    /// <summary>The machine, when the event is about one.</summary>
    public string? InstanceId { get; set; }

    /// <summary>One sentence.</summary>
    public string Message { get; set; } = "";

    /// <summary>More, by name.</summary>
    public IDictionary<string, string> Metadata { get; set => field = ValueMap.Of(value); } = new ValueMap();

    /// <inheritdoc/>
    public override string ToString() => $"{Type}: {Message}";
}
