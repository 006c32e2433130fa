using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

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
    /// What one machine may cost in each region so that a plan stays under its limit whichever pools the cloud takes, by spot
    /// or on demand: what the cheapest plan leaves of the limit is shared evenly over the machines. Null where no price is known.
    /// </summary>
    /// <param name="regions">Number of machines of each region, and what one costs there at least (<see cref="Least"/>).</param>
    /// <param name="limit">Most USD per hour for all machines.</param>
    /// <param name="fallback">Whether machines may come on demand.</param>
    /// <param name="extras">USD per hour that one machine of each region costs besides: its disks and its public address. Null for nothing.</param>
    /// <exception cref="SpotException">The cheapest plan is above the limit, or its price is unknown.</exception>
    public static IReadOnlyList<decimal?> Ceilings(IReadOnlyList<(int Count, decimal? Least)> regions, decimal limit, SpotFallback fallback, IReadOnlyList<decimal>? extras = null)
    {
        var onDemand = fallback == SpotFallback.OnDemand ? " on demand" : "";
        var besides = regions.Select((region, place) => region.Count * (extras?[place] ?? 0)).Sum();
        var cheapest = Sum(regions.Where(region => region.Count > 0).Select(region => region.Count * region.Least).Append(besides));
        if (cheapest is not { } total)
        {
            throw new SpotException(
                SpotErrorIds.HourlyCostExceeded,
                SpotErrorCategory.LimitsExceeded,
                $"The price of the plan{onDemand} is unknown, so the limit of {Money(limit)} USD per hour cannot be verified.")
            {
                RecommendedAction = onDemand.Length > 0
                    ? "Omit the fallback to on demand, or the limit on the hourly cost."
                    : "Specify other regions or instance types, or omit the limit on the hourly cost.",
            };
        }

        if (total > limit)
        {
            throw new SpotException(
                SpotErrorIds.HourlyCostExceeded,
                SpotErrorCategory.LimitsExceeded,
                $"The plan costs at least {Money(total)} USD per hour{onDemand}{(besides > 0 ? ", including disks and public addresses" : "")}, which is above the limit of {Money(limit)}.")
            {
                RecommendedAction = "Specify fewer instances, cheaper types or other regions, or raise the limit on the hourly cost"
                    + (onDemand.Length > 0 ? "; or omit the fallback to on demand." : "."),
            };
        }

        var spare = (limit - total) / Math.Max(1, regions.Sum(region => region.Count));
        return [.. regions.Select(region => region.Least + spare)];
    }

    /// <summary>What one machine of these pools costs at least, whichever way it comes; null when that is not known.</summary>
    public static decimal? Least(IEnumerable<Pool> pools, SpotFallback fallback) => fallback == SpotFallback.OnDemand
        ? pools.Min(pool => pool is { Price: { } spot, OnDemandPrice: { } listed } ? Math.Max(spot, listed) : (decimal?)null)
        : Lowest(pools);

    /// <summary>The pools whose price is known and not above the ceiling.</summary>
    public static IReadOnlyList<Pool> AtMost(IReadOnlyList<Pool> pools, decimal? ceiling) =>
        [.. pools.Where(pool => pool.Price is { } price && price <= ceiling)];

    /// <summary>The pools that may give machines on demand: with a ceiling, those whose price on demand is known and not above it.</summary>
    public static IReadOnlyList<Pool> OnDemandAtMost(IReadOnlyList<Pool> pools, decimal? ceiling) =>
        ceiling is null ? pools : [.. pools.Where(pool => pool.OnDemandPrice <= ceiling)];

    /// <summary>Price of the cheapest pool; null when no price is known.</summary>
    public static decimal? Lowest(IEnumerable<Pool> pools) => pools.Min(pool => pool.Price);

    /// <summary>Price of the dearest pool; null when any price is unknown.</summary>
    public static decimal? Highest(IReadOnlyCollection<Pool> pools) => Highest(pools.Select(pool => pool.Price));

    /// <summary>The highest price; null when any is unknown.</summary>
    public static decimal? Highest(IEnumerable<decimal?> prices)
    {
        decimal?[] all = [.. prices];
        return all.Contains(null) ? null : all.Max();
    }

    /// <summary>What is saved against the list price, 0 to 1; null when a price is unknown.</summary>
    public static decimal? Savings(decimal? price, decimal? listPrice) => listPrice > 0 && price is { } paid ? Math.Round(1 - (paid / listPrice.Value), 4) : null;

    /// <summary>Why list prices are unknown, and what to do about it, in one line.</summary>
    public static string Unlisted(SpotException refusal) => $"Some list prices are unknown: {refusal.Message.TrimEnd('.')}. {refusal.RecommendedAction}".TrimEnd();

    /// <summary>To a millionth of a dollar, as costs are.</summary>
    public static decimal Rounded(decimal price) => Math.Round(price, 6);

    /// <summary>A number of instances as it is shown in a sentence.</summary>
    public static string Instances(int count) => count == 1 ? "1 instance" : FormattableString.Invariant($"{count} instances");

    /// <summary>A price as it is shown in a sentence.</summary>
    public static string Money(decimal price) => price.ToString("0.0###", System.Globalization.CultureInfo.InvariantCulture);
}
