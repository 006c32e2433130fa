using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
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

    /// <summary>The rows with their number and an ETag; 304 when nothing that counts has changed since the caller's If-None-Match.</summary>
    /// <param name="http">The request.</param>
    /// <param name="rows">What is answered.</param>
    /// <param name="total">How many rows there are on all pages; null when that is not counted.</param>
    /// <param name="news">What of them counts as a change.</param>
    public static IResult Tagged<T>(this HttpContext http, IReadOnlyList<T> rows, int? total, object news)
    {
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { total, news }, WireJson.Options));
        var tag = $"\"{Convert.ToHexStringLower(hash)[..32]}\"";
        http.Response.Headers.ETag = tag;
        http.Response.Headers.CacheControl = "no-cache";
        if (total is { } count)
        {
            http.Response.Headers["X-Total-Count"] = count.ToString(CultureInfo.InvariantCulture);
        }

        return http.Request.Headers.IfNoneMatch == tag
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Json(rows, WireJson.Options);
    }

    public static RequestContext Request(this HttpContext http) =>
        new(Caller.Of(http)?.Actor ?? "public", http.TraceIdentifier, http.RequestAborted);
}
