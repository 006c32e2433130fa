namespace SpotCluster.Model.Agent;

/// <summary>The body of every answer that is not a success.</summary>
public sealed class AgentProblem
{
    /// <summary>A constant word for programs, for example <c>agent_not_found</c>.</summary>
    public string Code { get; set; } = "";

    /// <summary>One sentence for people.</summary>
    public string Error { get; set; } = "";

    /// <summary>The HTTP status.</summary>
    public int Status { get; set; }

    /// <summary>The id under which the backend's log has the details.</summary>
    public string Id { get; set; } = "";

    /// <summary>What is wrong with each field; null when no field is to blame.</summary>
    public Dictionary<string, string>? Details { get; set; }
}
