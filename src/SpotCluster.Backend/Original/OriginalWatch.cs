using SpotCluster.Backend.Data;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Original;

/// <summary>Hands nothing out while somebody else decides over the same machines. Without the original's tables there is nobody else.</summary>
internal sealed class OriginalWatch(OriginalDatabase? original)
{
    private static readonly TimeSpan NoteInterval = TimeSpan.FromHours(1);

    /// <exception cref="ApiException">The original backend wrote to the database after the import.</exception>
    public async Task RequireAloneAsync(Session session)
    {
        if (original is not null && await original.FindStrangerAsync(session) is { } trace)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "original_backend_runs", OriginalDatabase.Refusal(trace));
        }
    }

    /// <summary>Writes an event, once an hour.</summary>
    public async Task NoteAsync(Database database, RequestContext context)
    {
        if (original is null || await database.ReadAsync(context, original.FindStrangerAsync) is not { } trace)
        {
            return;
        }

        await database.WriteAsync(context, async session =>
        {
            var noted = await session.FirstAsync<long?>(
                "SELECT id FROM sc_events WHERE event_type = @type AND created_at > @since ORDER BY id DESC LIMIT 1",
                new { type = AgentEventTypes.OriginalBackendRuns, since = session.NowMs - (long)NoteInterval.TotalMilliseconds });
            if (noted is null)
            {
                await Events.WriteAsync(session, AgentEventTypes.OriginalBackendRuns, Events.Error, OriginalDatabase.Refusal(trace));
            }
        });
    }
}
