namespace SpotCluster.Model;

/// <summary>What a <see cref="SpotCost"/> is about.</summary>
public enum SpotCostScope
{
    /// <summary>Everything that was measured.</summary>
    Total,

    /// <summary>One cluster.</summary>
    Cluster,

    /// <summary>One region.</summary>
    Region,

    /// <summary>One machine, with its disks and its public address.</summary>
    Instance,

    /// <summary>What an account can still spend, and how fast it does: a <see cref="SpotAccount"/>.</summary>
    Account,
}

/// <summary>
/// What machines that exist now cost, with their disks and public IPv4 addresses, before taxes and discounts. A sum with an
/// unknown part is null; what is known of it is then its lower bound, in <see cref="KnownHourlyCost"/> and
/// <see cref="KnownCostToDate"/>. Traffic, snapshots and machines that are gone are not in it.
/// </summary>
public sealed class SpotCost
{
    /// <summary>What it is about.</summary>
    public SpotCostScope Scope { get; set; }

    /// <summary>Name of the cluster or region, or id of the machine; empty for the total, and for machines of no cluster.</summary>
    public string Name { get; set; } = "";

    /// <summary>The cluster of a cluster or machine; null otherwise.</summary>
    public string? ClusterName { get; set; }

    /// <summary>The region of a region or machine; null otherwise.</summary>
    public string? Region { get; set; }

    /// <summary>USD per hour now: the three parts together; null when a part is unknown.</summary>
    public decimal? HourlyCost { get; set; }

    /// <summary>USD since launch: the three parts together; null when a part is unknown.</summary>
    public decimal? CostToDate { get; set; }

    /// <summary>USD that the next 24 hours cost if nothing and no price changes; null when the price is unknown.</summary>
    public decimal? Projected24Hours { get; set; }

    /// <summary>USD per hour of what is known: a lower bound of <see cref="HourlyCost"/>.</summary>
    public decimal KnownHourlyCost { get; set; }

    /// <summary>USD of what is known: a lower bound of <see cref="CostToDate"/>.</summary>
    public decimal KnownCostToDate { get; set; }

    /// <summary>USD per hour of the machines; null when unknown.</summary>
    public decimal? ComputeHourlyPrice { get; set; }

    /// <summary>USD of the machines since their launch, from the price history of their zones; null when unknown.</summary>
    public decimal? ComputeCost { get; set; }

    /// <summary>USD per hour of the disks; null when unknown.</summary>
    public decimal? StorageHourlyPrice { get; set; }

    /// <summary>USD of the disks since they were created; null when unknown.</summary>
    public decimal? StorageCost { get; set; }

    /// <summary>USD per hour of the public IPv4 addresses; null when unknown.</summary>
    public decimal? PublicIpHourlyPrice { get; set; }

    /// <summary>USD of the public IPv4 addresses since launch; null when unknown.</summary>
    public decimal? PublicIpCost { get; set; }

    /// <summary>Number of machines.</summary>
    public int InstanceCount { get; set; }

    /// <summary>Number of disks.</summary>
    public int VolumeCount { get; set; }

    /// <summary>Number of public IPv4 addresses.</summary>
    public int PublicIpCount { get; set; }

    /// <summary>Number of machines, disks, addresses and regions about which something is unknown.</summary>
    public int UnknownCount { get; set; }

    /// <summary>Until when was counted, UTC.</summary>
    public DateTimeOffset MeasuredAt { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Name.Length > 0 ? Name : Scope.ToString();
}
