namespace SpotCluster.Engine;

/// <summary>One spelling of a delay for both frameworks.</summary>
internal static class TimeProviderExtensions
{
    /// <summary>Waits on this clock.</summary>
    public static Task PauseAsync(this TimeProvider clock, TimeSpan time, CancellationToken cancellationToken) =>
#if NET
        Task.Delay(time, clock, cancellationToken);
#else
        clock.Delay(time, cancellationToken);
#endif
}
