namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>What all clients of a session share: the clock, the observer, and the numbering of calls.</summary>
internal sealed class AwsCalls(TimeProvider clock, ICallObserver? observer, int? seed)
{
    private readonly Random _random = seed is null ? new Random() : new Random(seed.Value);
    private long _number;

    /// <summary>The clock of every wait and deadline.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Told of every attempt; null for nobody.</summary>
    public ICallObserver? Observer => observer;

    /// <summary>The next number of a call.</summary>
    public long NextNumber() => Interlocked.Increment(ref _number);

    /// <summary>Between 0.5 and 1: what of a delay is waited, so that callers that failed together do not return together.</summary>
    public double Jitter()
    {
        lock (_random)
        {
            return 0.5 + (_random.NextDouble() / 2);
        }
    }
}
