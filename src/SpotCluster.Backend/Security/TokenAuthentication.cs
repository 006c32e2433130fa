using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using SpotCluster.Backend.Data;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Security;

/// <summary>Who calls, by the token of the request. Nothing of its body was read by then.</summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> scheme, ILoggerFactory loggers, UrlEncoder encoder, Database database, BackendOptions options,
    FailedTokens failures) : AuthenticationHandler<AuthenticationSchemeOptions>(scheme, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    private const int LongestToken = 512;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // What is open to everybody does not ask the database who it is.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return AuthenticateResult.NoResult();
        }

        var header = Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : header.Trim();
        if (token.Length == 0)
        {
            return AuthenticateResult.NoResult();
        }

        return token.Length <= LongestToken && await IdentifyAsync(token) is { } caller
            ? AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(), SchemeName))
            : AuthenticateResult.Fail("Invalid client token");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var missing = Request.Headers.Authorization.Count == 0;
        Response.Headers.WWWAuthenticate = SchemeName;
        await NoteAsync(missing);
        if (!missing && !failures.Allow(Context.Connection.RemoteIpAddress))
        {
            Response.Headers.RetryAfter = FailedTokens.Window.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            throw new ApiException(StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many wrong tokens from this address");
        }

        throw new ApiException(
            StatusCodes.Status401Unauthorized, missing ? "token_missing" : "token_invalid", missing ? "Missing client token" : "Invalid client token");
    }

    /// <summary>Somebody else's agent looks the same as none at all.</summary>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        throw (Caller.Of(Context)?.AgentId is null || Context.GetEndpoint()?.Metadata.GetMetadata<AccessMetadata>()?.Access is null or Access.Admin
            ? new ApiException(StatusCodes.Status403Forbidden, "not_allowed", "This token may not do that")
            : ApiException.AgentNotFound());

    private async Task<Caller?> IdentifyAsync(string token)
    {
        var hash = Token.Hash(token);
        if (Token.HashEquals(hash, Token.Hash(options.AdminToken)))
        {
            return new Caller(null);
        }

        var context = new RequestContext("gate", Context.TraceIdentifier, Context.RequestAborted);
        var agent = await database.LookAsync(context, session => session.FirstAsync<AgentAtGate>(
            AgentAtGate.Select, new { hash, now = session.NowMs }));
        if (agent is null || !Token.HashEquals(agent.TokenHash, hash))
        {
            return null;
        }

        Context.Features.Set(agent);
        return new Caller(agent.Id);
    }

    private async Task NoteAsync(bool missing)
    {
        if (!failures.IsToBeNoted())
        {
            return;
        }

        var context = new RequestContext("gate", Context.TraceIdentifier, Context.RequestAborted);
        await database.WriteAsync(context, session => Journal.Events.WriteAsync(
            session, AgentEventTypes.AuthFailed, Journal.Events.Warning, missing ? "A request has no token" : "A request has an invalid token",
            metadata: new() { ["remote"] = Context.Connection.RemoteIpAddress?.ToString() }));
    }
}
