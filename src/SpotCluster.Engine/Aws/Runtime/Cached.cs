namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>A value that is asked for once. A failure is not kept, and one caller's stop does not stop the others.</summary>
internal sealed class Cached<T>(Func<CancellationToken, Task<T>> load) : IDisposable
    where T : class
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private T? _value;
    private int _version;

    /// <summary>The value when it is known; null before.</summary>
    public T? Known => Volatile.Read(ref _value);

    /// <summary>The value.</summary>
    public Task<T> GetAsync(CancellationToken cancellationToken) =>
        Known is { } value ? Task.FromResult(value) : LoadAsync(Volatile.Read(ref _version), cancellationToken);

    /// <summary>The value, asked for again; callers that ask at the same time share one call.</summary>
    public Task<T> RefreshAsync(CancellationToken cancellationToken) => LoadAsync(Volatile.Read(ref _version), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<T> LoadAsync(int seen, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_version != seen && _value is { } fresh)
            {
                return fresh;
            }

            var value = await load(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _value, value);
            Volatile.Write(ref _version, seen + 1);
            return value;
        }
        finally
        {
            _gate.Release();
        }
    }
}
