using System.Collections.Concurrent;

namespace SpotCluster.Completion;

/// <summary>
/// Answers for the Tab key. A key press waits a moment for a fresh answer; when the cloud is slower, it gets the last
/// known one, and the answer that comes later serves the next key press.
/// </summary>
internal sealed class CompletionCache
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<object, Entry> _entries = new();

    /// <summary>Forgets everything: the cloud behind the session has changed.</summary>
    public void Clear() => _entries.Clear();

    /// <summary>The values under that key. Never throws and never waits longer than a moment.</summary>
    public IReadOnlyList<string> Get(object key, Func<CancellationToken, Task<IReadOnlyList<string>>> ask)
    {
        var entry = _entries.GetOrAdd(key, _ => new Entry());
        return entry.Get(ask);
    }

    private sealed class Entry
    {
        private readonly object _lock = new();
        private IReadOnlyList<string> _values = [];
        private DateTimeOffset? _asOf;
        private Task? _asking;

        public IReadOnlyList<string> Get(Func<CancellationToken, Task<IReadOnlyList<string>>> ask)
        {
            Task asking;
            lock (_lock)
            {
                if (TimeProvider.System.GetUtcNow() - _asOf < Lifetime)
                {
                    return _values;
                }

                asking = _asking ??= Task.Run(() => AskAsync(ask));
            }

            ((IAsyncResult)asking).AsyncWaitHandle.WaitOne(Patience);
            lock (_lock)
            {
                return _values;
            }
        }

        private async Task AskAsync(Func<CancellationToken, Task<IReadOnlyList<string>>> ask)
        {
            using var deadline = new CancellationTokenSource(Deadline);
            IReadOnlyList<string>? values = null;
            try
            {
                values = await ask(deadline.Token).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A key press must never fail, whatever the cloud says.
            catch (Exception)
#pragma warning restore CA1031
            {
                // The command itself will say what is wrong.
            }

            lock (_lock)
            {
                _values = values ?? _values;
                _asOf = TimeProvider.System.GetUtcNow();
                _asking = null;
            }
        }
    }
}
