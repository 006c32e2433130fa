namespace SpotCluster.Model.Agent;

/// <summary>A machine that is marked, as an admin sees it (<c>GET /api/admin/terminations</c>).</summary>
public sealed class PendingTermination
{
    /// <summary>The EC2 instance id.</summary>
    public string InstanceId { get; set; } = "";

    /// <summary>The AWS account, 12 digits.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The AWS region.</summary>
    public string Region { get; set; } = "";

    /// <summary>The instance type, when known.</summary>
    public string? InstanceType { get; set; }

    /// <summary>The availability zone, when known.</summary>
    public string? Az { get; set; }

    /// <summary>The agent that is to terminate it.</summary>
    public string AgentId { get; set; } = "";

    /// <summary>That agent's name.</summary>
    public string LogicalAgentId { get; set; } = "";

    /// <summary>A constant of <see cref="TerminationReasons"/>.</summary>
    public string Reason { get; set; } = "";

    /// <summary>When it was marked, UTC.</summary>
    public DateTimeOffset MarkedAt { get; set; }

    /// <summary>Seconds since then.</summary>
    public long AgeSeconds { get; set; }

    /// <summary><c>waiting</c>, <c>ready</c>, <c>claimed</c>, <c>retrying</c>, <c>blocked</c>, <c>dead_letter</c> or <c>terminated</c>.</summary>
    public string Status { get; set; } = "";

    /// <summary>Why it is blocked: one sentence; null when it is not.</summary>
    public string? BlockedBy { get; set; }

    /// <summary>How often it was handed out.</summary>
    public int Attempts { get; set; }

    /// <summary>When it can be handed out next; null when that is now or not known.</summary>
    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>What the last attempt ended with.</summary>
    public string? LastError { get; set; }

    /// <summary>When it was given up; null when it was not.</summary>
    public DateTimeOffset? DeadLetteredAt { get; set; }

    /// <summary>When it was reported gone, by the backend's clock; null while it is not.</summary>
    public DateTimeOffset? TerminatedAt { get; set; }
}
