namespace SpotCluster.Model;

/// <summary>A termination agent, as the backend knows it.</summary>
public sealed class SpotAgent
{
    /// <summary>The id that stands in the agent's paths.</summary>
    public string AgentId { get; set; } = "";

    /// <summary>The name that stays when the agent's machine is replaced.</summary>
    public string Name { get; set; } = "";

    /// <summary>The client that it belongs to.</summary>
    public string Client { get; set; } = "";

    /// <summary>The only account that it works in, 12 digits.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The only region that it works in.</summary>
    public string Region { get; set; } = "";

    /// <summary>The machine that it runs on: its primary, never terminated; null for none.</summary>
    public string? PrimaryId { get; set; }

    /// <summary>online, offline, switching, error or deleted.</summary>
    public string State { get; set; } = "";

    /// <summary>The agent's version, as it said itself.</summary>
    public string? Version { get; set; }

    /// <summary>Its last request, UTC; null when there was none.</summary>
    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>How many machines wait for it to terminate them.</summary>
    public int Pending { get; set; }

    /// <summary>How many of its terminations were given up.</summary>
    public int DeadLetters { get; set; }

    /// <summary>Whether it is to work at all.</summary>
    public bool Enabled { get; set; }

    /// <summary>The remote kill switch for terminations.</summary>
    public bool AutoTerminate { get; set; }

    /// <summary>How long an old primary is kept.</summary>
    public TimeSpan TerminateWait { get; set; }

    /// <summary><see cref="TerminateWait"/> in seconds, for JSON.</summary>
    public double TerminateWaitSeconds => TerminateWait.TotalSeconds;

    /// <summary>Whether exactly one replica is kept by hand.</summary>
    public bool ManualReplica { get; set; }

    /// <summary>The tag, <c>key=value</c>, that a machine must carry to be handed out; null for none.</summary>
    public string? RequiredTag { get; set; }

    /// <summary>The most machines handed out in an hour; null for no limit.</summary>
    public int? MaxTerminationsPerHour { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({AgentId})";
}
