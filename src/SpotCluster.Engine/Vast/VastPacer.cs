using System.Collections.Concurrent;

namespace SpotCluster.Engine.Vast;

/// <summary>Keeps the calls to each endpoint as far apart as Vast.ai asks: it counts from the answer, since the way there may be shorter the next time.</summary>
/// <remarks>By hand: no stock limiter counts from the answer of the call before, and none takes a TimeProvider.</remarks>
internal sealed class VastPacer(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    /// <summary>Waits for the turn of one call and makes it; calls to one endpoint never overlap.</summary>
    public async Task<T> RunAsync<T>(VastEndpoint endpoint, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var lane = _lanes.GetOrAdd(endpoint.Name, _ => new Lane());
        await lane.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var wait = lane.Next - clock.GetUtcNow(); wait > TimeSpan.Zero; wait = lane.Next - clock.GetUtcNow())
            {
                await clock.Delay(wait, cancellationToken).ConfigureAwait(false);
            }

            return await call().ConfigureAwait(false);
        }
        finally
        {
            lane.PushBack(clock.GetUtcNow() + endpoint.Interval);
            lane.Gate.Release();
        }
    }

    /// <summary>Makes the next call to the endpoint wait at least that long from now.</summary>
    public void PushBack(VastEndpoint endpoint, TimeSpan wait) =>
        _lanes.GetOrAdd(endpoint.Name, _ => new Lane()).PushBack(clock.GetUtcNow() + wait);

    private sealed class Lane
    {
        private long _next = DateTimeOffset.MinValue.UtcTicks;

        public SemaphoreSlim Gate { get; } = new(1, 1);

        public DateTimeOffset Next => new(Interlocked.Read(ref _next), TimeSpan.Zero);

        public void PushBack(DateTimeOffset time)
        {
            long seen;
            do
            {
                seen = Interlocked.Read(ref _next);
            }
            while (time.UtcTicks > seen && Interlocked.CompareExchange(ref _next, time.UtcTicks, seen) != seen);
        }
    }
}
