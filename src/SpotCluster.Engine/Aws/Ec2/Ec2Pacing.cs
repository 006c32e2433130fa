namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// Keeps a region's calls within what EC2 takes: a bucket per operation, as EC2 has one per account, region and operation.
/// A thousand deletions then queue up here instead of running into the deadline of the retries.
/// </summary>
/// <remarks>By hand: the limiters of System.Threading.RateLimiting take no TimeProvider, so nothing of them can be tested on simulated time.</remarks>
internal sealed class Ec2Pacing(TimeProvider clock)
{
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly object _gate = new();

    /// <summary>Waits until the operation may be called.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="waiting">Told how long, when there is a wait.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task WaitAsync(string operation, Action<TimeSpan>? waiting, CancellationToken cancellationToken)
    {
        var delay = Reserve(operation);
        if (delay <= TimeSpan.Zero)
        {
            return Task.CompletedTask;
        }

        waiting?.Invoke(delay);
        return clock.PauseAsync(delay, cancellationToken);
    }

    /// <summary>Calls at once, and calls per second after that.</summary>
    private static (double Burst, double Rate) LimitOf(string operation) => operation switch
    {
        "RunInstances" => (5, 2),
        "CreateVpcEndpoint" or "DeleteVpcEndpoints" => (4, 0.3),
        "CreateNatGateway" or "DeleteNatGateway" => (10, 1),
        "CreateTags" or "DeleteTags" => (100, 10),
        "TerminateInstances" or "DeleteNetworkInterface" or "DeleteVolume" => (100, 5),
        "DescribeSpotFleetRequests" => (50, 3),
        _ when operation.StartsWith("Describe", StringComparison.Ordinal) || operation.StartsWith("Get", StringComparison.Ordinal) => (100, 20),
        _ => (50, 5),
    };

    private TimeSpan Reserve(string operation)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var (burst, rate) = LimitOf(operation);
            if (!_buckets.TryGetValue(operation, out var bucket))
            {
                _buckets.Add(operation, bucket = new Bucket { Tokens = burst, At = now });
            }

            var passed = Math.Max(0, (now - bucket.At).TotalSeconds);
            bucket.Tokens = Math.Min(burst, bucket.Tokens + (passed * rate)) - 1;
            bucket.At = now;
            return bucket.Tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-bucket.Tokens / rate);
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }
        public DateTimeOffset At { get; set; }
    }
}
