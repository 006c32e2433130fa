namespace SpotCluster.Model.Agent;

/// <summary>The body of <c>POST /api/admin/agents</c>: makes an agent known before it first calls.</summary>
public sealed class AgentEnrollment
{
    /// <summary>The client's name; made when there is none of that name.</summary>
    public string? Client { get; set; }

    /// <summary>The name that stays when the machine is replaced; unique for the client.</summary>
    public string? LogicalAgentId { get; set; }

    /// <summary>The only AWS account that the agent may work in, 12 digits.</summary>
    public string? AccountId { get; set; }

    /// <summary>The only AWS region that the agent may work in.</summary>
    public string? Region { get; set; }

    /// <summary>Settings that differ from the defaults; null for none.</summary>
    public AgentSettings? Settings { get; set; }
}

/// <summary>The answer to an <see cref="AgentEnrollment"/> or to a new token: the only time that the token is shown.</summary>
public sealed class AgentEnrolled
{
    /// <summary>The id that stands in the agent's paths.</summary>
    public string AgentId { get; set; } = "";

    /// <summary>The client's id.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The agent's token. The backend keeps only its hash.</summary>
    public string Token { get; set; } = "";
}
