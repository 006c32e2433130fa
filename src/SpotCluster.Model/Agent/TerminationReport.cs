namespace SpotCluster.Model.Agent;

/// <summary>The body of <c>POST /api/agents/{id}/termination-report</c>.</summary>
public sealed class TerminationReport
{
    /// <summary>The EC2 instance id.</summary>
    public string? InstanceId { get; set; }

    /// <summary>Whether the machine is gone or going. May be left out when <see cref="Outcome"/> is given.</summary>
    public bool? Success { get; set; }

    /// <summary>What went wrong; null on success.</summary>
    public string? Error { get; set; }

    /// <summary>When the agent saw it go, by the agent's clock. The backend keeps it beside its own time.</summary>
    public DateTimeOffset? TerminatedAt { get; set; }

    /// <summary>The claim that the item came with. Without it the open claim of this agent and machine is meant.</summary>
    public string? ClaimId { get; set; }

    /// <summary>What was seen: a constant of <see cref="TerminationOutcomes"/>. Without it <see cref="Success"/> decides.</summary>
    public string? Outcome { get; set; }

    /// <summary>The AWS error code, for example <c>UnauthorizedOperation</c>.</summary>
    public string? ErrorCode { get; set; }

    /// <summary>The account that the agent acted in, 12 digits; a mismatch is refused.</summary>
    public string? AccountId { get; set; }

    /// <summary>The region that the agent acted in; a mismatch is refused.</summary>
    public string? Region { get; set; }
}
