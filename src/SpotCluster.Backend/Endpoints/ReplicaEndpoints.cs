using SpotCluster.Backend.Replicas;
using SpotCluster.Backend.Security;

namespace SpotCluster.Backend.Endpoints;

/// <summary>The life of replicas. In the original these calls need no token; here the agent's own or the admin's.</summary>
internal static class ReplicaEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var replicas = routes.MapGroup("/api/agents/{agentId}/replicas").For(Access.AgentOrAdmin).WithTags("Replicas");

        replicas.MapPost("", async (string agentId, ReplicaRequest? body, ReplicaService service, HttpContext http) =>
            {
                var created = await service.CreateAsync(http.Request(), agentId, body ?? new ReplicaRequest());
                return TypedResults.Created($"/api/agents/{agentId}/replicas/{created.ReplicaId}", created);
            })
            .WithSummary("Requests a replica.");

        replicas.MapGet("", (string agentId, string? status, bool? include_terminated, ReplicaService service, HttpContext http) =>
                service.ListAsync(http.Request(), agentId, status, include_terminated == true && Caller.Of(http)!.AgentId is null))
            .WithSummary("Lists the active replicas, newest first. With include_terminated=true, the admin also gets terminated ones.");

        replicas.MapPut("/{replicaId}", (string agentId, string replicaId, ReplicaLaunched body, ReplicaService service, HttpContext http) =>
                service.LaunchedAsync(http.Request(), agentId, replicaId, body))
            .WithSummary("Reports the instance that was launched for the replica. If it is too late: 409, and the instance is queued for termination.");

        replicas.MapPost(
                "/{replicaId}/status",
                (string agentId, string replicaId, ReplicaStatusReport body, ReplicaService service, HttpContext http) =>
                    service.StatusAsync(http.Request(), agentId, replicaId, body))
            .WithSummary("Reports a state of the replica.");

        replicas.MapPost(
                "/{replicaId}/sync-status",
                (string agentId, string replicaId, ReplicaSyncReport body, ReplicaService service, HttpContext http) =>
                    service.SyncAsync(http.Request(), agentId, replicaId, body))
            .WithSummary("Reports the progress of the replica; at 100 percent it is ready.");

        replicas.MapPost(
                "/{replicaId}/promote",
                (string agentId, string replicaId, PromotionRequest? body, ReplicaService service, HttpContext http) =>
                    service.PromoteAsync(http.Request(), agentId, replicaId, body ?? new PromotionRequest()))
            .WithSummary("Promotes the replica to primary; the old primary is terminated after the wait.");

        replicas.MapDelete("/{replicaId}", (string agentId, string replicaId, ReplicaService service, HttpContext http) =>
                service.DeleteAsync(http.Request(), agentId, replicaId))
            .WithSummary("Terminates the replica.");
    }
}
