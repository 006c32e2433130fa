namespace SpotCluster.Model.Agent;

/// <summary>The body of <c>POST /api/client/agents/{id}/settings</c>: what is null stays as it is.</summary>
public sealed class AgentSettings
{
    /// <summary>Whether the agent is to work at all.</summary>
    public bool? Enabled { get; set; }

    /// <summary>Whether it may move to another spot pool by itself; excludes <see cref="ManualReplicaEnabled"/>.</summary>
    public bool? AutoSwitchEnabled { get; set; }

    /// <summary>The remote kill switch for terminations.</summary>
    public bool? AutoTerminateEnabled { get; set; }

    /// <summary>How many seconds an old primary is kept: 0 (at once) to 604800 (a week).</summary>
    public int? TerminateWaitSeconds { get; set; }

    /// <summary>Whether replicas are kept automatically.</summary>
    public bool? ReplicaEnabled { get; set; }

    /// <summary>How many of them: 0 to 10.</summary>
    public int? ReplicaCount { get; set; }

    /// <summary>Whether exactly one replica is kept by hand; excludes <see cref="AutoSwitchEnabled"/>.</summary>
    public bool? ManualReplicaEnabled { get; set; }

    /// <summary>The most machines handed out in an hour: 1 to 10000; 0 lifts the limit.</summary>
    public int? MaxTerminationsPerHour { get; set; }

    /// <summary>The tag that a machine must carry, <c>key=value</c>; the empty text asks for none.</summary>
    public string? RequiredTag { get; set; }
}
