using System.Collections.Concurrent;
using SpotCluster.Model;

namespace SpotCluster.Tests;

/// <summary>Keeps what an operation said.</summary>
internal sealed class RecordingHost : IOperationHost
{
    public ConcurrentQueue<SpotException> Errors { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    /// <summary>Verbose and debug messages.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    public ConcurrentQueue<OperationProgress> Steps { get; } = new();

    public void Verbose(string message) => Messages.Enqueue(message);

    public void Debug(string message) => Messages.Enqueue(message);

    public void Warning(string message) => Warnings.Enqueue(message);

    public void Error(SpotException error) => Errors.Enqueue(error);

    public void Progress(OperationProgress progress) => Steps.Enqueue(progress);
}
