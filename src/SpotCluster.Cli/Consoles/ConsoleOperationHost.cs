using SpotCluster.Cli.Rendering;
using SpotCluster.Model;

namespace SpotCluster.Cli.Consoles;

/// <summary>Brings what an operation says to the console and into the JSON document. Safe to call from any thread.</summary>
internal sealed class ConsoleOperationHost(IConsole console, JsonReport report, TimeProvider clock, bool verbose) : IOperationHost
{
    /// <summary>Off a terminal, no wait is longer without a line that says what is waited for.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    /// <summary>As long as nothing changes, the same line comes only so often.</summary>
    private static readonly TimeSpan Repetition = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _details = new(StringComparer.Ordinal);
    private ProgressView? _progress;
    private OperationProgress? _latest;
    private string? _said;
    private DateTimeOffset _saidAt = DateTimeOffset.MinValue;
    private DateTimeOffset _waitSaidAt = DateTimeOffset.MinValue;
    private int _errorCount;
    private int _warningCount;

    /// <summary>Number of errors so far.</summary>
    public int ErrorCount => Volatile.Read(ref _errorCount);

    /// <summary>What a list without a result says of its scope: a warning may be about a provider or a region that it leaves out.</summary>
    public string Whole => Volatile.Read(ref _warningCount) == 0 ? "; every region was listed." : ".";

    public bool IsVerbose => verbose;

    public void Verbose(string message)
    {
        if (verbose)
        {
            Write(() =>
            {
                _details.Add(message);
                Messages.WriteDetail(console, message);
            });
        }
    }

    /// <summary>Writes a note, unless it is among the verbose messages already.</summary>
    public void Note(string message) => Write(() =>
    {
        if (!_details.Contains(message))
        {
            Messages.WriteNote(console, message);
        }
    });

    public void Debug(string message)
    {
    }

    public void Warning(string message)
    {
        Interlocked.Increment(ref _warningCount);
        message = SecretText.Redact(message)!;
        report.AddWarning(message);
        Write(() => Messages.WriteWarning(console, message));
    }

    public void Error(SpotException error)
    {
        Interlocked.Increment(ref _errorCount);
        report.AddError(error);
        Write(() => Messages.WriteError(console, error));
    }

    public void Progress(OperationProgress progress)
    {
        lock (_gate)
        {
            _latest = progress;
            if (_progress is not null)
            {
                _progress.Update(progress);
            }
            else if (progress.IsWait)
            {
                SayWait(_waitSaidAt, Line(progress), Messages.WriteDetail);
            }
        }
    }

    /// <summary>Writes something in one piece, whatever else is said at the same time.</summary>
    public void WriteOutput(Action<IConsole> write) => Write(() => write(console));

    /// <summary>Runs some work and shows its progress: moving at a terminal, elsewhere as a line now and then.</summary>
    public async Task<T> TrackAsync<T>(Func<Task<T>> work)
    {
        if (!console.ShowsProgress)
        {
            return await WatchAsync(work).ConfigureAwait(false);
        }

        try
        {
            return await ProgressView.RunAsync(
                console.Error,
                view =>
                {
                    lock (_gate)
                    {
                        _progress = view;
                    }

                    return work();
                }).ConfigureAwait(false);
        }
        finally
        {
            EndProgress();
        }
    }

    /// <summary>Runs some work that writes its output by itself: nothing moves at a terminal, and elsewhere a line comes now and then.</summary>
    public async Task<T> WatchAsync<T>(Func<Task<T>> work)
    {
        if (console.ShowsProgress)
        {
            return await work().ConfigureAwait(false);
        }

        _saidAt = clock.GetUtcNow();
        var timer = clock.CreateTimer(_ => BreakSilence(), null, LongestSilence, LongestSilence);
        await using (timer.ConfigureAwait(false))
        {
            return await work().ConfigureAwait(false);
        }
    }

    /// <summary>Shows no more progress.</summary>
    public void EndProgress()
    {
        lock (_gate)
        {
            _progress?.End();
            _progress = null;
        }
    }

    private static string Line(OperationProgress progress) =>
        string.Join(": ", new[] { progress.Activity, progress.Item, progress.Status }.OfType<string>());

    private void BreakSilence()
    {
        lock (_gate)
        {
            var line = _latest is { } progress
                ? Line(progress)
                : "Waiting for a response";
            SayWait(_saidAt, line, Messages.WriteNote);
        }
    }

    // A line that nothing has changed of comes once per minute, whatever else was written meanwhile.
    private void SayWait(DateTimeOffset since, string line, Action<IConsole, string> write)
    {
        var now = clock.GetUtcNow();
        if (now - (line == _said ? _waitSaidAt : since) >= (line == _said ? Repetition : LongestSilence))
        {
            Write(() => write(console, line));
            (_said, _waitSaidAt) = (line, now);
        }
    }

    private void Write(Action write)
    {
        lock (_gate)
        {
            _saidAt = clock.GetUtcNow();
            write();
        }
    }
}
