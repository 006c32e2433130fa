namespace SpotCluster.Model.Agent;

/// <summary>The types of events that the backend writes.</summary>
public static class AgentEventTypes
{
    /// <summary>An agent was enrolled, or registered its machine.</summary>
    public const string AgentRegistered = "agent_registered";

    /// <summary>An agent was switched on or off.</summary>
    public const string AgentToggled = "agent_toggled";

    /// <summary>An agent was removed.</summary>
    public const string AgentDeleted = "agent_deleted";

    /// <summary>No heartbeat for too long.</summary>
    public const string AgentMarkedOffline = "agent_marked_offline";

    /// <summary>A request carried no token or a wrong one.</summary>
    public const string AuthFailed = "auth_failed";

    /// <summary>A new token was issued, or tokens were revoked.</summary>
    public const string TokenRotated = "token_rotated";

    /// <summary>Settings of an agent changed.</summary>
    public const string ConfigChanged = "config_changed";

    /// <summary>Replicas were switched off, and the active ones are to go.</summary>
    public const string ReplicasDisabled = "replicas_disabled";

    /// <summary>A replica became the primary.</summary>
    public const string ReplicaPromoted = "replica_promoted";

    /// <summary>A replica is to go.</summary>
    public const string ReplicaTerminated = "replica_terminated";

    /// <summary>A machine came up for a replica that nobody wants any more; it is to go.</summary>
    public const string ReplicaOrphaned = "replica_orphaned";

    /// <summary>A machine was made known.</summary>
    public const string InstanceRegistered = "instance_registered";

    /// <summary>A machine is gone.</summary>
    public const string InstanceTerminated = "instance_terminated";

    /// <summary>A termination was tried and failed.</summary>
    public const string InstanceTerminationFailed = "instance_termination_failed";

    /// <summary>EC2 did not know the id, and that is not yet believed.</summary>
    public const string InstanceTerminationUnverified = "instance_termination_unverified";

    /// <summary>A termination was given up after too many attempts; a person must look.</summary>
    public const string InstanceTerminationDeadLetter = "instance_termination_dead_letter";

    /// <summary>Instances were handed out, and nothing was reported of them.</summary>
    public const string ClaimsLapsed = "claims_lapsed";

    /// <summary>A given-up termination was queued again.</summary>
    public const string InstanceTerminationRequeued = "instance_termination_requeued";

    /// <summary>Marked machines were given to another agent.</summary>
    public const string InstancesReassigned = "instances_reassigned";

    /// <summary>The primary moved to another machine.</summary>
    public const string SwitchCompleted = "switch_completed";

    /// <summary>AWS recommends to leave the machine.</summary>
    public const string RebalanceRecommendation = "rebalance_recommendation";

    /// <summary>Old images and snapshots were cleaned up.</summary>
    public const string CleanupCompleted = "cleanup_completed";

    /// <summary>The agent's clock is off by more than a minute.</summary>
    public const string ClockSkewed = "clock_skewed";

    /// <summary>The original backend wrote to the database after the import: nothing is handed out until it is stopped.</summary>
    public const string OriginalBackendRuns = "original_backend_runs";
}
