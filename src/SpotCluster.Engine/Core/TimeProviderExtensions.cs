namespace SpotCluster.Engine.Core;

/// <summary>Waits on a clock.</summary>
internal static class TimeProviderExtensions
{
    /// <summary>Waits on this clock.</summary>
    public static Task PauseAsync(this TimeProvider clock, TimeSpan time, CancellationToken cancellationToken) =>
        Task.Delay(time, clock, cancellationToken);
}
