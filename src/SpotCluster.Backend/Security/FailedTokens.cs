using System.Net;
using System.Threading.RateLimiting;

namespace SpotCluster.Backend.Security;

/// <summary>
/// Wrong tokens are answered slower the more there are. Right ones pass always: agents behind one address must not lock each other out.
/// </summary>
internal sealed class FailedTokens(BackendOptions options) : IDisposable
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
        RateLimitPartition.GetFixedWindowLimiter(address, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = options.FailedTokensPerMinute,
            Window = Window,
        }));

    private long _lastNote = long.MinValue;

    /// <summary>Whether one more wrong token from this address is answered as one.</summary>
    public bool Allow(IPAddress? address)
    {
        using var lease = _limiter.AttemptAcquire(address ?? IPAddress.None);
        return lease.IsAcquired;
    }

    /// <summary>At most one event a minute: whoever knocks without a key must not be able to fill the disk.</summary>
    public bool IsToBeNoted()
    {
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var last = Interlocked.Read(ref _lastNote);
        return (last == long.MinValue || now - last >= Window.TotalMilliseconds) && Interlocked.CompareExchange(ref _lastNote, now, last) == last;
    }

    public void Dispose() => _limiter.Dispose();
}
