namespace SpotCluster.Model.Agent;

/// <summary>An agent as an admin sees it (<c>GET /api/admin/agents</c>).</summary>
public sealed class AgentSummary
{
    /// <summary>The id that stands in the agent's paths.</summary>
    public string AgentId { get; set; } = "";

    /// <summary>The name that stays when the machine is replaced.</summary>
    public string LogicalAgentId { get; set; } = "";

    /// <summary>The client's id.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client's name.</summary>
    public string ClientName { get; set; } = "";

    /// <summary>The AWS account that the agent works in, 12 digits.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The AWS region that the agent works in.</summary>
    public string Region { get; set; } = "";

    /// <summary>The machine that the agent runs on: its primary, never terminated.</summary>
    public string? InstanceId { get; set; }

    /// <summary><c>online</c>, <c>offline</c>, <c>switching</c>, <c>error</c> or <c>deleted</c>.</summary>
    public string Status { get; set; } = "";

    /// <summary>The agent's version, as it said itself.</summary>
    public string? AgentVersion { get; set; }

    /// <summary>Its last request, UTC; null when there was none.</summary>
    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>How many machines wait for it to terminate them, the dead letters not counted.</summary>
    public int Pending { get; set; }

    /// <summary>How many of its terminations were given up.</summary>
    public int DeadLetters { get; set; }

    /// <summary>Its settings.</summary>
    public AgentConfig Config { get; set; } = new();
}
