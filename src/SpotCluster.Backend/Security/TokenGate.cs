using SpotCluster.Backend.Data;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Security;

/// <summary>Lets a request through or not, before anything of its body is read.</summary>
internal sealed class TokenGate(Database database, BackendOptions options)
{
    private static readonly TimeSpan FailureNoteInterval = TimeSpan.FromMinutes(1);

    private readonly string _adminHash = Token.Hash(options.AdminToken);
    private long _lastFailureNote = long.MinValue;

    public async Task CheckAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint is null)
        {
            throw ApiException.NotFound("path_not_found", "There is nothing at this path");
        }

        // Refusals that routing makes itself (405, 415) are no routes; they tell nothing and need no token.
        var access = endpoint.Metadata.GetMetadata<AccessMetadata>()?.Access;
        if (access == Access.Public || endpoint is not RouteEndpoint)
        {
            return;
        }

        var caller = await IdentifyAsync(http) ?? throw await RefuseAsync(http);
        var agentOfPath = http.GetRouteValue("agentId") as string;
        var allowed = access switch
        {
            Access.Admin => caller.AgentId is null,
            Access.AnyAgent => caller.AgentId is not null,
            Access.Agent => caller.AgentId is not null && caller.AgentId == agentOfPath,
            Access.AgentOrAdmin => caller.AgentId is null || caller.AgentId == agentOfPath,
            _ => false,
        };
        if (!allowed)
        {
            // Somebody else's agent looks the same as none at all.
            throw access == Access.Admin || caller.AgentId is null
                ? new ApiException(StatusCodes.Status403Forbidden, "not_allowed", "This token may not do that")
                : ApiException.AgentNotFound();
        }

        http.Features.Set(caller);
    }

    private async Task<Caller?> IdentifyAsync(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : header.Trim();
        if (token.Length is 0 or > 512)
        {
            return null;
        }

        var hash = Token.Hash(token);
        if (Token.HashEquals(hash, _adminHash))
        {
            return new Caller(null);
        }

        var context = new RequestContext("gate", http.TraceIdentifier, http.RequestAborted);
        var row = await database.ReadAsync(context, session => session.FirstAsync<TokenRow>(
            """
            SELECT t.hash Hash, t.agent_id AgentId FROM sc_agent_tokens t JOIN sc_agents a ON a.id = t.agent_id
            WHERE t.hash = @hash AND (t.expires_at IS NULL OR t.expires_at > @now) AND a.status <> 'deleted'
            """,
            new { hash, now = session.NowMs }));
        return row is not null && Token.HashEquals(row.Hash, hash) ? new Caller(row.AgentId) : null;
    }

    private async Task<ApiException> RefuseAsync(HttpContext http)
    {
        var missing = http.Request.Headers.Authorization.Count == 0;
        http.Response.Headers.WWWAuthenticate = "Bearer";
        await NoteAsync(http, missing);
        return new ApiException(
            StatusCodes.Status401Unauthorized, missing ? "token_missing" : "token_invalid",
            missing ? "Missing client token" : "Invalid client token");
    }

    /// <summary>At most one event a minute: whoever knocks without a key must not be able to fill the disk.</summary>
    private async Task NoteAsync(HttpContext http, bool missing)
    {
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var last = Interlocked.Read(ref _lastFailureNote);
        if ((last != long.MinValue && now - last < FailureNoteInterval.TotalMilliseconds)
            || Interlocked.CompareExchange(ref _lastFailureNote, now, last) != last)
        {
            return;
        }

        var context = new RequestContext("gate", http.TraceIdentifier, http.RequestAborted);
        await database.WriteAsync(context, session => Events.WriteAsync(
            session, AgentEventTypes.AuthFailed, Events.Warning, missing ? "A request carried no token" : "A request carried a wrong token",
            metadata: new() { ["remote"] = http.Connection.RemoteIpAddress?.ToString() }));
    }

    private sealed class TokenRow
    {
        public string Hash { get; set; } = "";

        public string AgentId { get; set; } = "";
    }
}

internal sealed record AccessMetadata(Access Access);
