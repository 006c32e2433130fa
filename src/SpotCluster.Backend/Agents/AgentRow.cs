using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Agents;

/// <summary>A row of <c>agents</c>.</summary>
internal class AgentRow
{
    public const string Columns = """
        id Id, client_id ClientId, logical_agent_id LogicalAgentId, account_id AccountId, region Region, az Az,
        instance_id InstanceId, instance_type InstanceType, agent_version AgentVersion, status Status, enabled Enabled,
        auto_switch_enabled AutoSwitchEnabled, auto_terminate_enabled AutoTerminateEnabled,
        terminate_wait_seconds TerminateWaitSeconds, replica_enabled ReplicaEnabled, replica_count ReplicaCount,
        manual_replica_enabled ManualReplicaEnabled, max_terminations_per_hour MaxTerminationsPerHour,
        required_tag_key RequiredTagKey, required_tag_value RequiredTagValue, config_version ConfigVersion, last_seen_at LastSeenAt
        """;

    public string Id { get; set; } = "";

    public string ClientId { get; set; } = "";

    public string LogicalAgentId { get; set; } = "";

    public string AccountId { get; set; } = "";

    public string Region { get; set; } = "";

    public string? Az { get; set; }

    /// <summary>The primary.</summary>
    public string? InstanceId { get; set; }

    public string? InstanceType { get; set; }

    public string? AgentVersion { get; set; }

    public string Status { get; set; } = "";

    public bool Enabled { get; set; }

    public bool AutoSwitchEnabled { get; set; }

    public bool AutoTerminateEnabled { get; set; }

    public int TerminateWaitSeconds { get; set; }

    public bool ReplicaEnabled { get; set; }

    public int ReplicaCount { get; set; }

    public bool ManualReplicaEnabled { get; set; }

    public int? MaxTerminationsPerHour { get; set; }

    public string? RequiredTagKey { get; set; }

    public string? RequiredTagValue { get; set; }

    public long ConfigVersion { get; set; }

    public long? LastSeenAt { get; set; }

    public string? RequiredTag => RequiredTagKey is null ? null : $"{RequiredTagKey}={RequiredTagValue}";

    public AgentConfig ToConfig() => new()
    {
        Enabled = Enabled,
        AutoSwitchEnabled = AutoSwitchEnabled,
        AutoTerminateEnabled = AutoTerminateEnabled,
        TerminateWaitSeconds = TerminateWaitSeconds,
        ReplicaEnabled = ReplicaEnabled,
        ReplicaCount = ReplicaCount,
        ManualReplicaEnabled = ManualReplicaEnabled,
        MaxTerminationsPerHour = MaxTerminationsPerHour,
        RequiredTag = RequiredTag,
        ConfigVersion = ConfigVersion,
    };
}
