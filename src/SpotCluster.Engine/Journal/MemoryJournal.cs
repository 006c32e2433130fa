namespace SpotCluster.Engine.Journal;

/// <summary>A journal for a cloud that ends with this process: it has nothing to tell to the next one.</summary>
public sealed class MemoryJournal(TimeProvider clock) : IJournal
{
    private readonly object _gate = new();
    private readonly Dictionary<string, JournalEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IRemainingResources Remaining { get; } = new RemainingMemory();

    /// <inheritdoc/>
    public IReadOnlyList<JournalEntry> GetOpenRuns(string? clusterName, string? accountId, IOperationHost host)
    {
        lock (_gate)
        {
            return
            [
                .. _entries.Values
                    .Where(entry => clusterName is null || entry.ClusterName == clusterName)
                    .Where(entry => accountId is null || entry.AccountId == accountId)
                    .OrderBy(entry => entry.StartedAt),
            ];
        }
    }

    /// <inheritdoc/>
    public IJournalRun Open(JournalEntry entry)
    {
        lock (_gate)
        {
            if (!_held.Add(entry.ClusterName))
            {
                throw FileJournal.Held(entry.ClusterName);
            }

            _entries[entry.Run] = entry;
        }

        return new JournalRun(
            entry,
            clock,
            next => Locked(() => _entries[next.Run] = next),
            () => Locked(() => _entries.Remove(entry.Run)),
            () => Locked(() => _held.Remove(entry.ClusterName)));
    }

    /// <inheritdoc/>
    public void Delete(string clusterName, string accountId) => Locked(() =>
    {
        foreach (var run in _entries.Values.Where(e => e.ClusterName == clusterName && e.AccountId == accountId).Select(e => e.Run).ToList())
        {
            _entries.Remove(run);
        }
    });

    private void Locked(Action action)
    {
        lock (_gate)
        {
            action();
        }
    }
}
