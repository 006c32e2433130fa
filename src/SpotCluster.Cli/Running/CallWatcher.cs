using System.Collections.Concurrent;

namespace SpotCluster.Cli.Running;

/// <summary>Counts the calls of an engine, and remembers where something may have been changed.</summary>
/// <param name="narrator">Reports the calls.</param>
internal sealed class CallWatcher(ICallObserver narrator) : ICallObserver
{
    private readonly ConcurrentDictionary<string, byte> _changedRegions = new(StringComparer.Ordinal);
    private int _calls;
    private int _changes;

    /// <summary>Number of calls that were sent, retries included.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Number of those that change something.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>Regions that a changing call was sent to, by name.</summary>
    public string[] ChangedRegions => [.. _changedRegions.Keys.Order(StringComparer.Ordinal)];

    public void Sending(CallRecord call)
    {
        Interlocked.Increment(ref _calls);
        if (call.Changes)
        {
            Interlocked.Increment(ref _changes);
            _changedRegions.TryAdd(call.Region, 0);
        }

        narrator.Sending(call);
    }

    public void Answered(CallRecord call) => narrator.Answered(call);

    public void Waiting(CallWait wait) => narrator.Waiting(wait);
}
