using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authorization;

namespace SpotCluster.Backend.Security;

/// <summary>One policy for each <see cref="Access"/>, named as it is.</summary>
internal static class AccessPolicies
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<FailedTokens>();

        // The core alone: the rest is for cookies, and would keep keys on the disk.
        services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = TokenAuthentication.SchemeName;
            authentication.AddScheme<TokenAuthentication>(TokenAuthentication.SchemeName, null);
        });
        services.AddSingleton(UrlEncoder.Default);
        services.AddTransient<TokenAuthentication>();
        services.AddAuthorization(authorization =>
        {
            foreach (var access in Enum.GetValues<Access>().Where(access => access != Access.Public))
            {
                authorization.AddPolicy(access.ToString(), policy =>
                    policy.RequireAuthenticatedUser().RequireAssertion(context => IsAllowed(access, (HttpContext)context.Resource!)));
            }

            // A route that says nothing is closed to everybody. Refusals that routing makes itself (405, 415) are no routes and tell nothing.
            authorization.FallbackPolicy = new AuthorizationPolicyBuilder()
                .RequireAssertion(context => ((HttpContext)context.Resource!).GetEndpoint() is { } endpoint and not RouteEndpoint)
                .Build();
        });
    }

    private static bool IsAllowed(Access access, HttpContext http)
    {
        var caller = Caller.Of(http);
        var isOfPath = caller?.AgentId is { } agentId && agentId == http.GetRouteValue("agentId") as string;
        return caller is not null && access switch
        {
            Access.Admin => caller.AgentId is null,
            Access.AnyAgent => caller.AgentId is not null,
            Access.Agent => isOfPath,
            Access.AgentOrAdmin => caller.AgentId is null || isOfPath,
            _ => false,
        };
    }
}

internal sealed record AccessMetadata(Access Access);
