namespace SpotCluster.Model.Agent;

/// <summary>What one pass of an agent did.</summary>
public sealed class AgentPass
{
    /// <summary>The agent.</summary>
    public string AgentId { get; set; } = "";

    /// <summary>The account that it worked in, 12 digits.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The region that it worked in.</summary>
    public string Region { get; set; } = "";

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>When it ended, UTC.</summary>
    public DateTimeOffset EndedAt { get; set; }

    /// <summary>Why nothing was asked for, one sentence; null when the backend was asked.</summary>
    public string? Idle { get; set; }

    /// <summary>How many machines the backend handed out.</summary>
    public int Found { get; set; }

    /// <summary>What became of each machine, image and snapshot.</summary>
    public ValueList<SpotRemoval> Removals { get; set; } = [];

    /// <summary>How many terminations are not settled with the backend yet; they are kept on disk.</summary>
    public int Pending { get; set; }

    /// <summary>When the backend wants to be asked next, in seconds; null when it did not say.</summary>
    public int? NextPollSeconds { get; set; }
}
