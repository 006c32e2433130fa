using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>
/// The prices of machines over time. That of a spot machine is the price of its pool, of which each holds from its moment to that
/// of the next; that of a machine on demand is the list price of now, for all its life.
/// </summary>
public sealed class PriceHistory
{
    private readonly Dictionary<(string Type, string Zone, string Product), List<SpotPrice>> _pools;

    /// <summary>Takes prices in any order.</summary>
    public PriceHistory(IEnumerable<SpotPrice> prices)
    {
        _pools = prices
            .GroupBy(price => (price.InstanceType, price.Zone, price.ProductDescription))
            .ToDictionary(pool => pool.Key, pool => pool.OrderBy(price => price.At).ToList());
    }

    /// <summary>USD per hour at a moment; null when unknown.</summary>
    public decimal? At(MachineUsage machine, DateTimeOffset time) => Pool(machine).LastOrDefault(price => price.At <= time)?.HourlyPrice;

    /// <summary>USD over a time: the integral of the price, change by change. What lies before the first known price is unknown.</summary>
    public Amount Between(MachineUsage machine, DateTimeOffset from, DateTimeOffset until)
    {
        if (until <= from)
        {
            return Amount.Zero;
        }

        var pool = Pool(machine);
        var sum = 0m;
        for (var place = 0; place < pool.Count; place++)
        {
            var begin = pool[place].At > from ? pool[place].At : from;
            var end = place + 1 < pool.Count && pool[place + 1].At < until ? pool[place + 1].At : until;
            if (end > begin)
            {
                sum += pool[place].HourlyPrice * Hours(end - begin);
            }
        }

        return new Amount(sum, IsWhole: pool.Count > 0 && pool[0].At <= from);
    }

    /// <summary>The price from each moment on: at the beginning, null where it is not known then, and after each change.</summary>
    public IEnumerable<(DateTimeOffset At, decimal? HourlyPrice)> Steps(MachineUsage machine, DateTimeOffset from, DateTimeOffset until)
    {
        yield return (from, At(machine, from));
        foreach (var price in Pool(machine).Where(price => price.At > from && price.At < until))
        {
            yield return (price.At, price.HourlyPrice);
        }
    }

    /// <summary>A time in hours, without the rounding of a double.</summary>
    public static decimal Hours(TimeSpan time) => (decimal)time.Ticks / TimeSpan.TicksPerHour;

    private List<SpotPrice> Pool(MachineUsage machine) => machine switch
    {
        { Lifecycle: SpotLifecycle.OnDemand, ListHourlyPrice: { } price } => [new SpotPrice { At = DateTimeOffset.MinValue, HourlyPrice = price }],
        { Lifecycle: SpotLifecycle.Spot, InstanceType: { } type, Zone: { } zone } when _pools.TryGetValue((type, zone, machine.ProductDescription), out var pool) => pool,
        _ => [],
    };
}
