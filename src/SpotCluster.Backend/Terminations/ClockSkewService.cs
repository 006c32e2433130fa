using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Endpoints;

namespace SpotCluster.Backend.Terminations;

/// <summary>Compares the Date header of an agent's request with the backend's clock.</summary>
internal sealed class ClockSkewService(Database database, TimeProvider clock)
{
    public async Task CheckAsync(HttpContext http, string agentId)
    {
        if (http.Request.GetTypedHeaders().Date is not { } told || (told - clock.GetUtcNow()).Duration() <= ClockSkew.Tolerable)
        {
            return;
        }

        var context = http.Request();
        if (!await database.ReadAsync(context, session => ClockSkew.IsNotedAsync(session, agentId)))
        {
            await database.WriteAsync(context, async session =>
                await ClockSkew.NoteAsync(session, await AgentTable.LockAsync(session, agentId), told));
        }
    }
}
