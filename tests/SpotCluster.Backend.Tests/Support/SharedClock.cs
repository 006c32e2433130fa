namespace SpotCluster.Backend.Tests.Support;

/// <summary>
/// The clock of backend, cloud and agent together: it moves when the test moves it, and over a wait as soon as somebody waits. Whoever
/// waits is alone at that moment, because the agent does one thing after the other.
/// </summary>
public sealed class SharedClock(ManualClock clock) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer();
        if (dueTime >= TimeSpan.Zero)
        {
            clock.Advance(dueTime);
            ThreadPool.QueueUserWorkItem(_ =>
            {
                if (!timer.IsStopped)
                {
                    callback(state);
                }
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
