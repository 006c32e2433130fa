namespace SpotCluster.Engine;

/// <summary>
/// How long to pause between two looks at something that takes its time: a quarter of the time waited so far, so what
/// is seen late is late by a quarter at most, and a long wait still makes few calls.
/// </summary>
internal static class PollPace
{
    private const double Share = 0.25;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    /// <summary>The pause after having waited so long: 1 s to 8 s.</summary>
    public static TimeSpan After(TimeSpan waited)
    {
        var pause = TimeSpan.FromTicks((long)(waited.Ticks * Share));
        return pause < Shortest ? Shortest : pause > Longest ? Longest : pause;
    }
}
