using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>
/// Launches that were interrupted: what their last calls made may come to light only some time later, so a proof of
/// emptiness waits for them. A call whose client token was seen has had its effect, and is waited for no longer.
/// </summary>
internal sealed class CallsInFlight
{
    /// <summary>How long a call for instances whose answer nobody saw may still bring something to light.</summary>
    private static readonly TimeSpan ForInstances = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a network that was asked for before the removal began may stay unseen. No instance comes of it: calls for
    /// instances are written down before they are sent.
    /// </summary>
    private static readonly TimeSpan ForNetworks = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly IJournal? _journal;
    private readonly List<JournalEntry> _openRuns;

    /// <param name="openRuns">The runs of those launches.</param>
    /// <param name="journal">Where it is written down that a call had its effect, for a removal that goes on where this one was stopped.</param>
    public CallsInFlight(IEnumerable<JournalEntry> openRuns, IJournal? journal)
    {
        _openRuns = [.. openRuns];
        _journal = journal;
    }

    /// <summary>No launch was interrupted.</summary>
    public static CallsInFlight None => new([], null);

    /// <summary>These client tokens are those of calls that had their effect.</summary>
    public void Saw(IReadOnlyCollection<string> tokens)
    {
        lock (_gate)
        {
            for (var at = 0; at < _openRuns.Count; at++)
            {
                var run = _openRuns[at];
                if (run.Calls.Any(call => !call.IsSettled && tokens.Contains(call.Token)))
                {
                    _openRuns[at] = run with { Calls = [.. run.Calls.Select(call => tokens.Contains(call.Token) ? call with { IsSettled = true } : call)] };
                    WriteDown(_openRuns[at]);
                }
            }
        }
    }

    private void WriteDown(JournalEntry run)
    {
        try
        {
            _journal?.Open(run).Dispose();
        }
        catch (SpotException)
        {
            // Then the next removal waits for it once more.
        }
    }

    /// <summary>When nothing more can come to light in the region; null when nothing is waited for.</summary>
    /// <param name="region">The region.</param>
    /// <param name="removalStartedAt">When the removal began: no launch that it removes has sent a call since.</param>
    public DateTimeOffset? SettledAt(string region, DateTimeOffset removalStartedAt)
    {
        lock (_gate)
        {
            var times = _openRuns.Select(run => SettledAt(run, region, removalStartedAt)).OfType<DateTimeOffset>().ToList();
            return times.Count == 0 ? null : times.Max();
        }
    }

    private static DateTimeOffset? SettledAt(JournalEntry run, string region, DateTimeOffset removalStartedAt)
    {
        var calls = run.Calls.Where(call => string.Equals(call.Region, region, StringComparison.Ordinal)).ToList();
        var unseen = calls.Where(call => !call.IsSettled).ToList();
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
