namespace SpotCluster.Model;

/// <summary>What a launch would do and what it would cost: made by checks only, nothing is changed by it.</summary>
public sealed class SpotPlan
{
    /// <summary>Name of the cluster.</summary>
    public string Name { get; set; } = "";

    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>The account that would pay.</summary>
    public string? AccountId { get; set; }

    /// <summary>Number of machines in total.</summary>
    public int Count { get; set; }

    /// <summary>Per region: how many, of which types, in which zones, at which price.</summary>
    public ValueList<SpotPlanRegion> Regions { get; set; } = [];

    /// <summary>
    /// USD per hour at the prices of now, for the cheapest fitting pools, with disks as far as their price is known, and
    /// public IPv4 addresses; null when the price of the machines is unknown. Traffic is not in it.
    /// </summary>
    public decimal? HourlyCost { get; set; }

    /// <summary>USD per hour of the machines alone; null when unknown.</summary>
    public decimal? ComputeHourlyPrice { get; set; }

    /// <summary>USD per hour of the disks; null when unknown, and then they are not in <see cref="HourlyCost"/>.</summary>
    public decimal? StorageHourlyPrice { get; set; }

    /// <summary>USD per hour of the public IPv4 addresses; null when unknown.</summary>
    public decimal? PublicIpHourlyPrice { get; set; }

    /// <summary>
    /// USD per hour if every machine lands in the dearest planned pool, on demand where the plan falls back to that, with the
    /// same disks and addresses; null when a price is unknown.
    /// </summary>
    public decimal? MaxHourlyCost { get; set; }

    /// <summary>When the machines are to be gone, UTC; null for no expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The part of a plan in one region.</summary>
public sealed class SpotPlanRegion
{
    /// <summary>The region.</summary>
    public string Region { get; set; } = "";

    /// <summary>Number of machines.</summary>
    public int Count { get; set; }

    /// <summary>Zones that offer at least one of the types.</summary>
    public ValueList<string> Zones { get; set; } = [];

    /// <summary>Instance types that are offered here, cheapest first.</summary>
    public ValueList<string> InstanceTypes { get; set; } = [];

    /// <summary>USD per hour of one machine alone in the cheapest pool; null when unknown.</summary>
    public decimal? LowestPrice { get; set; }

    /// <summary>USD per hour of one machine alone in the dearest pool, on demand where the plan falls back to that; null when unknown.</summary>
    public decimal? HighestPrice { get; set; }

    /// <summary>USD per hour of all machines here at the lowest price, with their disks and public addresses; null when unknown.</summary>
    public decimal? HourlyCost { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Region}: {Count}";
}
