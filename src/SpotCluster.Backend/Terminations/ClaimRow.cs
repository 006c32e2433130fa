namespace SpotCluster.Backend.Terminations;

/// <summary>A row of <c>claims</c>.</summary>
internal sealed class ClaimRow
{
    public const string Open = "open";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Lapsed = "lapsed";

    public const string Columns = """
        id Id, account_id AccountId, instance_id InstanceId, agent_id AgentId, reason Reason, attempt Attempt, status Status,
        issued_at IssuedAt, lease_until LeaseUntil
        """;

    public string Id { get; set; } = "";

    public string AccountId { get; set; } = "";

    public string InstanceId { get; set; } = "";

    public string AgentId { get; set; } = "";

    public string Reason { get; set; } = "";

    public int Attempt { get; set; }

    public string Status { get; set; } = "";

    public long IssuedAt { get; set; }

    public long LeaseUntil { get; set; }
}
