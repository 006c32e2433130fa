namespace SpotCluster.Model.Agent;

/// <summary>How terminations go (<c>GET /api/agents/{id}/statistics</c>, <c>GET /api/admin/stats</c>).</summary>
public sealed class TerminationStatistics
{
    /// <summary>When it was counted, by the backend's clock, UTC.</summary>
    public DateTimeOffset MeasuredAt { get; set; }

    /// <summary>Machines marked and not yet gone, the dead letters not counted.</summary>
    public int Pending { get; set; }

    /// <summary>Terminations that were given up.</summary>
    public int DeadLetters { get; set; }

    /// <summary>Age of the oldest pending one in seconds; null when none is pending.</summary>
    public long? OldestPendingSeconds { get; set; }

    /// <summary>Machines reported gone, ever.</summary>
    public int Terminated { get; set; }

    /// <summary>Machines reported gone in the last 24 hours.</summary>
    public int TerminatedLastDay { get; set; }

    /// <summary>Attempts that failed, ever.</summary>
    public int FailedAttempts { get; set; }

    /// <summary>Succeeded attempts divided by all closed ones, 0 to 1; null when there was none.</summary>
    public double? SuccessRate { get; set; }

    /// <summary>Average seconds from marking to the report that it is gone; null when none is.</summary>
    public double? AverageSecondsToTerminate { get; set; }

    /// <summary>Machines reported gone by day (UTC, <c>yyyy-MM-dd</c>), the last 30 days.</summary>
    public Dictionary<string, int> TerminatedByDay { get; set; } = [];
}
