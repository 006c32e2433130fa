using System.Security.Claims;

namespace SpotCluster.Backend.Security;

/// <summary>Who calls. Null agent: the admin.</summary>
internal sealed record Caller(string? AgentId)
{
    private const string AgentClaim = "agent";

    public string Actor => AgentId is null ? "admin" : $"agent:{AgentId}";

    public static Caller? Of(HttpContext http) =>
        http.User.Identity is { IsAuthenticated: true } ? new Caller(http.User.FindFirstValue(AgentClaim)) : null;

    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        AgentId is null ? [] : [new Claim(AgentClaim, AgentId)], TokenAuthentication.SchemeName));
}
