using System.Text.Json;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Journal;

/// <summary>What people want to read later: one row per thing that happened.</summary>
internal static class Events
{
    public const string Info = "info";
    public const string Warning = "warning";
    public const string Error = "error";

    public static Task WriteAsync(
        Session session, string type, string severity, string message, AgentRow? agent = null, string? instanceId = null,
        Dictionary<string, string?>? metadata = null)
    {
        session.Notes.Add(new Note(type, severity, message, agent?.LogicalAgentId));
        return session.ExecuteAsync(
            """
            INSERT INTO sc_events (event_type, severity, client_id, agent_id, instance_id, message, metadata, created_at)
            VALUES (@type, @severity, @clientId, @agentId, @instanceId, @message, @metadata, @now)
            """,
            new
            {
                type,
                severity,
                clientId = agent?.ClientId,
                agentId = agent?.Id,
                instanceId,
                message,
                metadata = metadata is null ? null : JsonSerializer.Serialize(metadata),
                now = session.NowMs,
            });
    }

    /// <summary>The newest events first. Null filters match everything.</summary>
    public static async Task<IReadOnlyList<AgentEvent>> ListAsync(
        Session session, string? agentId, string? type, string? severity, long? before, int limit)
    {
        var rows = await session.QueryAsync<EventRow>(
            $"""
            SELECT id Id, event_type EventType, severity Severity, client_id ClientId, agent_id AgentId, instance_id InstanceId,
                message Message, metadata Metadata, created_at CreatedAt
            FROM sc_events
            WHERE 1 = 1{Filter.When(agentId, "agent_id = @agentId")}{Filter.When(type, "event_type = @type")}
                {Filter.When(severity, "severity = @severity")}{Filter.When(before, "id < @before")}
            ORDER BY id DESC LIMIT @limit
            """,
            new { agentId, type, severity, before, limit });
        return rows.Select(row => new AgentEvent
        {
            Id = row.Id,
            EventType = row.EventType,
            Severity = row.Severity,
            ClientId = row.ClientId,
            AgentId = row.AgentId,
            InstanceId = row.InstanceId,
            Message = row.Message,
            Metadata = row.Metadata is null ? null : JsonSerializer.Deserialize<Dictionary<string, string?>>(row.Metadata),
            CreatedAt = row.CreatedAt.ToTime(),
        }).ToList();
    }

    private sealed class EventRow
    {
        public long Id { get; set; }

        public string EventType { get; set; } = "";

        public string Severity { get; set; } = "";

        public string? ClientId { get; set; }

        public string? AgentId { get; set; }

        public string? InstanceId { get; set; }

        public string Message { get; set; } = "";

        public string? Metadata { get; set; }

        public long CreatedAt { get; set; }
    }
}
