using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>
/// How a running operation speaks to whoever started it: a cmdlet, the console program or a test.
/// Members may be called from any thread and return at once; the host brings the messages into order.
/// </summary>
public interface IOperationHost
{
    /// <summary>False where nobody asked for detail.</summary>
    bool IsVerbose => true;

    /// <summary>Detail for those who asked for it.</summary>
    void Verbose(string message);

    /// <summary>Detail for support; never a secret.</summary>
    void Debug(string message);

    /// <summary>Something that the user may not have meant.</summary>
    void Warning(string message);

    /// <summary>The failure of one item; the operation goes on. A failure of the whole operation is thrown instead.</summary>
    void Error(SpotException error);

    /// <summary>How far it is.</summary>
    void Progress(OperationProgress progress);
}

/// <summary>A state of progress.</summary>
/// <param name="Activity">What the whole operation does, for example <c>Launching demo</c>.</param>
/// <param name="Status">What happens now.</param>
/// <param name="Done">Number of items that are done.</param>
/// <param name="Total">Number of items; 0 when not known.</param>
/// <param name="Item">The region or item that the status is about; null for the operation as a whole.</param>
public sealed record OperationProgress(string Activity, string Status, int Done, int Total, string? Item = null)
{
    /// <summary>True while nothing happens but waiting for something outside: to be shown also where no progress bar moves.</summary>
    public bool IsWait { get; init; }
}

/// <summary>A host that listens to nothing.</summary>
public sealed class SilentHost : IOperationHost
{
    /// <inheritdoc/>
    public bool IsVerbose => false;

    /// <summary>The only one needed.</summary>
    public static readonly SilentHost Instance = new();

    /// <inheritdoc/>
    public void Verbose(string message)
    {
    }

    /// <inheritdoc/>
    public void Debug(string message)
    {
    }

    /// <inheritdoc/>
    public void Warning(string message)
    {
    }

    /// <inheritdoc/>
    public void Error(SpotException error)
    {
    }

    /// <inheritdoc/>
    public void Progress(OperationProgress progress)
    {
    }
}
