using System.Collections.Concurrent;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>Pools that had no capacity a moment ago: for three minutes nobody asks them again. Lives as long as the engine.</summary>
internal sealed class UnavailablePools(TimeProvider clock)
{
    /// <summary>How long a failure is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<(SpotLifecycle Lifecycle, string Zone, string Type), (DateTimeOffset Until, string Code)> _failed = new();

    public void Add(SpotLifecycle lifecycle, Pool pool, string code) =>
        _failed[(lifecycle, pool.Zone, pool.InstanceType)] = (clock.GetUtcNow() + Memory, code);

    /// <summary>The code that the pool failed with; null when it may be asked.</summary>
    public string? Find(SpotLifecycle lifecycle, Pool pool)
    {
        var key = (lifecycle, pool.Zone, pool.InstanceType);
        if (!_failed.TryGetValue(key, out var failure))
        {
            return null;
        }

        if (failure.Until > clock.GetUtcNow())
        {
            return failure.Code;
        }

        _failed.TryRemove(key, out _);
        return null;
    }
}
