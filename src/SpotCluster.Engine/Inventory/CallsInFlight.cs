using SpotCluster.Engine.Clusters.Journal;

namespace SpotCluster.Engine.Inventory;

/// <summary>
/// Launches that were broken off: what their last calls made may come to light only some minutes later, so a proof of
/// emptiness has to outwait them.
/// </summary>
internal sealed class CallsInFlight(IReadOnlyList<JournalEntry> openRuns)
{
    /// <summary>No launch was broken off.</summary>
    public static readonly CallsInFlight None = new([]);

    /// <summary>When the last of those calls was written down for the region; null when there is none.</summary>
    public DateTimeOffset? LastBegun(string region)
    {
        var times = openRuns.Select(run => LastBegun(run, region)).OfType<DateTimeOffset>().ToList();
        return times.Count == 0 ? null : times.Max();
    }

    private static DateTimeOffset? LastBegun(JournalEntry run, string region)
    {
        var calls = run.Calls.Where(call => string.Equals(call.Region, region, StringComparison.Ordinal)).ToList();
        return calls.Count > 0 ? calls.Max(call => call.At)
            : run.Regions.Any(planned => string.Equals(planned.Region, region, StringComparison.Ordinal)) ? run.StartedAt
            : null;
    }
}
