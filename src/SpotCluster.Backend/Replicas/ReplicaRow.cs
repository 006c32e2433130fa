using SpotCluster.Backend.Data;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Replicas;

/// <summary>A row of <c>replicas</c>, with the state of its machine.</summary>
internal sealed class ReplicaRow
{
    public const string Select = """
        SELECT r.id Id, r.agent_id AgentId, r.account_id AccountId, r.instance_id InstanceId, r.replica_type ReplicaType, r.status Status,
            r.sync_status SyncStatus, r.sync_latency_ms SyncLatencyMs, r.state_transfer_progress StateTransferProgress,
            r.pool_id PoolId, r.instance_type InstanceType, r.region Region, r.az Az, r.parent_instance_id ParentInstanceId,
            r.created_by CreatedBy, r.error_message ErrorMessage, r.created_at CreatedAt, r.ready_at ReadyAt,
            r.terminated_at TerminatedAt, i.state InstanceState
        FROM sc_replicas r LEFT JOIN sc_instances i ON i.account_id = r.account_id AND i.instance_id = r.instance_id
        """;

    public string Id { get; set; } = "";

    public string AgentId { get; set; } = "";

    public string AccountId { get; set; } = "";

    public string? InstanceId { get; set; }

    public string ReplicaType { get; set; } = "";

    public string Status { get; set; } = "";

    public string SyncStatus { get; set; } = "";

    public int? SyncLatencyMs { get; set; }

    public int StateTransferProgress { get; set; }

    public string? PoolId { get; set; }

    public string? InstanceType { get; set; }

    public string Region { get; set; } = "";

    public string? Az { get; set; }

    public string? ParentInstanceId { get; set; }

    public string CreatedBy { get; set; } = "";

    public string? ErrorMessage { get; set; }

    public long CreatedAt { get; set; }

    public long? ReadyAt { get; set; }

    public long? TerminatedAt { get; set; }

    public string? InstanceState { get; set; }

    public bool IsActive => ReplicaStatus.IsActive(Status);

    /// <summary>What stands on the wire where the original shows an id before there is a machine.</summary>
    public string ShownInstanceId => InstanceId ?? $"{(ReplicaType == ReplicaStatus.Manual ? "manual" : "replica")}-{Id[^8..]}";

    public AgentReplica ToReplica(long nowMs) => new()
    {
        Id = Id,
        InstanceId = ShownInstanceId,
        Type = ReplicaType,
        Status = Status,
        SyncStatus = SyncStatus,
        SyncLatencyMs = SyncLatencyMs,
        StateTransferProgress = StateTransferProgress,
        Pool = new()
        {
            Id = PoolId,
            Name = InstanceType is null || Az is null ? null : $"{InstanceType}.{Az}",
            InstanceType = InstanceType,
            Region = Region,
            Az = Az,
        },
        CreatedBy = CreatedBy,
        ParentInstanceId = ParentInstanceId,
        CreatedAt = CreatedAt.ToTime(),
        ReadyAt = ReadyAt.ToTime(),
        TerminatedAt = TerminatedAt.ToTime(),
        AgeSeconds = Math.Max(0, nowMs - CreatedAt) / 1000,
        IsActive = IsActive,
        TerminationConfirmed = InstanceState == Instances.InstanceState.Terminated,
        ErrorMessage = ErrorMessage,
    };
}
