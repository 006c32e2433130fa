namespace SpotCluster.Model.Agent;

/// <summary>The body of <c>POST /api/agents/{id}/heartbeat</c>.</summary>
public sealed class AgentHeartbeat
{
    /// <summary><c>online</c>, <c>offline</c>, <c>switching</c> or <c>error</c>; online when left out.</summary>
    public string? Status { get; set; }

    /// <summary>The machine that the agent runs on.</summary>
    public string? InstanceId { get; set; }

    /// <summary>Its instance type.</summary>
    public string? InstanceType { get; set; }

    /// <summary><c>spot</c>, <c>ondemand</c> or <c>unknown</c>.</summary>
    public string? Mode { get; set; }

    /// <summary>Its availability zone.</summary>
    public string? Az { get; set; }

    /// <summary>The agent's version.</summary>
    public string? AgentVersion { get; set; }
}
