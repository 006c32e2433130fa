namespace SpotCluster.Backend.Instances;

/// <summary>A row of <c>instances</c>; times in milliseconds since 1970 UTC.</summary>
internal sealed class InstanceRow
{
    public const string Columns = """
        account_id AccountId, instance_id InstanceId, client_id ClientId, agent_id AgentId, region Region, az Az,
        instance_type InstanceType, state State, observed_state ObservedState, marked_at MarkedAt, claim_id ClaimId,
        lease_until LeaseUntil, attempts Attempts, next_attempt_at NextAttemptAt, not_found_count NotFoundCount,
        not_found_since NotFoundSince, last_error LastError, dead_lettered_at DeadLetteredAt, terminated_at TerminatedAt
        """;

    public string AccountId { get; set; } = "";

    public string InstanceId { get; set; } = "";

    public string ClientId { get; set; } = "";

    public string AgentId { get; set; } = "";

    public string Region { get; set; } = "";

    public string? Az { get; set; }

    public string? InstanceType { get; set; }

    public string State { get; set; } = "";

    public string ObservedState { get; set; } = "";

    public long? MarkedAt { get; set; }

    public string? ClaimId { get; set; }

    public long? LeaseUntil { get; set; }

    public int Attempts { get; set; }

    public long? NextAttemptAt { get; set; }

    public int NotFoundCount { get; set; }

    public long? NotFoundSince { get; set; }

    public string? LastError { get; set; }

    public long? DeadLetteredAt { get; set; }

    public long? TerminatedAt { get; set; }
}
