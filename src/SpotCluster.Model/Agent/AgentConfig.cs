namespace SpotCluster.Model.Agent;

/// <summary>The settings that the backend holds for an agent.</summary>
public sealed class AgentConfig
{
    /// <summary>Whether the agent is to work at all.</summary>
    public bool Enabled { get; set; }

    /// <summary>Whether it may move to another spot pool by itself.</summary>
    public bool AutoSwitchEnabled { get; set; }

    /// <summary>The remote kill switch for terminations.</summary>
    public bool AutoTerminateEnabled { get; set; }

    /// <summary>How many seconds an old primary is kept; 0 is at once.</summary>
    public int TerminateWaitSeconds { get; set; }

    /// <summary>Whether replicas are kept automatically.</summary>
    public bool ReplicaEnabled { get; set; }

    /// <summary>How many of them.</summary>
    public int ReplicaCount { get; set; }

    /// <summary>Whether exactly one replica is kept by hand.</summary>
    public bool ManualReplicaEnabled { get; set; }

    /// <summary>The most machines handed out for termination in an hour; null is no limit.</summary>
    public int? MaxTerminationsPerHour { get; set; }

    /// <summary>The tag that a machine must carry to be terminated, as <c>key=value</c>; null when none is required.</summary>
    public string? RequiredTag { get; set; }

    /// <summary>Grows with every change of the settings; also the ETag.</summary>
    public long ConfigVersion { get; set; }
}
