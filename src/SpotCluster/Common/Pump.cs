using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>
/// Brings what workers have to say to the pipeline thread, in the order in which they said it: PowerShell accepts output,
/// errors and questions on that thread only. The queue is bounded, so a slow consumer slows the work instead of filling memory.
/// </summary>
internal sealed class Pump : IOperationHost, IDisposable
{
    private const int Capacity = 1000;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private readonly SpotCmdlet _cmdlet;
    private readonly object? _item;
    private readonly BlockingCollection<Action> _queue = new(Capacity);
    private readonly CancellationTokenSource _cancellation;
    private readonly ConcurrentQueue<string> _lastWords = new();
    private readonly Stopwatch _sinceProgress = new();
    private ExceptionDispatchInfo? _ended;
    private OperationProgress? _progress;
    private string? _activity;

    /// <param name="cmdlet">Whose streams are written to.</param>
    /// <param name="item">What an error is about that names no target of its own.</param>
    /// <param name="stop">Cancelled when the user stops the pipeline.</param>
    public Pump(SpotCmdlet cmdlet, object? item, CancellationToken stop)
    {
        _cmdlet = cmdlet;
        _item = item;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
        IsVerbose = cmdlet.WantsVerbose;
    }

    /// <inheritdoc/>
    public bool IsVerbose { get; }

    /// <summary>Every error that was written, in order.</summary>
    public List<SpotException> Errors { get; } = [];

    /// <summary>True when the work came to its end, whatever became of what it wrote.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What ended the pipeline before the work, which went on to its end all the same; null when nothing did.</summary>
    public ExceptionDispatchInfo? Ended => _ended;

    /// <summary>
    /// Runs the work on another thread and writes on this one until it ends. Returns how the work failed; null when it did
    /// not. When writing fails, because a later command wants no more objects or the pipeline is stopped, that exception
    /// passes through and the work is cancelled. In every case the work has ended when this ends.
    /// </summary>
    /// <param name="work">The work.</param>
    /// <param name="finishes">
    /// Whether work goes on to its end when a later command wants no more objects. That of a pipeline that is stopped never does:
    /// nobody could end it.
    /// </param>
    public Exception? Run(Func<CancellationToken, Task> work, bool finishes = false)
    {
        var worker = Task.Run(() => WorkAsync(work));
        try
        {
            while (!_queue.IsCompleted)
            {
                try
                {
                    if (_queue.TryTake(out var write, ProgressInterval))
                    {
                        write();
                    }

                    ShowProgress();
                }
                catch (Exception failure) when (finishes && !_cmdlet.Stopping && !_cancellation.IsCancellationRequested)
                {
                    _ended ??= ExceptionDispatchInfo.Capture(failure);
                }

                // Ctrl+C, of which PowerShell tells no command of a pipeline that another one has ended.
                if (_ended is not null && _cmdlet.Stopping)
                {
                    _cancellation.Cancel();
                }
            }
        }
        finally
        {
            _cancellation.Cancel();
            ((IAsyncResult)worker).AsyncWaitHandle.WaitOne();
            IsDone = worker.IsCompletedSuccessfully;
            CompleteProgress();
            SayLastWords();
        }

        return worker.IsCanceled ? new OperationCanceledException() : worker.Exception?.InnerException;
    }

    /// <summary>
    /// Writes an object; waits while the pipeline is behind. What PowerShell adds to one is a function, called on the pipeline thread:
    /// an object that is wrapped on another one knows nothing of the types file.
    /// </summary>
    public void Write(object value) => Post(() =>
    {
        if (_ended is null)
        {
            _cmdlet.WriteObject(value is Func<PSObject> wrap ? wrap() : value);
        }
    });

    /// <summary>Asks something on the pipeline thread; the work goes on with the answer.</summary>
    public async Task<bool> AskAsync(Func<bool> question)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stopped = _cancellation.Token.Register(() => answer.TrySetCanceled());
        Post(() =>
        {
            try
            {
                answer.TrySetResult(question());
            }
            catch
            {
                // Without an answer the work cannot go on.
                _cancellation.Cancel();
                throw;
            }
        });
        return await answer.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Verbose(string message) => PostMessage(() => _cmdlet.WriteVerbose(SecretText.Redact(message)));

    /// <inheritdoc/>
    public void Debug(string message) => PostMessage(() => _cmdlet.WriteDebug(SecretText.Redact(message)));

    /// <summary>Shows what a person must see, as Write-Host does; it is in transcripts too.</summary>
    public void Report(string message) => PostMessage(() =>
        _cmdlet.WriteInformation(new HostInformationMessage { Message = message }, ["PSHOST"]));

    /// <inheritdoc/>
    public void Warning(string message)
    {
        message = SecretText.Redact(message)!;
        if (_cancellation.IsCancellationRequested)
        {
            _lastWords.Enqueue(message);
            return;
        }

        PostMessage(() => _cmdlet.WriteWarning(message));
    }

    /// <inheritdoc/>
    public void Error(SpotException error)
    {
        if (_cancellation.IsCancellationRequested)
        {
            _lastWords.Enqueue(SecretText.Redact(error.Message)!);
            return;
        }

        PostMessage(() =>
        {
            Errors.Add(error);
            if (_ended is null)
            {
                _cmdlet.WriteError(ErrorRecords.From(error, _item));
            }
            else
            {
                ShowError(error);
            }
        });
    }

    /// <summary>Shows an error that the pipeline takes no more.</summary>
    public void ShowError(Exception error) => _cmdlet.Host.UI.WriteErrorLine($"{_cmdlet.MyInvocation.MyCommand.Name}: {SecretText.Redact(error.Message)}");

    /// <inheritdoc/>
    public void Progress(OperationProgress progress) => Volatile.Write(ref _progress, progress);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cancellation.Dispose();
        _queue.Dispose();
    }

    private async Task WorkAsync(Func<CancellationToken, Task> work)
    {
        CallNarrator.ReportTo(this);
        try
        {
            await work(_cancellation.Token).ConfigureAwait(false);
        }
        finally
        {
            _queue.CompleteAdding();
        }
    }

    private void Post(Action write) => _queue.Add(write, _cancellation.Token);

    // A message that nobody can be given any more must not keep work from cleaning up after itself.
    private void PostMessage(Action write)
    {
        try
        {
            Post(write);
        }
        catch (OperationCanceledException)
        {
            // The pipeline takes nothing any more.
        }
    }

    private void ShowProgress()
    {
        if (_sinceProgress.IsRunning && _sinceProgress.Elapsed < ProgressInterval)
        {
            return;
        }

        if (Interlocked.Exchange(ref _progress, null) is not { } progress)
        {
            return;
        }

        _activity ??= progress.Activity;
        _sinceProgress.Restart();
        _cmdlet.WriteProgress(new ProgressRecord(ActivityId, progress.Activity, StatusOf(progress))
        {
            PercentComplete = progress.Total > 0 ? Math.Min(100, 100 * progress.Done / progress.Total) : -1,
        });
    }

    // The bar of PowerShell 7 shows the status and nothing else.
    private static string StatusOf(OperationProgress progress) =>
        progress.Item is null ? progress.Status : $"{progress.Item}: {progress.Status}";

    // One bar per command of a pipeline, and none is left behind.
    private void CompleteProgress()
    {
        if (_activity is null)
        {
            return;
        }

        try
        {
            _cmdlet.WriteProgress(new ProgressRecord(ActivityId, _activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
        catch (PipelineStoppedException)
        {
            // The host removes the bars of a stopped pipeline itself.
        }
    }

    // A stopped pipeline has no streams any more, and the user must still learn what the work left behind.
    private void SayLastWords()
    {
        while (_lastWords.TryDequeue(out var message))
        {
            _cmdlet.Host.UI.WriteWarningLine(message);
        }
    }

    private int ActivityId => _cmdlet.MyInvocation.PipelinePosition;
}
