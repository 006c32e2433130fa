using System.Globalization;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Terminations;

/// <summary>The backend's clock decides. An agent whose clock is off is told on, once an hour.</summary>
internal static class ClockSkew
{
    public static readonly TimeSpan Tolerable = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan NoteInterval = TimeSpan.FromHours(1);

    public static async Task NoteAsync(Session session, AgentRow agent, DateTimeOffset told)
    {
        if (await IsNotedAsync(session, agent.Id))
        {
            return;
        }

        var seconds = (long)(told - session.Now).TotalSeconds;
        await Events.WriteAsync(
            session, AgentEventTypes.ClockSkewed, Events.Warning, $"The clock of agent {agent.LogicalAgentId} differs by {seconds} s",
            agent, metadata: new() { ["seconds"] = seconds.ToString(CultureInfo.InvariantCulture) });
    }

    public static async Task<bool> IsNotedAsync(Session session, string agentId) =>
        await session.FirstAsync<long?>(
            "SELECT id FROM sc_events WHERE agent_id = @agentId AND event_type = @type AND created_at > @since ORDER BY id DESC LIMIT 1",
            new
            {
                agentId,
                type = AgentEventTypes.ClockSkewed,
                since = session.NowMs - (long)NoteInterval.TotalMilliseconds,
            }) is not null;
}
