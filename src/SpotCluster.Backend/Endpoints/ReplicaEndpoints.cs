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
            .WithSummary("Asks for a replica.");

        replicas.MapGet("", (string agentId, string? status, bool? include_terminated, ReplicaService service, HttpContext http) =>
                service.ListAsync(http.Request(), agentId, status, include_terminated == true && Caller.Of(http)!.AgentId is null))
            .WithSummary("The active replicas, the newest first. With include_terminated=true the admin, and no agent, gets ended ones too.");

        replicas.MapPut("/{replicaId}", (string agentId, string replicaId, ReplicaLaunched body, ReplicaService service, HttpContext http) =>
                service.LaunchedAsync(http.Request(), agentId, replicaId, body))
            .WithSummary("A machine was launched for the replica. Too late: 409, and the machine is queued for termination.");

        replicas.MapPost(
                "/{replicaId}/status",
                (string agentId, string replicaId, ReplicaStatusReport body, ReplicaService service, HttpContext http) =>
                    service.StatusAsync(http.Request(), agentId, replicaId, body))
            .WithSummary("The replica's state changed.");

        replicas.MapPost(
                "/{replicaId}/sync-status",
                (string agentId, string replicaId, ReplicaSyncReport body, ReplicaService service, HttpContext http) =>
                    service.SyncAsync(http.Request(), agentId, replicaId, body))
            .WithSummary("How far the replica is; at 100 percent it is ready.");

        replicas.MapPost(
                "/{replicaId}/promote",
                (string agentId, string replicaId, PromotionRequest? body, ReplicaService service, HttpContext http) =>
                    service.PromoteAsync(http.Request(), agentId, replicaId, body ?? new PromotionRequest()))
            .WithSummary("The replica becomes the primary; the old primary is to go after the waiting time.");

        replicas.MapDelete("/{replicaId}", (string agentId, string replicaId, ReplicaService service, HttpContext http) =>
                service.DeleteAsync(http.Request(), agentId, replicaId))
            .WithSummary("The replica is to go.");
    }
}
