using System.Diagnostics;

namespace SpotCluster.Simulator;

/// <summary>
/// Virtual time. It stands still while anybody works and jumps to the next timer when everybody waits, so that an hour of
/// polling takes milliseconds. Everybody waits when no request is being computed, no timer callback runs, and nothing was
/// started on the clock for <see cref="IdleGrace"/> of real time.
/// </summary>
public sealed class SimulatedClock : TimeProvider, IDisposable
{
    /// <summary>When virtual time starts, unless told otherwise.</summary>
    public static readonly DateTimeOffset DefaultStart = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Work that holds the clock longer than this is taken to wait for the clock itself: going on beats standing still for ever.
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(2);

    // The queue of the thread pool is that of the whole process. What was started on this clock has left it after such a time,
    // whoever else keeps it filled.
    private static readonly TimeSpan CrowdedGrace = TimeSpan.FromMilliseconds(250);

    private readonly object _gate = new();
    private readonly SortedDictionary<(long Due, long Order), SimulatedTimer> _timers = [];
    private readonly Timer _pulse;
    private long _now;
    private long _order;
    private int _busy;
    private long _lastActivity = Stopwatch.GetTimestamp();
    private bool _armed;
    private bool _disposed;

    /// <summary>Makes a clock that shows <see cref="DefaultStart"/>.</summary>
    public SimulatedClock()
        : this(DefaultStart)
    {
    }

    /// <summary>Makes a clock that shows a given time.</summary>
    public SimulatedClock(DateTimeOffset start)
    {
        _now = start.UtcTicks;
        _pulse = new Timer(static state => ((SimulatedClock)state!).Pulse(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>
    /// Real time without activity after which the clock jumps. Raise it (25 ms) where the number of round trips is
    /// measured by the clock, because a client that computes for longer than this would be charged the next timer.
    /// </summary>
    public TimeSpan IdleGrace { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>False to move time with <see cref="Advance"/> only.</summary>
    public bool AutoAdvance { get; set; } = true;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _now), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _now);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback ?? throw new ArgumentNullException(nameof(callback)), state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Holds the clock until the result is disposed: somebody computes.</summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref _busy);
        return new Holder(this);
    }

    /// <summary>Moves time forward and fires what falls due on the way, in order.</summary>
    public void Advance(TimeSpan span)
    {
        var until = GetUtcNow().UtcTicks + span.Ticks;
        while (true)
        {
            List<SimulatedTimer> due;
            lock (_gate)
            {
                due = TakeDue(until);
                if (due.Count == 0)
                {
                    Interlocked.Exchange(ref _now, Math.Max(until, _now));
                    Touch();
                    return;
                }
            }

            Fire(due);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timers.Clear();
        }

        _pulse.Dispose();
    }

    private void Pulse()
    {
        List<SimulatedTimer> due = [];
        lock (_gate)
        {
            _armed = false;
            if (_disposed || _timers.Count == 0 || !AutoAdvance)
            {
                return;
            }

            if (IsQuiescent())
            {
                due = TakeDue(long.MaxValue);
                Touch();
            }

            Arm();
        }

        Fire(due);
    }

    private bool IsQuiescent()
    {
        // The time since the last activity comes last: whoever ends meanwhile has touched the clock before.
        var isBusy = Volatile.Read(ref _busy) > 0;
        var isCrowded = ThreadPool.PendingWorkItemCount > 0;
        var idle = Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastActivity));
        return idle >= StuckAfter || (!isBusy && idle >= (isCrowded ? CrowdedGrace : IdleGrace));
    }

    // The earliest moment's timers, when that moment is not after the limit. The clock then shows that moment.
    private List<SimulatedTimer> TakeDue(long limit)
    {
        var due = new List<SimulatedTimer>();
        while (_timers.Count > 0)
        {
            var first = _timers.First();
            if (first.Key.Due > limit || (due.Count > 0 && first.Key.Due > _now))
            {
                break;
            }

            _timers.Remove(first.Key);
            Interlocked.Exchange(ref _now, Math.Max(_now, first.Key.Due));
            first.Value.Key = null;
            if (first.Value.Period > TimeSpan.Zero)
            {
                Schedule(first.Value, first.Value.Period);
            }

            due.Add(first.Value);
        }

        return due;
    }

    private void Fire(List<SimulatedTimer> due)
    {
        foreach (var timer in due)
        {
            Interlocked.Increment(ref _busy);
            ThreadPool.QueueUserWorkItem(
                static state =>
                {
                    var (clock, timer) = ((SimulatedClock, SimulatedTimer))state!;
                    try
                    {
                        timer.Invoke();
                    }
                    finally
                    {
                        clock.Release();
                    }
                },
                (this, timer));
        }
    }

    private void Release()
    {
        Touch();
        Interlocked.Decrement(ref _busy);
    }

    private void Touch() => Interlocked.Exchange(ref _lastActivity, Stopwatch.GetTimestamp());

    private void Arm()
    {
        if (!_armed && !_disposed && _timers.Count > 0 && AutoAdvance)
        {
            _armed = true;
            _pulse.Change(TimeSpan.FromMilliseconds(Math.Max(1, IdleGrace.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private void Schedule(SimulatedTimer timer, TimeSpan delay)
    {
        var due = delay.Ticks > DateTimeOffset.MaxValue.Ticks - _now ? DateTimeOffset.MaxValue.Ticks : _now + delay.Ticks;
        timer.Key = (due, _order++);
        _timers.Add(timer.Key.Value, timer);
    }

    private sealed class SimulatedTimer(SimulatedClock clock, TimerCallback callback, object? state) : ITimer
    {
        // As every timer does, it runs its callback in the context that made it.
        private readonly ExecutionContext? _context = ExecutionContext.Capture();

        public (long Due, long Order)? Key { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (clock._disposed)
                {
                    return false;
                }

                Remove();
                Period = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    clock.Schedule(this, dueTime);
                    clock.Arm();
                }

                clock.Touch();
                return true;
            }
        }

        public void Invoke()
        {
            if (_context is null)
            {
                callback(state);
            }
            else
            {
                ExecutionContext.Run(_context, static timer => ((SimulatedTimer)timer!).Call(), this);
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                Remove();
                Period = TimeSpan.Zero;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Call() => callback(state);

        private void Remove()
        {
            if (Key is { } key)
            {
                clock._timers.Remove(key);
                Key = null;
            }
        }
    }

    private sealed class Holder(SimulatedClock clock) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                clock.Release();
            }
        }
    }
}
