namespace SpotCluster.Model.Agent;

/// <summary>The answer to an <see cref="AgentRegistration"/>.</summary>
public sealed class AgentRegistrationReply
{
    /// <summary>The id that stands in the agent's paths.</summary>
    public string AgentId { get; set; } = "";

    /// <summary>The client that the agent belongs to.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The agent's settings; all off when the machine is not the primary.</summary>
    public AgentConfig Config { get; set; } = new();

    /// <summary>Set when the registration was ignored, and why.</summary>
    public string? Message { get; set; }
}
