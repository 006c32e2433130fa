using SpotCluster.Simulator;

namespace SpotCluster.Bench;

/// <summary>One run of one job against a simulated cloud.</summary>
/// <param name="Time">How long it took, by the wall clock.</param>
/// <param name="Calls">Calls that the cloud received.</param>
/// <param name="Depth">The longest chain of calls that waited for each other, looks at what is not done yet included.</param>
internal sealed record JobRun(TimeSpan Time, int Calls, int Depth)
{
    /// <summary>Most managed memory that was held, in bytes; null where it was not looked at.</summary>
    public long? HeldBytes { get; init; }

    public static async Task<JobRun> OfAsync(CallLog calls, Func<Task> work)
    {
        calls.Clear();
        var start = TimeProvider.System.GetTimestamp();
        await work().ConfigureAwait(false);
        return new JobRun(TimeProvider.System.GetElapsedTime(start), calls.Count, calls.Waves().Count);
    }

    /// <summary>What was seen of it on simulated time, with the median of the times that it took.</summary>
    public JobRun Taking(IEnumerable<JobRun> measured) => this with { Time = Typical([.. measured]).Time };

    /// <summary>
    /// The run with the median time, and the least depth of all: a call that a busy machine sends late looks as if it had
    /// waited for another, never the other way round.
    /// </summary>
    public static JobRun Typical(IReadOnlyCollection<JobRun> runs)
    {
        var ordered = runs.OrderBy(run => run.Time).ToArray();
        return ordered[ordered.Length / 2] with { Depth = runs.Min(run => run.Depth) };
    }
}
