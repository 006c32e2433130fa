using SpotCluster.Model;

namespace SpotCluster.Engine.Journal;

/// <summary>
/// The record of runs that have not ended. The cloud is the truth about what exists; the journal only tells what may
/// still be on its way: calls that were sent and whose answer nobody saw.
/// </summary>
public interface IJournal
{
    /// <summary>Runs that have not ended, oldest first. A file that cannot be read is reported as a warning and passed over.</summary>
    /// <param name="clusterName">A cluster; null for all.</param>
    /// <param name="accountId">An account; null for all.</param>
    /// <param name="host">Gets the warnings.</param>
    IReadOnlyList<JournalEntry> GetOpenRuns(string? clusterName, string? accountId, IOperationHost host);

    /// <summary>
    /// Writes a new run down, or takes an open one over. Only one process at a time may hold the runs of a cluster.
    /// </summary>
    /// <exception cref="SpotException">
    /// <see cref="SpotErrorIds.ClusterNameInUse"/> when another process holds it, <see cref="SpotErrorIds.LocalFileFailed"/>
    /// when it cannot be written.
    /// </exception>
    IJournalRun Open(JournalEntry entry);

    /// <summary>Forgets the runs of a cluster: to be called once it is proven gone.</summary>
    void Delete(string clusterName, string accountId);

    /// <summary>What removals left and nothing at the provider leads to.</summary>
    IRemainingResources Remaining { get; }
}

/// <summary>A run that is under way in this process. Disposing it lets others take it over; it does not end it.</summary>
public interface IJournalRun : IDisposable
{
    /// <summary>What is written by now.</summary>
    JournalEntry Entry { get; }

    /// <summary>Writes a call down; when this returns, it may be sent.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>: do not send it.</exception>
    JournalCall Record(string region, int count, SpotLifecycle lifecycle, IReadOnlyList<Pool> pools);

    /// <summary>The run has ended and nothing is on its way any more: its record is deleted.</summary>
    void Complete();
}
