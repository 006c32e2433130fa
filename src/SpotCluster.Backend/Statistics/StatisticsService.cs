using System.Globalization;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Statistics;

/// <summary>The numbers that the seed asks to watch, counted from what is written down.</summary>
internal sealed class StatisticsService(Database database)
{
    private const long DayMs = 86_400_000;

    /// <summary>Of one agent, or of all when null.</summary>
    public Task<TerminationStatistics> GetAsync(RequestContext context, string? agentId) =>
        database.ReadAsync(context, async session =>
        {
            if (agentId is not null)
            {
                await AgentTable.GetAsync(session, agentId);
            }

            var owned = Filter.When(agentId, "agent_id = @agentId");
            var now = session.NowMs;
            var machines = (await session.FirstAsync<Machines>(
                $"""
                SELECT
                    COALESCE(SUM(CASE WHEN state IN ('zombie', 'retired') AND dead_lettered_at IS NULL THEN 1 ELSE 0 END), 0) Pending,
                    COALESCE(SUM(CASE WHEN state IN ('zombie', 'retired') AND dead_lettered_at IS NOT NULL THEN 1 ELSE 0 END), 0) Dead,
                    MIN(CASE WHEN state IN ('zombie', 'retired') AND dead_lettered_at IS NULL THEN marked_at END) Oldest,
                    COALESCE(SUM(CASE WHEN state = 'terminated' THEN 1 ELSE 0 END), 0) Gone,
                    COALESCE(SUM(CASE WHEN state = 'terminated' AND terminated_at > @dayAgo THEN 1 ELSE 0 END), 0) GoneLastDay,
                    AVG(CASE WHEN state = 'terminated' THEN terminated_at - marked_at END) AverageMs
                FROM sc_instances WHERE marked_at IS NOT NULL{owned}
                """,
                new { agentId, dayAgo = now - DayMs }))!;
            var attempts = (await session.FirstAsync<Attempts>(
                $"""
                SELECT COALESCE(SUM(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END), 0) Succeeded,
                    COALESCE(SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END), 0) Failed,
                    COALESCE(SUM(CASE WHEN error_class IS NULL THEN 0 ELSE 1 END), 0) EverFailed
                FROM sc_claims WHERE 1 = 1{owned}
                """,
                new { agentId }))!;
            var days = await session.QueryAsync<Day>(
                $"""
                SELECT terminated_at - terminated_at % {DayMs} Start, COUNT(*) Count FROM sc_instances
                WHERE state = 'terminated' AND marked_at IS NOT NULL AND terminated_at > @monthAgo{owned}
                GROUP BY terminated_at - terminated_at % {DayMs} ORDER BY 1
                """,
                new { agentId, monthAgo = now - (30 * DayMs) });
            var closed = attempts.Succeeded + attempts.Failed;
            return new TerminationStatistics
            {
                MeasuredAt = session.Now,
                Pending = machines.Pending,
                DeadLetters = machines.Dead,
                OldestPendingSeconds = machines.Oldest is { } oldest ? Math.Max(0, now - oldest) / 1000 : null,
                Terminated = machines.Gone,
                TerminatedLastDay = machines.GoneLastDay,
                FailedAttempts = attempts.EverFailed,
                SuccessRate = closed == 0 ? null : (double)attempts.Succeeded / closed,
                AverageSecondsToTerminate = machines.AverageMs / 1000,
                TerminatedByDay = days.ToDictionary(
                    day => day.Start.ToTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), day => day.Count,
                    StringComparer.Ordinal),
            };
        });

    private sealed class Machines
    {
        public int Pending { get; set; }

        public int Dead { get; set; }

        public long? Oldest { get; set; }

        public int Gone { get; set; }

        public int GoneLastDay { get; set; }

        public double? AverageMs { get; set; }
    }

    private sealed class Attempts
    {
        public int Succeeded { get; set; }

        public int Failed { get; set; }

        /// <summary>Also those that a later report of success settled: a counter never falls.</summary>
        public int EverFailed { get; set; }
    }

    private sealed class Day
    {
        public long Start { get; set; }

        public int Count { get; set; }
    }
}
