using System.Globalization;
using System.Text;
using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Statistics;

/// <summary>The same numbers as Prometheus reads them. They come from the database, so they survive a restart.</summary>
internal sealed class MetricsService(Database database, StatisticsService statistics)
{
    private static readonly int[] BucketSeconds = [60, 300, 360, 600, 900, 1800, 3600, 7200, 14400, 86400];

    public async Task<string> RenderAsync(RequestContext context)
    {
        var total = await statistics.GetAsync(context, null);
        var (results, buckets, agents) = await database.ReadAsync(context, async session => (
            await session.QueryAsync<ResultRow>(
                "SELECT status Status, reason Reason, COUNT(*) Count FROM sc_claims WHERE status <> 'open' GROUP BY status, reason ORDER BY 1, 2"),
            await session.FirstAsync<BucketRow>(
                $"""
                SELECT {string.Join(", ", BucketSeconds.Select((limit, index) =>
                    $"COALESCE(SUM(CASE WHEN terminated_at - marked_at <= {limit}000 THEN 1 ELSE 0 END), 0) B{index}"))},
                    COUNT(*) Count, COALESCE(SUM(terminated_at - marked_at), 0) SumMs
                FROM sc_instances WHERE state = 'terminated' AND marked_at IS NOT NULL
                """),
            await session.QueryAsync<AgentSeenRow>(
                "SELECT id Id, last_seen_at LastSeenAt FROM sc_agents WHERE status <> 'deleted' AND last_seen_at IS NOT NULL ORDER BY id")));
        var text = new StringBuilder();
        Head(text, "spotcluster_terminations_total", "counter", "Closed attempts by result and reason.");
        foreach (var row in results)
        {
            Line(text, $"spotcluster_terminations_total{{result=\"{row.Status}\",reason=\"{row.Reason}\"}}", row.Count);
        }

        One(text, "spotcluster_terminated_last_day", "gauge", "Instances reported terminated in the last 24 hours.", total.TerminatedLastDay);
        One(text, "spotcluster_termination_success_ratio", "gauge", "Ratio of succeeded to closed attempts.", total.SuccessRate ?? double.NaN);
        One(text, "spotcluster_termination_failures_total", "counter", "Attempts that failed.", total.FailedAttempts);
        One(text, "spotcluster_pending_terminations", "gauge", "Instances marked and not yet terminated.", total.Pending);
        One(text, "spotcluster_oldest_pending_seconds", "gauge", "Age of the oldest pending one.", total.OldestPendingSeconds ?? 0);
        One(text, "spotcluster_dead_letters", "gauge", "Terminations that were given up.", total.DeadLetters);

        Head(text, "spotcluster_mark_to_terminate_seconds", "histogram", "Seconds from marking to the report of the termination.");
        for (var index = 0; index < BucketSeconds.Length; index++)
        {
            Line(text, $"spotcluster_mark_to_terminate_seconds_bucket{{le=\"{BucketSeconds[index]}\"}}", buckets!.At(index));
        }

        Line(text, "spotcluster_mark_to_terminate_seconds_bucket{le=\"+Inf\"}", buckets!.Count);
        Line(text, "spotcluster_mark_to_terminate_seconds_sum", buckets.SumMs / 1000);
        Line(text, "spotcluster_mark_to_terminate_seconds_count", buckets.Count);

        Head(text, "spotcluster_agent_last_seen_timestamp_seconds", "gauge", "Time of the last request of each agent.");
        foreach (var agent in agents)
        {
            Line(text, $"spotcluster_agent_last_seen_timestamp_seconds{{agent=\"{agent.Id}\"}}", agent.LastSeenAt / 1000.0);
        }

        return text.ToString();
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void One(StringBuilder text, string name, string type, string help, double value)
    {
        Head(text, name, type, help);
        Line(text, name, value);
    }

    private static void Line(StringBuilder text, string series, double value) =>
        text.Append(series).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private sealed class ResultRow
    {
        public string Status { get; set; } = "";

        public string Reason { get; set; } = "";

        public long Count { get; set; }
    }

    private sealed class AgentSeenRow
    {
        public string Id { get; set; } = "";

        public long LastSeenAt { get; set; }
    }

    private sealed class BucketRow
    {
        public long B0 { get; set; }

        public long B1 { get; set; }

        public long B2 { get; set; }

        public long B3 { get; set; }

        public long B4 { get; set; }

        public long B5 { get; set; }

        public long B6 { get; set; }

        public long B7 { get; set; }

        public long B8 { get; set; }

        public long B9 { get; set; }

        public long Count { get; set; }

        public double SumMs { get; set; }

        public long At(int index) => index switch
        {
            0 => B0,
            1 => B1,
            2 => B2,
            3 => B3,
            4 => B4,
            5 => B5,
            6 => B6,
            7 => B7,
            8 => B8,
            _ => B9,
        };
    }
}
