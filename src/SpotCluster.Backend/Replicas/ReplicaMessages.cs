using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Replicas;

internal sealed record ReplicaRequest
{
    public string? PoolId { get; init; }

    public string? InstanceType { get; init; }

    public string? Az { get; init; }

    public string? CreatedBy { get; init; }
}

internal sealed record ReplicaCreated(
    bool Success, string ReplicaId, string InstanceId, ReplicaPool Pool, decimal? HourlyCost, string Status);

internal sealed record ReplicaList(IReadOnlyList<AgentReplica> Replicas, int Total);

internal sealed record ReplicaLaunched
{
    public string? InstanceId { get; init; }

    public string? Status { get; init; }

    public Dictionary<string, string>? Tags { get; init; }
}

internal sealed record ReplicaStatusReport
{
    public string? Status { get; init; }

    public string? ErrorMessage { get; init; }
}

internal sealed record ReplicaSyncReport
{
    public string? SyncStatus { get; init; }

    public int? SyncLatencyMs { get; init; }

    public double? StateTransferProgress { get; init; }
}

internal sealed record ReplicaStatusReply(bool Success, string ReplicaId, string Status);

/// <summary>The body of <c>POST .../termination-imminent</c>.</summary>
internal sealed record ImminentTermination
{
    public string? InstanceId { get; init; }
}

internal sealed record PromotionRequest
{
    public bool? DemoteOldPrimary { get; init; }
}

internal sealed record PromotionReply(
    bool Success, string Message, string NewInstanceId, string? OldInstanceId, bool Demoted, DateTimeOffset SwitchTime, string? NewReplicaId);

internal sealed record ReplicaDeleted(bool Success, string Message, string ReplicaId, DateTimeOffset TerminatedAt, string? NewReplicaId);

internal sealed record ReplicaConfig(bool Enabled, int Count);
