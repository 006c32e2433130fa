namespace SpotCluster.Bench;

/// <summary>Managed memory that is really held, after full collections: what waits for the collector does not count.</summary>
internal static class HeldMemory
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// The most that is held while something runs beyond what was held before, in bytes: what the simulated cloud itself
    /// grows by in that time is in it. The looks slow the work down, so its time says nothing.
    /// </summary>
    public static async Task<long> PeakAsync(Func<Task> work)
    {
        // What finalizers let go of must not count as held before.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = 1L;
        using var done = new ManualResetEventSlim();

        // On a thread of its own: the pool is busy with the work.
        var looker = new Thread(() =>
        {
            do
            {
                peak = Math.Max(peak, Look() - before);
            }
            while (!done.Wait(BetweenLooks));
        });
        looker.Start();
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            done.Set();
            looker.Join();
        }

        return peak;
    }

    // One collection only: GetTotalMemory collects until the number settles, and would miss the peaks in between.
    private static long Look()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        return GC.GetTotalMemory(forceFullCollection: false);
    }
}
