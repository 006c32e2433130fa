namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>Which side of a call a process dies at.</summary>
internal enum Cut
{
    /// <summary>The call is not sent.</summary>
    Before,

    /// <summary>The call has taken effect; its answer is not read.</summary>
    After,
}

/// <summary>
/// The way of one process to the clouds. It counts calls, does something before one of them, or ends the process there: as
/// after <c>kill -9</c> no line of it runs any more that waits for an answer, neither a handler of errors nor a finally.
/// </summary>
internal sealed class WatchedTransport(ReliabilityWorld world) : DelegatingHandler(world.Cloud.CreateHandler())
{
    private readonly TaskCompletionSource _death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HttpResponseMessage> _never = new();
    private readonly object _gate = new();
    private int _counted;

    /// <summary>The call that something happens at, from 1; 0 for none.</summary>
    public int At { get; init; }

    /// <summary>Counts calls that read too.</summary>
    public bool CountsReads { get; init; }

    /// <summary>Ends the process there; null to do <see cref="Before"/> only.</summary>
    public Cut? Kills { get; init; }

    /// <summary>Done before the call is sent.</summary>
    public Action? Before { get; init; }

    /// <summary>Number of calls so far.</summary>
    public int Counted => Volatile.Read(ref _counted);

    /// <summary>Ends when the process does.</summary>
    public Task Death => _death.Task;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var counts = CountsReads || await IsChangeAsync(request).ConfigureAwait(false);
        var isTheOne = false;
        lock (_gate)
        {
            if (_death.Task.IsCompleted)
            {
                counts = false;
            }
            else if (counts && ++_counted == At)
            {
                isTheOne = true;
                Before?.Invoke();
                if (Kills == Cut.Before)
                {
                    Die();
                }
            }
        }

        if (_death.Task.IsCompleted)
        {
            return await _never.Task.ConfigureAwait(false);
        }

        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (isTheOne && Kills == Cut.After)
            {
                Die();
            }
        }

        return _death.Task.IsCompleted ? await _never.Task.ConfigureAwait(false) : response;
    }

    private static async Task<bool> IsChangeAsync(HttpRequestMessage request)
    {
        if (request.RequestUri!.Host == MatrixBackend.Address.Host)
        {
            return MatrixBackend.Changes(request);
        }

        if (request.RequestUri.Host.EndsWith("vast.ai", StringComparison.Ordinal))
        {
            return request.Method != HttpMethod.Get
                && !request.RequestUri.AbsolutePath.Contains("/bundles", StringComparison.Ordinal)
                && !request.RequestUri.AbsolutePath.Contains("/search", StringComparison.Ordinal);
        }

        if (request.Content is null || request.Headers.Contains("X-Amz-Target"))
        {
            return false;
        }

        await request.Content.LoadIntoBufferAsync().ConfigureAwait(false);
        var form = (await request.Content.ReadAsStringAsync().ConfigureAwait(false)).Split('&');
        var action = form.FirstOrDefault(pair => pair.StartsWith("Action=", StringComparison.Ordinal))?["Action=".Length..] ?? "";
        return !action.StartsWith("Describe", StringComparison.Ordinal)
            && !action.StartsWith("Get", StringComparison.Ordinal)
            && !action.StartsWith("List", StringComparison.Ordinal)
            && !form.Contains("DryRun=true");
    }

    private void Die()
    {
        world.LeaveDiskOfTheDead();
        _death.TrySetResult();
    }
}

/// <summary>A clock that goes wrong by a fixed time.</summary>
internal sealed class WrongClock(TimeProvider right, TimeSpan by) : TimeProvider
{
    public override long TimestampFrequency => right.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => right.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => right.GetUtcNow() + by;

    public override long GetTimestamp() => right.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        right.CreateTimer(callback, state, dueTime, period);
}
