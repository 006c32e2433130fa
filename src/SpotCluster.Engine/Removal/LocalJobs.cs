namespace SpotCluster.Engine.Removal;

/// <summary>
/// What this computer knows of the processes of jobs: a cluster whose process has ended is expired whatever its tags say, and one
/// whose process runs is not expired by its lease.
/// </summary>
/// <param name="running">Clusters of jobs that run.</param>
/// <param name="ended">Clusters of jobs that were killed, in the account that is looked at.</param>
internal sealed class LocalJobs(IEnumerable<string> running, IEnumerable<string> ended)
{
    public static readonly LocalJobs None = new([], []);

    private readonly HashSet<string> _running = new(running, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _ended = new(ended, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an instance or another resource is expired.</summary>
    /// <param name="cluster">Its cluster; null for none.</param>
    /// <param name="expiresAt">End of its time to live; null for none.</param>
    /// <param name="leaseEndsAt">End of the lease of its job; null for none.</param>
    /// <param name="now">The time of the service.</param>
    public bool IsExpired(string? cluster, DateTimeOffset? expiresAt, DateTimeOffset? leaseEndsAt, DateTimeOffset now) =>
        expiresAt <= now
        || (cluster is not null && _ended.Contains(cluster))
        || (leaseEndsAt <= now && (cluster is null || !_running.Contains(cluster)));
}
