using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>
/// Starts, stops and restarts instances of ours. What is wrong with one machine is reported to the host, and the others go on; what
/// every other machine would meet too is thrown.
/// </summary>
public interface IPowerService
{
    /// <summary>
    /// Starts stopped machines; gives each as it is after the call, also one that runs already. At Vast.ai a start whose GPU
    /// is taken meanwhile is taken back (<see cref="SpotErrorIds.StartQueued"/>) unless the request lets it wait.
    /// </summary>
    IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Stops machines: their disks stay and are billed on. A one-time spot machine of AWS cannot be stopped
    /// (<see cref="SpotErrorIds.InstanceNotStoppable"/>).
    /// </summary>
    IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// Restarts running instances where they are. Recycling, which only Vast.ai has, makes the container anew from its image: what
    /// was written outside of volumes is lost.
    /// </summary>
    IAsyncEnumerable<SpotInstance> RestartAsync(IReadOnlyList<InstanceKey> instances, bool recycle, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// What the serial console of an instance at AWS shows: the last 64 KB, of its start, or of now where the type can show it. An
    /// instance at Vast.ai has no console, and it has a log instead.
    /// </summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.InstanceNotFound"/>, <see cref="SpotErrorIds.ParameterInvalid"/> at Vast.ai.</exception>
    Task<string> GetConsoleOutputAsync(InstanceKey instance, bool latest, IOperationHost host, CancellationToken cancellationToken);
}

/// <summary>How machines are to be started.</summary>
public sealed record StartRequest
{
    /// <summary>Vast.ai: a start whose GPU is taken waits for it, and is billed from the moment that it is free.</summary>
    public bool MayQueue { get; init; }
}
