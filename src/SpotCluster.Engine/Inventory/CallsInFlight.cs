using SpotCluster.Engine.Clusters.Journal;

namespace SpotCluster.Engine.Inventory;

/// <summary>
/// Launches that were interrupted: what their last calls made may come to light only some time later, so a proof of
/// emptiness waits for them. A call whose client token was seen has had its effect, and is waited for no longer.
/// </summary>
internal sealed class CallsInFlight(IReadOnlyList<JournalEntry> openRuns)
{
    /// <summary>How long a call for instances whose answer nobody saw may still bring something to light.</summary>
    private static readonly TimeSpan ForInstances = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a network that was asked for before the removal began may stay unseen. No instance comes of it: calls for
    /// instances are written down before they are sent.
    /// </summary>
    private static readonly TimeSpan ForNetworks = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>No launch was interrupted.</summary>
    public static CallsInFlight None => new([]);

    /// <summary>The runs of those launches.</summary>
    public IEnumerable<string> Runs => openRuns.Select(run => run.Run);

    /// <summary>These client tokens are those of calls that had their effect.</summary>
    public void Saw(IEnumerable<string> tokens)
    {
        lock (_gate)
        {
            _seen.UnionWith(tokens);
        }
    }

    /// <summary>When nothing more can come to light in the region; null when nothing is waited for.</summary>
    /// <param name="region">The region.</param>
    /// <param name="removalStartedAt">When the removal began: no launch that it removes has sent a call since.</param>
    public DateTimeOffset? SettledAt(string region, DateTimeOffset removalStartedAt)
    {
        lock (_gate)
        {
            var times = openRuns.Select(run => SettledAt(run, region, removalStartedAt)).OfType<DateTimeOffset>().ToList();
            return times.Count == 0 ? null : times.Max();
        }
    }

    private DateTimeOffset? SettledAt(JournalEntry run, string region, DateTimeOffset removalStartedAt)
    {
        var calls = run.Calls.Where(call => string.Equals(call.Region, region, StringComparison.Ordinal)).ToList();
        var unseen = calls.Where(call => !_seen.Contains(call.Token)).ToList();
        if (unseen.Count > 0)
        {
            return unseen.Max(call => call.At) + ForInstances;
        }

        if (calls.Count > 0 || !run.Regions.Any(planned => string.Equals(planned.Region, region, StringComparison.Ordinal)))
        {
            return null;
        }

        var (byRun, byRemoval) = (run.StartedAt + ForInstances, removalStartedAt + ForNetworks);
        return byRun < byRemoval ? byRun : byRemoval;
    }
}
