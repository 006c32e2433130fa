using System.Collections.Concurrent;
using Dapper;
using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Agents;

/// <summary>
/// Agents that polled and found nothing. That they were there is written for all of them together with the scheduler's next pass, so that
/// the poll of an idle agent only reads. What a crash loses of it, the next poll says again. One that was taken for offline is online at once.
/// </summary>
internal sealed class Sightings(Database database)
{
    private const int Page = 100;

    // Always of so many ids: a statement that comes again is prepared once.
    private static readonly string Update = $"""
        UPDATE sc_agents SET last_seen_at = @at, status = CASE WHEN status = 'offline' THEN 'online' ELSE status END
        WHERE id IN ({string.Join(", ", Enumerable.Range(0, Page).Select(index => $"@id{index}"))})
            AND status <> 'deleted' AND (last_seen_at IS NULL OR last_seen_at < @at)
        """;

    private readonly ConcurrentDictionary<string, long> _seen = new(StringComparer.Ordinal);

    /// <summary>The agent was heard of.</summary>
    public async Task NoteAsync(RequestContext context, AgentRow agent, long nowMs)
    {
        if (AgentTable.IsOffline(agent))
        {
            await database.WriteAsync(context, session => AgentTable.SeenAsync(session, agent));
        }
        else if (AgentTable.IsStale(agent, nowMs))
        {
            _seen[agent.Id] = nowMs;
        }
    }

    /// <summary>Writes down what was noted. What cannot be written stays noted.</summary>
    public async Task FlushAsync(RequestContext context)
    {
        // In the order of the ids: two backends that write the same agents do not meet in a deadlock.
        foreach (var page in _seen.OrderBy(item => item.Key, StringComparer.Ordinal).Chunk(Page))
        {
            var at = page.Min(item => item.Value);
            var parameters = new DynamicParameters(new { at });
            for (var index = 0; index < Page; index++)
            {
                parameters.Add($"id{index}", page[Math.Min(index, page.Length - 1)].Key);
            }

            await database.WriteAsync(context, session => session.ExecuteAsync(Update, parameters));
            foreach (var item in page)
            {
                _seen.TryRemove(item);
            }
        }
    }
}
