using SpotCluster.Backend.Data;
using SpotCluster.Backend.Security;
using SpotCluster.Backend.Statistics;
using SpotCluster.Backend.StatusPage;

namespace SpotCluster.Backend.Endpoints;

/// <summary>What machines and browsers ask of the backend itself.</summary>
internal static class SystemEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", async (Database database, HttpContext http) =>
            {
                try
                {
                    await database.ReadAsync(http.Request(), session => session.FirstAsync<int>("SELECT COUNT(*) FROM sc_migrations"));
                    return Results.Json(new Health("healthy", null), WireJson.Options);
                }
                catch (Exception failure) when (database.IsAway(failure))
                {
                    return Results.Json(new Health("unhealthy", Errors.DatabaseAway), WireJson.Options, statusCode: StatusCodes.Status503ServiceUnavailable);
                }
            })
            .Produces<Health>().Produces<Health>(StatusCodes.Status503ServiceUnavailable)
            .For(Access.Public).WithTags("System").WithSummary("Returns whether the backend and its database are available.");

        routes.MapGet("/metrics", async (MetricsService service, HttpContext http) =>
                Results.Text(await service.RenderAsync(http.Request()), "text/plain; version=0.0.4; charset=utf-8"))
            .For(Access.Admin).WithTags("System").Produces<string>(contentType: "text/plain").WithSummary("Returns metrics for Prometheus; requires the admin token.");

        routes.MapOpenApi("/openapi.json").For(Access.Public);
        StatusPageAssets.Map(routes);
    }
}

/// <summary>healthy, or unhealthy with the reason.</summary>
internal sealed record Health(string Status, string? Reason);
