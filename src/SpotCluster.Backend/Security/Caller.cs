namespace SpotCluster.Backend.Security;

/// <summary>Who calls. Null agent: the admin.</summary>
internal sealed record Caller(string? AgentId)
{
    public string Actor => AgentId is null ? "admin" : $"agent:{AgentId}";

    public static Caller? Of(HttpContext http) => http.Features.Get<Caller>();
}
