using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using SpotCluster.Backend.Administration;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Replicas;
using SpotCluster.Backend.Security;
using SpotCluster.Backend.Statistics;
using SpotCluster.Backend.Terminations;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Endpoints;

/// <summary>What agents call, under the original's paths.</summary>
internal static class AgentEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/agents/register", (AgentRegistration body, RegistrationService service, HttpContext http) =>
                service.RegisterAsync(http.Request(), Caller.Of(http)!.AgentId!, body))
            .For(Access.AnyAgent).WithTags("Agents").WithSummary("Registers the instance that the agent runs on.");

        routes.MapGet("/api/client/validate", (OverviewService service, HttpContext http) =>
                service.ValidateAsync(http.Request(), Caller.Of(http)!.AgentId!))
            .For(Access.AnyAgent).WithTags("Agents").WithSummary("Returns the agent of the token. Changes nothing.");

        var agent = routes.MapGroup("/api/agents/{agentId}").WithTags("Agents");
        MapTerminations(agent);
        MapLife(agent);
        MapReports(agent);
    }

    private static void MapTerminations(RouteGroupBuilder agent)
    {
        agent.MapGet(
                "/instances-to-terminate",
                async (string agentId, int? limit, bool? claim, string? only, ClaimService service, ClockSkewService skew, HttpContext http) =>
                {
                    // A look changes nothing, not even the journal.
                    if (claim != false)
                    {
                        await skew.CheckAsync(http, agentId);
                    }

                    return await service.ListAsync(http.Request(), http.Features.GetRequiredFeature<AgentAtGate>(), limit ?? ClaimService.DefaultLimit, claim ?? true, only);
                })
            .For(Access.Agent).WithSummary("Claims the instances that this agent must terminate now. claim=false lists them without a claim; only=ID,ID restricts the claim to these.");

        agent.MapPost(
                "/termination-report",
                async (string agentId, TerminationReport body, ReportService service, ClockSkewService skew, HttpContext http) =>
                {
                    await skew.CheckAsync(http, agentId);
                    return await service.ReportAsync(http.Request(), agentId, body);
                })
            .For(Access.Agent).WithSummary("Reports the outcome of a claim. Repeating a report changes nothing.");
    }

    private static void MapLife(RouteGroupBuilder agent)
    {
        agent.MapGet("", async (string agentId, OverviewService service, HttpContext http) =>
                (await service.AgentsAsync(http.Request(), agentId)).SingleOrDefault() ?? throw ApiException.AgentNotFound())
            .For(Access.AgentOrAdmin).WithSummary("Returns the agent.");

        agent.MapPost("/heartbeat", async (string agentId, AgentHeartbeat body, RegistrationService service, HttpContext http) =>
            {
                await service.HeartbeatAsync(http.Request(), agentId, body);
                return Done.Yes;
            })
            .For(Access.Agent).WithSummary("Reports that the agent is running.");

        agent.MapGet("/config", async (string agentId, SettingsService service, HttpContext http) =>
            {
                var config = await service.GetAsync(http.Request(), agentId);
                var tag = $"\"{config.ConfigVersion.ToString(CultureInfo.InvariantCulture)}\"";
                http.Response.Headers.ETag = tag;
                return http.Request.Headers.IfNoneMatch == tag ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Json(config, WireJson.Options);
            })
            .For(Access.AgentOrAdmin).Produces<AgentConfig>().WithSummary("Returns the settings of the agent; ETag is their version.");

        agent.MapGet("/replica-config", async (string agentId, SettingsService service, HttpContext http) =>
            {
                var config = await service.GetAsync(http.Request(), agentId);
                return new ReplicaConfig(config.ReplicaEnabled, config.ReplicaCount);
            })
            .For(Access.AgentOrAdmin).WithSummary("Returns the wanted number of automatic replicas.");

        agent.MapPost("/token/rotate", (string agentId, RotateRequest? body, AdminService service, HttpContext http) =>
                service.RotateAsync(http.Request(), agentId, body?.GraceSeconds ?? 300))
            .For(Access.AgentOrAdmin).WithSummary("Rotates the token; the old token is valid during the grace period.");

        agent.MapGet("/statistics", (string agentId, StatisticsService service, HttpContext http) => service.GetAsync(http.Request(), agentId))
            .For(Access.AgentOrAdmin).WithSummary("Returns statistics on the agent's terminations.");

        agent.MapGet(
                "/events",
                (string agentId, string? type, string? severity, long? before, int? limit, OverviewService service, HttpContext http) =>
                    service.EventsAsync(http.Request(), agentId, type, severity, before, limit ?? 50))
            .For(Access.AgentOrAdmin).WithSummary("Lists the events of the agent, newest first.");

        // The original agent asks every 15 seconds. Nothing here decides about switching, so there is never a command.
        agent.MapGet("/pending-commands", (string agentId) => Array.Empty<object>())
            .For(Access.Agent).WithSummary("Lists commands of a switching advisor; always empty.");
    }

    private static void MapReports(RouteGroupBuilder agent)
    {
        agent.MapPost("/register-instance", (string agentId, InstanceRegistration body, RegistrationService service, HttpContext http) =>
                service.RegisterInstanceAsync(http.Request(), agentId, body))
            .For(Access.Agent).WithSummary("Registers an instance. A new primary turns the old primary into a zombie.");

        agent.MapPost("/switch-report", (string agentId, SwitchReport body, RegistrationService service, HttpContext http) =>
                service.SwitchAsync(http.Request(), agentId, body))
            .For(Access.Agent).WithSummary("Reports that the agent moved to another instance.");

        agent.MapPost("/termination", (string agentId, GoingAway? body, RegistrationService service, HttpContext http) =>
                service.GoingAwayAsync(http.Request(), agentId, body?.Reason))
            .For(Access.Agent).WithSummary("Reports that the agent's instance is being terminated.");

        agent.MapPost("/cleanup-report", (string agentId, CleanupReport body, ReportsService service, HttpContext http) =>
                service.CleanupAsync(http.Request(), agentId, body))
            .For(Access.Agent).WithSummary("Reports deleted images and snapshots.");

        agent.MapPost("/pricing-report", (string agentId, PricingReport body, ReportsService service, HttpContext http) =>
                service.PricingAsync(http.Request(), agentId, body))
            .For(Access.Agent).WithSummary("Reports current prices.");

        agent.MapPost("/rebalance-recommendation", (string agentId, RebalanceNotice? body, ReportsService service, HttpContext http) =>
                service.RebalanceAsync(http.Request(), agentId, body ?? new RebalanceNotice()))
            .For(Access.Agent).WithSummary("Reports a rebalance recommendation of AWS.");

        agent.MapPost("/termination-imminent", (string agentId, ImminentTermination? body, ReplicaService service, HttpContext http) =>
                service.TerminationImminentAsync(http.Request(), agentId, body ?? new ImminentTermination()))
            .For(Access.Agent).WithSummary("Reports an interruption notice of AWS: if the instance is the primary, the best replica is promoted.");
    }
}
