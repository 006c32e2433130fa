using Microsoft.AspNetCore.Authorization;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Security;

namespace SpotCluster.Backend.Endpoints;

internal static class EndpointSupport
{
    /// <summary>Says who may call. Without it nobody may.</summary>
    public static T For<T>(this T endpoint, Access access)
        where T : IEndpointConventionBuilder => access == Access.Public
            ? endpoint.WithMetadata(new AllowAnonymousAttribute(), new AccessMetadata(access))
            : endpoint.WithMetadata(new AuthorizeAttribute(access.ToString()), new AccessMetadata(access));

    public static RequestContext Request(this HttpContext http) =>
        new(Caller.Of(http)?.Actor ?? "public", http.TraceIdentifier, http.RequestAborted);
}
