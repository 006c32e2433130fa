using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Agents;

/// <summary>Reads and locks agents.</summary>
internal static class AgentTable
{
    /// <summary>How much later a sighting must be to be written down: polls of a big fleet would otherwise write all the time.</summary>
    public static readonly TimeSpan SeenResolution = TimeSpan.FromSeconds(20);

    /// <summary>The agent; 404 when there is none or it was deleted.</summary>
    public static async Task<AgentRow> GetAsync(Session session, string agentId) =>
        await FindAsync(session, agentId, "") ?? throw ApiException.AgentNotFound();

    /// <summary>The agent, held until the transaction ends: everything that changes one of its machines begins with this.</summary>
    public static async Task<AgentRow> LockAsync(Session session, string agentId) =>
        await FindAsync(session, agentId, session.ForUpdate) ?? throw ApiException.AgentNotFound();

    /// <summary>Notes that the agent was heard of; an offline one is online again.</summary>
    public static async Task SeenAsync(Session session, AgentRow agent)
    {
        if (!IsStale(agent, session.NowMs))
        {
            return;
        }

        await session.ExecuteAsync(
            "UPDATE sc_agents SET last_seen_at = @now, status = CASE WHEN status = 'offline' THEN 'online' ELSE status END WHERE id = @Id",
            new { agent.Id, now = session.NowMs });
        agent.LastSeenAt = session.NowMs;
    }

    public static bool IsStale(AgentRow agent, long nowMs) =>
        IsOffline(agent) || nowMs - agent.LastSeenAt >= SeenResolution.TotalMilliseconds;

    public static bool IsOffline(AgentRow agent) => agent.Status == "offline" || agent.LastSeenAt is null;

    /// <summary>Moves the agent's primary. The caller has made sure that the machine is the agent's own and running.</summary>
    public static async Task SetPrimaryAsync(Session session, AgentRow agent, string instanceId, string? instanceType, string? az)
    {
        await session.ExecuteAsync(
            """
            UPDATE sc_agents SET instance_id = @instanceId, instance_type = COALESCE(@instanceType, instance_type), az = COALESCE(@az, az),
                updated_at = @now
            WHERE id = @Id
            """,
            new { agent.Id, instanceId, instanceType, az, now = session.NowMs });
        agent.InstanceId = instanceId;
    }

    private static Task<AgentRow?> FindAsync(Session session, string agentId, string suffix) =>
        session.FirstAsync<AgentRow>(
            $"SELECT {AgentRow.Columns} FROM sc_agents WHERE id = @agentId AND status <> 'deleted'{suffix}", new { agentId });
}
