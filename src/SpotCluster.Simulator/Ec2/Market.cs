using System.Collections.Concurrent;
using System.Globalization;

namespace SpotCluster.Simulator.Ec2;

/// <summary>A spot price and since when it holds.</summary>
internal readonly record struct PricePoint(DateTimeOffset Since, decimal Price);

/// <summary>
/// The spot market of a region: a price and a capacity per pool (zone and type). Prices follow from the seed and the time,
/// so that they vary over simulated time and are the same for everybody who asks. Safe to use from several threads, because
/// placement scores look at other regions.
/// </summary>
internal sealed class Market(int seed, RegionInfo region)
{
    // AWS keeps 90 days of history.
    public static readonly TimeSpan HistoryLength = TimeSpan.FromDays(90);

    private readonly ConcurrentDictionary<(string Zone, string Type), int> _capacities = [];

    // Oldest first. The lists are never changed, only replaced.
    private readonly ConcurrentDictionary<(string Zone, string Type), (DateTimeOffset Since, decimal? Price)[]> _fixed = [];

    /// <summary>Sets how many spot machines a pool holds in all.</summary>
    public void SetCapacity(string zone, string type, int machines) => _capacities[(zone, type)] = machines;

    /// <summary>Fixes the price of a pool from a moment on, which must not be before the last one; null lets it float again.</summary>
    public void SetPrice(string zone, string type, decimal? price, DateTimeOffset since) =>
        _fixed.AddOrUpdate((zone, type), _ => [(since, price)], (_, known) => [.. known.Where(entry => entry.Since < since), (since, price)]);

    /// <summary>How many spot machines a pool holds in all.</summary>
    public int CapacityOf(string zone, InstanceTypeInfo type)
    {
        if (_capacities.TryGetValue((zone, type.Name), out var machines)
            || _capacities.TryGetValue((zone, "*"), out machines)
            || _capacities.TryGetValue(("*", type.Name), out machines)
            || _capacities.TryGetValue(("*", "*"), out machines))
        {
            return machines;
        }

        var most = type.GpuCount > 0 ? 12 : Math.Max(10, 800 / type.VCpus);
        return (most / 4) + Chance.Below(seed, $"capacity/{zone}/{type.Name}", most);
    }

    /// <summary>USD per hour on demand, Linux.</summary>
    public decimal OnDemandPrice(InstanceTypeInfo type) => decimal.Round(type.OnDemandPrice * region.PriceFactor, 4);

    /// <summary>The spot price of a pool at a time, and since when it holds.</summary>
    public PricePoint PriceAt(string zone, InstanceTypeInfo type, DateTimeOffset time)
    {
        // Each pool changes its price every 4 to 11 hours, at moments of its own.
        var pool = $"price/{zone}/{type.Name}";
        var length = TimeSpan.FromMinutes(240 + Chance.Below(seed, pool + "/length", 420));
        var shift = TimeSpan.FromSeconds(Chance.Below(seed, pool + "/shift", (int)length.TotalSeconds));
        var slot = (time.UtcTicks - shift.Ticks) / length.Ticks;
        var since = new DateTimeOffset((slot * length.Ticks) + shift.Ticks, TimeSpan.Zero);
        if (_fixed.TryGetValue((zone, type.Name), out var known) && known.Any(entry => entry.Since <= time))
        {
            var last = known.Last(entry => entry.Since <= time);
            if (last.Price is { } fixedPrice)
            {
                return new PricePoint(last.Since, fixedPrice);
            }

            since = since > last.Since ? since : last.Since;
        }

        var discount = 0.25 + (0.3 * Chance.Unit(seed, pool));
        var drift = 0.9 + (0.2 * Chance.Unit(seed, pool + "/" + slot.ToString(CultureInfo.InvariantCulture)));
        return new PricePoint(since, decimal.Round(OnDemandPrice(type) * (decimal)(discount * drift), 4));
    }

    /// <summary>Prices of a pool that held at any moment between two times, newest first.</summary>
    public IEnumerable<PricePoint> History(string zone, InstanceTypeInfo type, DateTimeOffset from, DateTimeOffset to)
    {
        var point = PriceAt(zone, type, to);
        while (true)
        {
            yield return point;
            if (point.Since <= from)
            {
                yield break;
            }

            point = PriceAt(zone, type, point.Since.AddTicks(-1));
        }
    }
}
