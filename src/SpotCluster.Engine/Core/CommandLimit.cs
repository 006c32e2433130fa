namespace SpotCluster.Engine.Core;

/// <summary>
/// The time limit of a whole command, for every call that its work makes at any provider. Waits end by the clock of the
/// engine; calls end by the real clock, as the limit of an attempt does: a simulated clock jumps while a call is in flight.
/// </summary>
internal sealed class CommandLimit : IDisposable
{
    /// <summary>The longest time that a timer supports, less a little.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private static readonly TimeSpan LongestReserve = TimeSpan.FromSeconds(10);

    private static readonly AsyncLocal<CommandLimit?> Current = new();

    private readonly TimeProvider _clock;
    private readonly TimeSpan _time;
    private readonly DateTimeOffset _begun;

    /// <summary>Ends waits and changing calls; listings go on to the end of the time.</summary>
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _late = new();
    private readonly CancellationToken _overToken;
    private readonly CancellationToken _lateToken;

    /// <param name="clock">The clock of waits.</param>
    /// <param name="time">The limit.</param>
    /// <param name="spent">What an earlier part of the same command, for example the plan, has used of it.</param>
    public CommandLimit(TimeProvider clock, TimeSpan time, TimeSpan spent = default)
    {
        _clock = clock;
        _time = time;
        _begun = clock.GetUtcNow();
        _overToken = _over.Token;
        _lateToken = _late.Token;
        var left = time > spent ? time - spent : TimeSpan.Zero;
        var reserve = left / 20 < LongestReserve ? left / 20 : LongestReserve;
        Deadline = _begun + left - reserve;
        EndAfter(_over, left - reserve);
        EndAfter(_late, left);
    }

    /// <summary>When waits and changing calls end: the rest of the time is for the last listing, which shows what became of everything.</summary>
    public DateTimeOffset Deadline { get; }

    /// <summary>How long the work takes so far.</summary>
    public TimeSpan Elapsed => _clock.GetUtcNow() - _begun;

    /// <summary>True when nothing new is to be begun.</summary>
    public bool IsOver => _over.IsCancellationRequested || _clock.GetUtcNow() >= Deadline;

    /// <summary>Does the work within a limit; within that of the command that it is a part of, where there is one.</summary>
    public static async Task<T> HoldAsync<T>(TimeProvider clock, TimeSpan time, TimeSpan spent, Func<CommandLimit, Task<T>> work)
    {
        if (Current.Value is { } whole)
        {
            return await work(whole).ConfigureAwait(false);
        }

        using var limit = new CommandLimit(clock, time, spent);
        return await limit.WithinAsync(() => work(limit)).ConfigureAwait(false);
    }

    /// <summary>Does a part of the work within the limit.</summary>
    public async Task<T> WithinAsync<T>(Func<Task<T>> work)
    {
        // It is so until this method returns, and for what is begun in it.
        Current.Value ??= this;
        return await work().ConfigureAwait(false);
    }

    /// <summary>Makes one call, with its repeats and pauses, within the limit of the command that it is a part of.</summary>
    /// <param name="changes">True for a call that changes something.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LateCommandException">The time was over before the call was answered, or before it was sent.</exception>
    public static async Task<T> CallAsync<T>(bool changes, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        if (Current.Value is not { } limit)
        {
            return await call(cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var end = changes ? limit._overToken : limit._lateToken;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, end);
        try
        {
            either.Token.ThrowIfCancellationRequested();
            return await call(either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or HttpRequestException
            && end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LateCommandException(limit._time, failure);
        }
    }

    /// <summary>Waits on a clock, but not longer than until the waits of the command end.</summary>
    public static Task PauseAsync(TimeProvider clock, TimeSpan pause, CancellationToken cancellationToken)
    {
        var left = Current.Value is { } limit ? limit.Deadline - clock.GetUtcNow() : pause;
        return left <= TimeSpan.Zero ? Task.CompletedTask : clock.PauseAsync(pause < left ? pause : left, cancellationToken);
    }

    /// <summary>True while there is time for another attempt.</summary>
    public static bool HasTime => Current.Value is not { IsOver: true };

    /// <summary>Ends the time of the command that the caller is a part of, as its timers do; without that of the last listing where it is not the whole.</summary>
    internal static void End(bool isWhole = true)
    {
        Current.Value?._over.Cancel();
        if (isWhole)
        {
            Current.Value?._late.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What the command left behind makes no further call.
        _over.Cancel();
        _late.Cancel();
        _over.Dispose();
        _late.Dispose();
    }

    private static void EndAfter(CancellationTokenSource source, TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
        {
            source.Cancel();
        }
        else
        {
            source.CancelAfter(time < Longest ? time : Longest);
        }
    }
}

/// <summary>The time of the command ended before a call was answered. Whether the call took effect is not known.</summary>
internal sealed class LateCommandException(TimeSpan limit, Exception inner)
    : TimeoutException(FormattableString.Invariant($"the time limit of the command ({limit.TotalSeconds:0.##} s) expired."), inner)
{
    /// <summary>What to do.</summary>
    public const string Advice = "Run the same command again, with a longer -Timeout (--timeout).";

    /// <summary>The exception inside of what was thrown for it; null when that has another cause.</summary>
    public static LateCommandException? In(Exception? failure) =>
        failure as LateCommandException ?? (failure is null ? null : In(failure.InnerException));
}

/// <summary>The time limit of a command for what a caller looks up before a plan: names that fit a pattern, the account of a key.</summary>
public sealed class CommandTime : IDisposable
{
    private readonly CommandLimit _limit;

    /// <param name="clock">The clock of waits.</param>
    /// <param name="time">The limit, which begins now.</param>
    public CommandTime(TimeProvider clock, TimeSpan time) => _limit = new CommandLimit(clock, time);

    /// <summary>How long the work takes so far.</summary>
    public TimeSpan Elapsed => _limit.Elapsed;

    /// <summary>Does a part of the work within the limit. A plan within it is a part of the same time.</summary>
    public Task<T> WithinAsync<T>(Func<Task<T>> work) => _limit.WithinAsync(work);

    /// <inheritdoc/>
    public void Dispose() => _limit.Dispose();
}
