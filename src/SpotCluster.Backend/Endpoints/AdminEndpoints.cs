using System.Globalization;
using System.Text.Json.Serialization;
using SpotCluster.Backend.Administration;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Security;
using SpotCluster.Backend.Statistics;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Endpoints;

/// <summary>What the admin calls. In the original these calls need no token; here the admin's.</summary>
internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        MapSettings(routes.MapGroup("/api/client/agents/{agentId}").For(Access.Admin).WithTags("Settings"));
        MapAdmin(routes.MapGroup("/api/admin").For(Access.Admin).WithTags("Admin"));
    }

    private static void MapSettings(RouteGroupBuilder client)
    {
        client.MapPost("/settings", (string agentId, AgentSettings body, SettingsService service, HttpContext http) =>
                service.ChangeAsync(http.Request(), agentId, body, ExpectedVersion(http)))
            .WithSummary("Changes settings; omitted settings are unchanged. If-Match prevents a lost update.");

        client.MapPost("/config", async (string agentId, OriginalConfig body, SettingsService service, HttpContext http) =>
            {
                var config = await service.ChangeAsync(http.Request(), agentId, body.ToSettings(), ExpectedVersion(http));
                return new OriginalConfigReply(
                    true, config.AutoSwitchEnabled, config.ManualReplicaEnabled, config.AutoTerminateEnabled, config.TerminateWaitSeconds);
            })
            .WithSummary("Changes settings in the original's format; returns the effective settings.");

        client.MapPost("/toggle-enabled", async (string agentId, SettingsService service, HttpContext http) =>
                new Toggled(true, (await service.ToggleAsync(http.Request(), agentId)).Enabled))
            .WithSummary("Enables or disables the agent.");

        client.MapDelete("", (string agentId, AdminService service, HttpContext http) => service.DeleteAsync(http.Request(), agentId))
            .WithSummary("Removes the agent; its replicas are marked for termination, and its tokens are revoked.");
    }

    private static void MapAdmin(RouteGroupBuilder admin)
    {
        admin.MapPost("/agents", async (AgentEnrollment body, AdminService service, HttpContext http) =>
            {
                var enrolled = await service.EnrollAsync(http.Request(), body);
                return TypedResults.Created($"/api/agents/{enrolled.AgentId}", enrolled);
            })
            .WithSummary("Enrolls an agent for one account and region. Only this response contains its token.");

        admin.MapGet("/overview", (FleetService service, HttpContext http) => service.OverviewAsync(http.Request()))
            .WithSummary("Returns the problems of the fleet, as numbers.");

        admin.MapGet(
                "/agents",
                async (string? search, string? status, string? sort, bool? descending, int? limit, int? offset, FleetService service, HttpContext http) =>
                {
                    var page = await service.AgentsAsync(
                        http.Request(), new AgentQuery(search, status, sort, descending ?? false, limit, offset ?? 0));

                    // An agent that is online is heard of all the time; that alone is no news.
                    return http.Tagged(page.Rows, page.Total, page.Rows.Select(row => new
                    {
                        row.AgentId,
                        row.LogicalAgentId,
                        row.ClientName,
                        row.Status,
                        row.InstanceId,
                        row.AgentVersion,
                        row.Pending,
                        row.DeadLetters,
                        row.Config,
                        Seen = row.Status == "online" ? null : row.LastSeenAt,
                    }));
                })
            .Produces<IReadOnlyList<AgentSummary>>()
            .WithSummary("Lists agents: search=TEXT, status=online|offline|off|problem, sort=problems|name|…, limit and offset; X-Total-Count is the total number.");

        admin.MapDelete("/agents/{agentId}/tokens", (string agentId, AdminService service, HttpContext http) =>
                service.RevokeAsync(http.Request(), agentId))
            .WithSummary("Revokes every token of the agent immediately.");

        admin.MapPost("/agents/{agentId}/reassign", (string agentId, ReassignRequest body, AdminService service, HttpContext http) =>
                service.ReassignAsync(http.Request(), agentId, body.ToAgentId))
            .WithSummary("Reassigns the agent's marked instances to another agent with the same client, account and region.");

        admin.MapGet(
                "/terminations",
                async (string? state, string? agent_id, string? search, string? sort, int? limit, int? offset, OverviewService service, HttpContext http) =>
                {
                    if (sort is not (null or "marked" or "problems"))
                    {
                        throw ApiException.Invalid("sort", "sort must be marked or problems");
                    }

                    var page = await service.TerminationsAsync(
                        http.Request(), state ?? "pending", agent_id, limit ?? 200, search, offset ?? 0, sort == "problems");

                    // That everything is older by now is no news.
                    return http.Tagged(page.Rows, page.Total, page.Rows.Select(row => new
                    {
                        row.AccountId,
                        row.InstanceId,
                        row.AgentId,
                        row.Status,
                        row.Reason,
                        row.MarkedAt,
                        row.BlockedBy,
                        row.Attempts,
                        row.NextAttemptAt,
                        row.LastError,
                        row.TerminatedAt,
                    }));
                })
            .Produces<IReadOnlyList<PendingTermination>>()
            .WithSummary("Lists marked instances: pending, dead_letter, terminated or all; search=TEXT, sort=marked|problems, limit and offset. X-Total-Count is the total number.");

        admin.MapPost("/terminations/requeue", (RequeueRequest? body, AdminService service, HttpContext http) =>
                service.RequeueAllAsync(http.Request(), body?.AgentId))
            .WithSummary("Requeues every given-up termination, of one agent or of all.");

        admin.MapPost(
                "/terminations/{accountId}/{instanceId}/requeue",
                (string accountId, string instanceId, AdminService service, HttpContext http) =>
                    service.RequeueAsync(http.Request(), accountId, instanceId))
            .WithSummary("Requeues a given-up termination.");

        admin.MapGet(
                "/events",
                async (string? agent_id, string? type, string? severity, long? before, int? limit, OverviewService service, HttpContext http) =>
                {
                    var events = await service.EventsAsync(http.Request(), agent_id, type, severity, before, limit ?? 50);
                    return http.Tagged(events, null, events.Select(row => row.Id));
                })
            .Produces<IReadOnlyList<AgentEvent>>().WithSummary("Lists events, newest first.");

        admin.MapGet("/activity", (OverviewService service, HttpContext http) =>
                service.EventsAsync(http.Request(), null, null, null, null, 50))
            .WithSummary("Lists the last 50 events.");

        admin.MapGet("/audit", (string? subject, int? limit, OverviewService service, HttpContext http) =>
                service.AuditAsync(http.Request(), subject, limit ?? 50))
            .WithSummary("Lists the audit log, newest first.");

        admin.MapGet("/stats", (StatisticsService service, HttpContext http) => service.GetAsync(http.Request(), null))
            .WithSummary("Returns statistics on terminations.");
    }

    private static long? ExpectedVersion(HttpContext http)
    {
        var tag = http.Request.Headers.IfMatch.ToString();
        return tag.Length == 0
            ? null
            : long.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? version
                : throw ApiException.Invalid("If-Match", "If-Match must be the ETag of the settings");
    }
}

/// <summary>The original's settings call, in its own spelling.</summary>
internal sealed record OriginalConfig
{
    public int? TerminateWaitMinutes { get; init; }

    [JsonPropertyName("terminateWaitMinutes")]
    public int? TerminateWaitMinutesCamel { get; init; }

    [JsonPropertyName("autoTerminateEnabled")]
    public bool? AutoTerminateEnabled { get; init; }

    [JsonPropertyName("autoSwitchEnabled")]
    public bool? AutoSwitchEnabled { get; init; }

    [JsonPropertyName("manualReplicaEnabled")]
    public bool? ManualReplicaEnabled { get; init; }

    public AgentSettings ToSettings()
    {
        var minutes = TerminateWaitMinutes ?? TerminateWaitMinutesCamel;
        if (minutes is < 0 or > SettingsService.LongestWaitSeconds / 60)
        {
            throw ApiException.Invalid("terminate_wait_minutes", $"terminate_wait_minutes must be 0 to {SettingsService.LongestWaitSeconds / 60}");
        }

        return new AgentSettings
        {
            TerminateWaitSeconds = minutes * 60,
            AutoTerminateEnabled = AutoTerminateEnabled,
            AutoSwitchEnabled = AutoSwitchEnabled,
            ManualReplicaEnabled = ManualReplicaEnabled,
        };
    }
}

internal sealed record OriginalConfigReply(
    bool Success, bool AutoSwitchEnabled, bool ManualReplicaEnabled, bool AutoTerminateEnabled, int TerminateWaitSeconds);

internal sealed record Toggled(bool Success, bool Enabled);
