namespace SpotCluster.Backend.Tests.Support;

/// <summary>A clock that stands until the test moves it.</summary>
public sealed class ManualClock : TimeProvider
{
    private long _milliseconds = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _milliseconds));

    public void Advance(TimeSpan span) => Interlocked.Add(ref _milliseconds, (long)span.TotalMilliseconds);
}
