using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>The arithmetic of a plan's price. Unknown is null and stays null through every sum.</summary>
public static class PriceRules
{
    /// <summary>Sum; null as soon as one part is unknown.</summary>
    public static decimal? Sum(IEnumerable<decimal?> parts)
    {
        var sum = 0m;
        foreach (var part in parts)
        {
            if (part is not { } known)
            {
                return null;
            }

            sum += known;
        }

        return sum;
    }

    /// <summary>
    /// The pools that keep a plan under its limit whichever of them the cloud takes: what the cheapest plan leaves of
    /// the limit is shared evenly over the machines, and a pool may cost that much more than the cheapest of its region.
    /// </summary>
    /// <param name="regions">Number of machines and pools (cheapest first) of each region.</param>
    /// <param name="limit">Most USD per hour for all machines.</param>
    /// <exception cref="SpotException">The cheapest plan is above the limit, or its price is unknown.</exception>
    public static IReadOnlyList<IReadOnlyList<Pool>> KeepUnder(
        IReadOnlyList<(int Count, IReadOnlyList<Pool> Pools)> regions,
        decimal limit)
    {
        var cheapest = Sum(regions.Where(region => region.Count > 0).Select(region => region.Count * Lowest(region.Pools)));
        if (cheapest is not { } total)
        {
            throw new SpotException(
                SpotErrorIds.HourlyCostExceeded,
                SpotErrorCategory.LimitsExceeded,
                $"The price of the plan is not known, so it cannot be held to {Money(limit)} USD per hour.")
            {
                RecommendedAction = "Name other regions or instance types, or leave out the limit on the hourly cost.",
            };
        }

        if (total > limit)
        {
            throw new SpotException(
                SpotErrorIds.HourlyCostExceeded,
                SpotErrorCategory.LimitsExceeded,
                $"The plan costs at least {Money(total)} USD per hour, which is above the limit of {Money(limit)}.")
            {
                RecommendedAction = "Ask for fewer machines, cheaper types or other regions, or raise the limit on the hourly cost.",
            };
        }

        var spare = (limit - total) / Math.Max(1, regions.Sum(region => region.Count));
        return [.. regions.Select(region => AtMost(region.Pools, Lowest(region.Pools) + spare))];
    }

    /// <summary>The pools whose price is known and not above the ceiling.</summary>
    public static IReadOnlyList<Pool> AtMost(IReadOnlyList<Pool> pools, decimal? ceiling) =>
        [.. pools.Where(pool => pool.Price is { } price && price <= ceiling)];

    /// <summary>Price of the cheapest pool; null when no price is known.</summary>
    public static decimal? Lowest(IEnumerable<Pool> pools) => pools.Min(pool => pool.Price);

    /// <summary>Price of the dearest pool; null when any price is unknown.</summary>
    public static decimal? Highest(IReadOnlyCollection<Pool> pools) =>
        pools.Count == 0 || pools.Any(pool => pool.Price is null) ? null : pools.Max(pool => pool.Price);

    /// <summary>A price as it is shown in a sentence.</summary>
    public static string Money(decimal price) => price.ToString("0.0###", System.Globalization.CultureInfo.InvariantCulture);
}
