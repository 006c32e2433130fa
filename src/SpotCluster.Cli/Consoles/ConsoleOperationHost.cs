using SpotCluster.Cli.Rendering;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Cli.Consoles;

/// <summary>Brings what an operation says to the console and into the JSON document. Safe to call from any thread.</summary>
internal sealed class ConsoleOperationHost(IConsole console, JsonReport report, TimeProvider clock, bool verbose) : IOperationHost
{
    /// <summary>Without a moving bar, a wait is written down no more often than this.</summary>
    private static readonly TimeSpan BetweenWaits = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private ProgressView? _progress;
    private DateTimeOffset _nextWait = DateTimeOffset.MinValue;
    private int _errorCount;

    /// <summary>Number of errors so far.</summary>
    public int ErrorCount => Volatile.Read(ref _errorCount);

    public void Verbose(string message)
    {
        if (verbose)
        {
            Write(() => Messages.WriteDetail(console, message));
        }
    }

    public void Debug(string message)
    {
    }

    public void Warning(string message)
    {
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
            if (_progress is not null)
            {
                _progress.Update(progress);
            }
            else if (progress.IsWait && clock.GetUtcNow() >= _nextWait)
            {
                _nextWait = clock.GetUtcNow() + BetweenWaits;
                Messages.WriteDetail(console, $"{progress.Activity}: {progress.Status}");
            }
        }
    }

    /// <summary>Writes something in one piece, whatever else is said at the same time.</summary>
    public void WriteOutput(Action<IConsole> write) => Write(() => write(console));

    /// <summary>Runs some work and shows its progress, where somebody looks.</summary>
    public async Task<T> TrackAsync<T>(Func<Task<T>> work)
    {
        if (!console.ShowsProgress)
        {
            return await work().ConfigureAwait(false);
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

    /// <summary>Shows no more progress.</summary>
    public void EndProgress()
    {
        lock (_gate)
        {
            _progress?.End();
            _progress = null;
        }
    }

    private void Write(Action write)
    {
        lock (_gate)
        {
            write();
        }
    }
}
