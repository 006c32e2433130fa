namespace SpotCluster.Model;

/// <summary>A machine that is marked for termination, as the backend knows it.</summary>
public sealed class SpotTermination
{
    /// <summary>The machine's id.</summary>
    public string InstanceId { get; set; } = "";

    /// <summary>The account, 12 digits.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The region.</summary>
    public string Region { get; set; } = "";

    /// <summary>The agent that is to terminate it.</summary>
    public string AgentId { get; set; } = "";

    /// <summary>That agent's name.</summary>
    public string AgentName { get; set; } = "";

    /// <summary>zombie_timeout or replica_terminated.</summary>
    public string Reason { get; set; } = "";

    /// <summary>waiting, ready, claimed, retrying, blocked, dead_letter or terminated.</summary>
    public string State { get; set; } = "";

    /// <summary>When it was marked, UTC.</summary>
    public DateTimeOffset MarkedAt { get; set; }

    /// <summary>How long that is ago.</summary>
    public TimeSpan Age { get; set; }

    /// <summary><see cref="Age"/> in seconds, for JSON.</summary>
    public double AgeSeconds => Age.TotalSeconds;

    /// <summary>How often it was handed out.</summary>
    public int Attempts { get; set; }

    /// <summary>When it can be handed out next, UTC; null when that is now or not known.</summary>
    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>Why it is blocked; null when it is not.</summary>
    public string? BlockedBy { get; set; }

    /// <summary>What the last attempt ended with.</summary>
    public string? LastError { get; set; }

    /// <summary>When it was reported gone, UTC; null while it is not.</summary>
    public DateTimeOffset? TerminatedAt { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{InstanceId}: {State}";
}
