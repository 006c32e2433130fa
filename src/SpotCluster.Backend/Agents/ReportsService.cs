using System.Globalization;
using System.Text.Json;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Agents;

/// <summary>What agents tell beside terminations. None of it touches a mark.</summary>
internal sealed class ReportsService(Database database)
{
    public Task<CleanupReceipt> CleanupAsync(RequestContext context, string agentId, CleanupReport report)
    {
        var snapshots = (report.Snapshots?.Deleted?.Length ?? 0) + (report.Amis?.DeletedSnapshots?.Length ?? 0);
        var images = report.Amis?.DeletedAmis?.Length ?? 0;
        var failed = Failures(report.Snapshots?.Failed, report.Snapshots?.Error) + Failures(report.Amis?.Failed, report.Amis?.Error);
        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            await session.ExecuteAsync(
                """
                INSERT INTO sc_cleanups (id, agent_id, deleted_snapshots_count, deleted_amis_count, failed_count, details, agent_time, executed_at)
                VALUES (@id, @agentId, @snapshots, @images, @failed, @details, @agentTime, @now)
                """,
                new
                {
                    id = Guid.CreateVersion7(session.Now).ToString(),
                    agentId,
                    snapshots,
                    images,
                    failed,
                    details = JsonSerializer.Serialize(report, Endpoints.WireJson.Options),
                    agentTime = report.Timestamp.ToMilliseconds(),
                    now = session.NowMs,
                });
            await session.ExecuteAsync(
                "UPDATE sc_agents SET last_cleanup_at = @now WHERE id = @agentId", new { agentId, now = session.NowMs });
            await Events.WriteAsync(
                session, AgentEventTypes.CleanupCompleted, failed == 0 ? Events.Info : Events.Warning,
                $"Cleanup: {snapshots} snapshots and {images} images deleted, {failed} failed", agent,
                metadata: new()
                {
                    ["deleted_snapshots"] = snapshots.ToString(CultureInfo.InvariantCulture),
                    ["deleted_amis"] = images.ToString(CultureInfo.InvariantCulture),
                    ["failed_count"] = failed.ToString(CultureInfo.InvariantCulture),
                });
            return new CleanupReceipt
            {
                Success = true,
                Message = "Cleanup report recorded",
                DeletedSnapshots = snapshots,
                DeletedAmis = images,
                FailedCount = failed,
            };
        });
    }

    /// <summary>Keeps the newest prices. The time of a mark is a column of its own, so this cannot reset it.</summary>
    public Task<Done> PricingAsync(RequestContext context, string agentId, PricingReport report) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            await AgentTable.SeenAsync(session, agent);
            await session.ExecuteAsync(
                """
                UPDATE sc_agents SET spot_price = COALESCE(@spot, spot_price), ondemand_price = COALESCE(@onDemand, ondemand_price)
                WHERE id = @agentId
                """,
                new
                {
                    agentId,
                    spot = report.Pricing?.CurrentSpotPrice?.ToString(CultureInfo.InvariantCulture),
                    onDemand = report.Pricing?.OnDemandPrice?.ToString(CultureInfo.InvariantCulture),
                });
            return Done.Yes;
        });

    /// <summary>AWS recommends to leave the machine. With automatic switching and a ready replica the advice is to switch.</summary>
    public Task<RebalanceReply> RebalanceAsync(RequestContext context, string agentId, RebalanceNotice notice) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            var ready = await session.FirstAsync<string>(
                "SELECT id FROM sc_replicas WHERE agent_id = @agentId AND status = 'ready' ORDER BY ready_at LIMIT 1", new { agentId });
            var act = agent.AutoSwitchEnabled && ready is not null;
            await Events.WriteAsync(
                session, AgentEventTypes.RebalanceRecommendation, Events.Warning,
                $"AWS recommends that agent {agent.LogicalAgentId} rebalances to another instance", agent, notice.InstanceId ?? agent.InstanceId);
            return new RebalanceReply(
                true, act ? "switch" : "monitor",
                act ? "A replica is ready" : agent.AutoSwitchEnabled ? "No replica is ready" : "Automatic switching is disabled", act ? ready : null);
        });

    private static int Failures(CleanupFailure[]? failures, string? error) =>
        (failures?.Length ?? 0) + (string.IsNullOrEmpty(error) ? 0 : 1);
}

internal sealed record PricingReport
{
    public Prices? Pricing { get; init; }
}

internal sealed record Prices
{
    public decimal? CurrentSpotPrice { get; init; }

    public decimal? OnDemandPrice { get; init; }
}

internal sealed record RebalanceNotice
{
    public string? InstanceId { get; init; }

    public DateTimeOffset? DetectedAt { get; init; }
}

internal sealed record RebalanceReply(bool Success, string Action, string Reason, string? ReplicaId);
