namespace SpotCluster.Model.Agent;

/// <summary>The body of <c>POST /api/agents/register</c>: an agent says which machine it runs on.</summary>
public sealed class AgentRegistration
{
    /// <summary>The name that stays when the machine is replaced.</summary>
    public string? LogicalAgentId { get; set; }

    /// <summary>The EC2 id of the machine that the agent runs on.</summary>
    public string? InstanceId { get; set; }

    /// <summary>Its instance type.</summary>
    public string? InstanceType { get; set; }

    /// <summary>Its region; must be the region that the agent was enrolled for.</summary>
    public string? Region { get; set; }

    /// <summary>Its availability zone.</summary>
    public string? Az { get; set; }

    /// <summary>Its account, 12 digits; must be the account that the agent was enrolled for when given.</summary>
    public string? AccountId { get; set; }

    /// <summary>The host's name.</summary>
    public string? Hostname { get; set; }

    /// <summary>The machine image.</summary>
    public string? AmiId { get; set; }

    /// <summary><c>spot</c>, <c>ondemand</c> or <c>unknown</c>.</summary>
    public string? Mode { get; set; }

    /// <summary>The agent's version.</summary>
    public string? AgentVersion { get; set; }

    /// <summary>Private IPv4 address.</summary>
    public string? PrivateIp { get; set; }

    /// <summary>Public IPv4 address; null for a machine without one.</summary>
    public string? PublicIp { get; set; }
}
