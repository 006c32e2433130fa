#if NET8_0_OR_GREATER
namespace SpotCluster.Engine.Vast;

/// <summary>The same spelling of a delay on both frameworks; netstandard2.0 has it from a package.</summary>
internal static class VastClock
{
    public static Task Delay(this TimeProvider clock, TimeSpan delay, CancellationToken cancellationToken) =>
        Task.Delay(delay, clock, cancellationToken);
}
#endif
