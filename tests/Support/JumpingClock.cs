namespace SpotCluster.Tests;

/// <summary>A clock for fakes that answer at once: every timer is due immediately, and time moves on to when it was meant for.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;

    /// <summary>What was waited for, in the order of the calls; to be read when nobody waits.</summary>
    public List<TimeSpan> Delays { get; } = [];

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer();
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            lock (Delays)
            {
                Delays.Add(dueTime);
            }

            var due = GetUtcNow().Ticks + dueTime.Ticks;
            ThreadPool.QueueUserWorkItem(_ =>
            {
                if (timer.IsStopped)
                {
                    return;
                }

                long now;
                while ((now = Interlocked.Read(ref _ticks)) < due && Interlocked.CompareExchange(ref _ticks, due, now) != now)
                {
                }

                callback(state);
            });
        }

        return timer;
    }

    private sealed class Timer : ITimer
    {
        public bool IsStopped { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose() => IsStopped = true;

        public ValueTask DisposeAsync()
        {
            IsStopped = true;
            return default;
        }
    }
}
