using SpotCluster.Model;

namespace SpotCluster.Engine.Journal;

/// <summary>Keeps the entry of one run; where it goes is the caller's choice.</summary>
internal sealed class JournalRun(JournalEntry entry, TimeProvider clock, Action<JournalEntry> write, Action complete, Action release) : IJournalRun
{
    private readonly object _gate = new();

    public JournalEntry Entry { get; private set; } = entry;

    public JournalCall Record(string region, int count, SpotLifecycle lifecycle, IReadOnlyList<Pool> pools)
    {
        lock (_gate)
        {
            // The number makes the token unique within the run and region; a client token may have 64 characters.
            var number = Entry.Calls.Count(known => known.Region == region);
            var call = new JournalCall(region, $"{Entry.Stem ?? Entry.Run}-fleet-{number}", clock.GetUtcNow(), count, lifecycle, pools);
            var next = Entry with { Calls = [.. Entry.Calls, call] };
            write(next);
            Entry = next;
            return call;
        }
    }

    public void Complete() => complete();

    public void Dispose() => release();
}
