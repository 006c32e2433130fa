using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>A checked request, with everything that the launch needs.</summary>
internal sealed class LaunchPlan : ClusterPlan
{
    public required LaunchSpec Spec { get; init; }

    public required LaunchCheck Check { get; init; }

    public string AccountId => Check.AccountId;

    public required string Fingerprint { get; init; }

    /// <summary>Every region of the request that can take machines, also those that get none at first.</summary>
    public required IReadOnlyList<PlannedRegion> Regions { get; init; }

    /// <summary>The interrupted run that this launch finishes; null for a new one.</summary>
    public JournalEntry? Resumes { get; init; }

    public override SpotPlan Summary => new()
    {
        Name = Spec.Name,
        Provider = Provider,
        AccountId = AccountId,
        Count = Spec.Count,
        Regions = [.. Regions.Where(region => region.Count > 0).Select(region => region.Summary())],
        HourlyCost = SumOf(region => region.HourlyCost),
        ComputeHourlyPrice = SumOf(region => region.Count * PriceRules.Lowest(region.Pools)),
        StorageHourlyPrice = SumOf(region => region.Count * region.StorageHourlyPrice),
        PublicIpHourlyPrice = SumOf(region => region.Count * region.PublicIpHourlyPrice),
        MaxHourlyCost = SumOf(region => region.Count * (region.HighestPrice + region.Extra)),
        ExpiresAt = Spec.ExpiresAt,
    };

    private decimal? SumOf(Func<PlannedRegion, decimal?> price) => PriceRules.Sum(Regions.Where(region => region.Count > 0).Select(price)) is { } sum ? PriceRules.Rounded(sum) : null;

    /// <summary>The run that new machines join: its networks and templates are used as they are. Null for a cluster of its own.</summary>
    public string? Joins { get; init; }

    /// <summary>Machines that the whole cluster is to have; null for those of this plan.</summary>
    public int? TotalWanted { get; init; }

    public required SpotProvider Provider { get; init; }
}

/// <summary>The part of a plan in one region.</summary>
/// <param name="Region">Region.</param>
/// <param name="Count">Number of machines.</param>
/// <param name="Capacity">Most machines by the quota; null when unknown.</param>
/// <param name="Pools">Pools, cheapest first.</param>
/// <param name="FallbackPools">Those of them that may also give machines on demand; none without a fallback.</param>
internal sealed record PlannedRegion(string Region, int Count, int? Capacity, IReadOnlyList<Pool> Pools, IReadOnlyList<Pool> FallbackPools)
{
    /// <summary>USD per hour of one machine in the dearest pool, by spot or on demand; null when a price is unknown.</summary>
    public decimal? HighestPrice => PriceRules.Highest(Pools.Select(pool => pool.Price).Concat(FallbackPools.Select(pool => pool.OnDemandPrice)));

    /// <summary>USD per hour of the disks of one machine; null when unknown.</summary>
    public decimal? StorageHourlyPrice { get; init; }

    /// <summary>USD per hour of the public address of one machine.</summary>
    public decimal PublicIpHourlyPrice { get; init; }

    /// <summary>USD per hour that one machine costs besides itself, as far as it is known.</summary>
    public decimal Extra => (StorageHourlyPrice ?? 0) + PublicIpHourlyPrice;

    /// <summary>USD per hour of all machines here at the lowest price, with their disks as far as known and public addresses; null when unknown.</summary>
    public decimal? HourlyCost => Count * (PriceRules.Lowest(Pools) + Extra);

    public SpotPlanRegion Summary() => new()
    {
        Region = Region,
        Count = Count,
        Zones = [.. Pools.Select(pool => pool.Zone).Distinct(StringComparer.Ordinal).OrderBy(zone => zone, StringComparer.Ordinal)],
        InstanceTypes = [.. Pools.Select(pool => pool.InstanceType).Distinct(StringComparer.Ordinal)],
        LowestPrice = PriceRules.Lowest(Pools),
        HighestPrice = HighestPrice,
        HourlyCost = HourlyCost is { } cost ? PriceRules.Rounded(cost) : null,
    };
}
