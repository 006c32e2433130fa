using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Terminations;

namespace SpotCluster.Backend.Security;

/// <summary>The agent that a token belongs to, and whether it has anything marked: all that a poll which finds nothing has to know, in one statement.</summary>
internal sealed class AgentAtGate : AgentRow
{
    /// <summary>Asks for the agent of the token with the hash <c>@hash</c>.</summary>
    public const string Select = $"""
        SELECT {Columns}, t.hash TokenHash,
            EXISTS (SELECT 1 FROM sc_instances i WHERE i.agent_id = a.id AND {Eligibility.Waiting}) IsWaiting
        FROM sc_agent_tokens t JOIN sc_agents a ON a.id = t.agent_id
        WHERE t.hash = @hash AND (t.expires_at IS NULL OR t.expires_at > @now) AND a.status <> 'deleted'
        """;

    public string TokenHash { get; set; } = "";

    /// <summary>Some instance of it is marked and not gone.</summary>
    public bool IsWaiting { get; set; }
}
