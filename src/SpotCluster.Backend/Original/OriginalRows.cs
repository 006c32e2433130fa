namespace SpotCluster.Backend.Original;

/// <summary>Rows of the original's tables; times in milliseconds since 1970 UTC.</summary>
internal static class OriginalRows
{
    public const string Clients = "SELECT id Id, name Name, UNIX_TIMESTAMP(created_at) * 1000 CreatedAt FROM clients ORDER BY created_at, id";

    public const string Agents = """
        SELECT id Id, client_id ClientId, logical_agent_id LogicalAgentId, hostname Hostname, instance_id InstanceId,
            instance_type InstanceType, region Region, az Az, ami_id AmiId, private_ip PrivateIp, public_ip PublicIp, current_mode Mode,
            agent_version AgentVersion, status Status, COALESCE(enabled, TRUE) Enabled,
            UNIX_TIMESTAMP(last_heartbeat_at) * 1000 LastSeenAt, COALESCE(auto_switch_enabled, FALSE) AutoSwitchEnabled,
            COALESCE(auto_terminate_enabled, FALSE) AutoTerminateEnabled, terminate_wait_seconds WaitSeconds,
            COALESCE(replica_enabled, FALSE) ReplicaEnabled, COALESCE(replica_count, 0) ReplicaCount,
            COALESCE(manual_replica_enabled, FALSE) ManualReplicaEnabled, UNIX_TIMESTAMP(created_at) * 1000 CreatedAt,
            UNIX_TIMESTAMP(updated_at) * 1000 UpdatedAt
        FROM agents ORDER BY created_at, id
        """;

    public static string Instances(bool hasTracking) => $"""
        SELECT id Id, client_id ClientId, agent_id AgentId, instance_type InstanceType, region Region, az Az, instance_status Status,
            {(hasTracking ? "COALESCE(termination_confirmed, FALSE)" : "FALSE")} IsConfirmed,
            UNIX_TIMESTAMP(created_at) * 1000 CreatedAt, UNIX_TIMESTAMP(updated_at) * 1000 UpdatedAt
        FROM instances ORDER BY updated_at, id
        """;

    public static string Replicas(bool hasTracking) => $"""
        SELECT id Id, agent_id AgentId, instance_id InstanceId, replica_type ReplicaType, status Status, pool_id PoolId,
            instance_type InstanceType, region Region, az Az, created_by CreatedBy, parent_instance_id ParentInstanceId,
            {(hasTracking ? "COALESCE(termination_confirmed, FALSE)" : "FALSE")} IsConfirmed,
            COALESCE(sync_status, 'initializing') SyncStatus, FLOOR(COALESCE(state_transfer_progress, 0)) Progress,
            UNIX_TIMESTAMP(created_at) * 1000 CreatedAt, UNIX_TIMESTAMP(launched_at) * 1000 LaunchedAt,
            UNIX_TIMESTAMP(ready_at) * 1000 ReadyAt, UNIX_TIMESTAMP(terminated_at) * 1000 TerminatedAt
        FROM replica_instances WHERE status IN ('launching', 'syncing', 'ready', 'terminated', 'failed') ORDER BY created_at DESC, id DESC
        """;
}

internal sealed class OriginalClient
{
    public string Id { get; set; } = "";

    public string Name { get; set; } = "";

    public long? CreatedAt { get; set; }
}

internal sealed class OriginalAgent
{
    public string Id { get; set; } = "";

    public string ClientId { get; set; } = "";

    public string LogicalAgentId { get; set; } = "";

    public string? Hostname { get; set; }

    public string? InstanceId { get; set; }

    public string? InstanceType { get; set; }

    public string? Region { get; set; }

    public string? Az { get; set; }

    public string? AmiId { get; set; }

    public string? PrivateIp { get; set; }

    public string? PublicIp { get; set; }

    public string? Mode { get; set; }

    public string? AgentVersion { get; set; }

    public string? Status { get; set; }

    public bool Enabled { get; set; }

    public long? LastSeenAt { get; set; }

    public bool AutoSwitchEnabled { get; set; }

    public bool AutoTerminateEnabled { get; set; }

    public int? WaitSeconds { get; set; }

    public bool ReplicaEnabled { get; set; }

    public int ReplicaCount { get; set; }

    public bool ManualReplicaEnabled { get; set; }

    public long? CreatedAt { get; set; }

    public long? UpdatedAt { get; set; }
}

internal sealed class OriginalInstance
{
    public string Id { get; set; } = "";

    public string ClientId { get; set; } = "";

    public string? AgentId { get; set; }

    public string? InstanceType { get; set; }

    public string? Region { get; set; }

    public string? Az { get; set; }

    public string? Status { get; set; }

    public bool IsConfirmed { get; set; }

    public long? CreatedAt { get; set; }

    public long? UpdatedAt { get; set; }
}

internal sealed class OriginalReplica
{
    public string Id { get; set; } = "";

    public string AgentId { get; set; } = "";

    public string InstanceId { get; set; } = "";

    public string ReplicaType { get; set; } = "";

    public string Status { get; set; } = "";

    public string? PoolId { get; set; }

    public string? InstanceType { get; set; }

    public string? Region { get; set; }

    public string? Az { get; set; }

    public string? CreatedBy { get; set; }

    public string? ParentInstanceId { get; set; }

    public string SyncStatus { get; set; } = "";

    public int Progress { get; set; }

    public bool IsConfirmed { get; set; }

    public long? CreatedAt { get; set; }

    public long? LaunchedAt { get; set; }

    public long? ReadyAt { get; set; }

    public long? TerminatedAt { get; set; }

    public bool IsActive => Replicas.ReplicaStatus.IsActive(Status);
}
