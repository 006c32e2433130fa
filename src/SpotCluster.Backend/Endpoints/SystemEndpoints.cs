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
                await database.ReadAsync(http.Request(), session => session.FirstAsync<int>("SELECT COUNT(*) FROM sc_migrations"));
                return new Health("healthy");
            })
            .For(Access.Public).WithTags("System").WithSummary("Whether the backend and its database answer.");

        routes.MapGet("/metrics", async (MetricsService service, HttpContext http) =>
                Results.Text(await service.RenderAsync(http.Request()), "text/plain; version=0.0.4; charset=utf-8"))
            .For(Access.Admin).WithTags("System").Produces<string>(contentType: "text/plain").WithSummary("For Prometheus; give it the admin token.");

        routes.MapOpenApi("/openapi.json").For(Access.Public);
        StatusPageAssets.Map(routes);
    }
}

internal sealed record Health(string Status);
