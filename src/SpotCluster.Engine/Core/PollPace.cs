namespace SpotCluster.Engine.Core;

/// <summary>
/// How long to pause between two looks at something that takes its time: a share of the time waited so far, so what is seen
/// late is late by that share at most, and a long wait still makes few calls.
/// </summary>
/// <param name="Share">The share of the time waited so far.</param>
/// <param name="Shortest">The least pause.</param>
/// <param name="Longest">The longest pause.</param>
internal sealed record PollPace(double Share, TimeSpan Shortest, TimeSpan Longest)
{
    /// <summary>For what may take a second or minutes.</summary>
    public static readonly PollPace Quick = new(0.25, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));

    /// <summary>For instances that terminate, which takes half a minute to minutes: as often as AWS's own clients look.</summary>
    public static readonly PollPace Termination = new(0, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15));

    /// <summary>For interfaces that AWS deletes with something else, at once or within seconds.</summary>
    public static readonly PollPace Interfaces = new(0.5, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8));

    /// <summary>The pause after having waited so long.</summary>
    public TimeSpan After(TimeSpan waited)
    {
        var pause = TimeSpan.FromTicks((long)(waited.Ticks * Share));
        return pause < Shortest ? Shortest : pause > Longest ? Longest : pause;
    }
}
