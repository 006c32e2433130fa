namespace SpotCluster.Engine.Vast;

/// <summary>Waits on a clock.</summary>
internal static class VastClock
{
    public static Task Delay(this TimeProvider clock, TimeSpan delay, CancellationToken cancellationToken) =>
        Task.Delay(delay, clock, cancellationToken);
}
