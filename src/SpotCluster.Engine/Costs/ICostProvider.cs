using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>One cloud, as the cost service needs it. Failures are <see cref="SpotException"/> with the cloud's code.</summary>
public interface ICostProvider
{
    /// <summary>Regions that are enabled for the account, by name; one call, cached.</summary>
    Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken);

    /// <summary>What one region offers and the query allows.</summary>
    Task<RegionOffers> FindOffersAsync(string region, OfferQuery query, CancellationToken cancellationToken);

    /// <summary>The prices of one region.</summary>
    Task<IReadOnlyList<SpotPrice>> GetPricesAsync(string region, PriceQuery query, CancellationToken cancellationToken);

    /// <summary>What is used in one region, and what it costs.</summary>
    Task<RegionUsage> GetUsageAsync(string region, CostQuery query, CancellationToken cancellationToken);
}

/// <summary>What one region offers.</summary>
/// <param name="Offers">Those that fit, in no order.</param>
/// <param name="KnownTypes">Types that the region has at all, of those that were named.</param>
/// <param name="ScoreRefusal">Why there are no placement scores; null when there are, or none were asked for.</param>
/// <param name="PriceRefusal">Why there are no prices; null when there are.</param>
public sealed record RegionOffers(
    IReadOnlyList<SpotOffer> Offers,
    IReadOnlyCollection<string> KnownTypes,
    SpotException? ScoreRefusal,
    SpotException? PriceRefusal)
{
    /// <summary>Names of the GPUs of these types.</summary>
    public IReadOnlyCollection<string> KnownGpus { get; init; } = [];

    /// <summary>Why there are no list prices; null when they could be asked for.</summary>
    public SpotException? ListPriceRefusal { get; init; }
}

/// <summary>What is used in one region.</summary>
/// <param name="Machines">Machines that exist, without those that are terminated.</param>
/// <param name="Disks">Disks that exist.</param>
/// <param name="Prices">The prices of the machines' pools over their lives, in no order.</param>
/// <param name="Ended">Number of machines that ended and are still visible: what they cost is not known any more.</param>
/// <param name="PriceRefusal">Why there are no prices; null when there are.</param>
public sealed record RegionUsage(
    IReadOnlyList<MachineUsage> Machines,
    IReadOnlyList<DiskUsage> Disks,
    IReadOnlyList<SpotPrice> Prices,
    int Ended,
    SpotException? PriceRefusal)
{
    /// <summary>Public addresses of ours that no machine of ours uses.</summary>
    public IReadOnlyList<AddressUsage> Addresses { get; init; } = [];

    /// <summary>Disks and addresses without the tag that removals left, each with where it comes from.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>Why there are no list prices; null when they could be asked for. Disks may have a price all the same.</summary>
    public SpotException? ListPriceRefusal { get; init; }

    /// <summary>True when there is nothing that costs.</summary>
    public bool IsEmpty => Machines.Count + Disks.Count + Addresses.Count == 0;
}

/// <summary>A public address that is kept without a machine: it costs like one in use. Since when is not told.</summary>
/// <param name="Id">Id.</param>
/// <param name="ClusterName">Cluster; null for none.</param>
/// <param name="HourlyPrice">USD per hour.</param>
public sealed record AddressUsage(string Id, string? ClusterName, decimal HourlyPrice);

/// <summary>A machine, as far as it is billed.</summary>
public sealed record MachineUsage
{
    /// <summary>Id.</summary>
    public required string Id { get; init; }

    /// <summary>Cluster; null for none.</summary>
    public string? ClusterName { get; init; }

    /// <summary>Zone; null when unknown.</summary>
    public string? Zone { get; init; }

    /// <summary>Type; null when unknown.</summary>
    public string? InstanceType { get; init; }

    /// <summary>Operating system, as in the prices.</summary>
    public string ProductDescription { get; init; } = "Linux/UNIX";

    /// <summary>Spot, at the prices of its pool over time; or on demand, at the list price.</summary>
    public SpotLifecycle Lifecycle { get; init; }

    /// <summary>USD per hour on demand; null when unknown, and for a spot machine.</summary>
    public decimal? ListHourlyPrice { get; init; }

    /// <summary>Start of its current run; null when unknown.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>It is terminated: its disks and its address are gone, and what they cost is not told any more.</summary>
    public bool IsGone { get; init; }

    /// <summary>True while it is billed by the hour.</summary>
    public bool IsBilled { get; init; }

    /// <summary>When its run ended; null while it is billed, and when unknown.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>It ran before its current run, for a time that nobody tells any more.</summary>
    public bool HasEarlierRuns { get; init; }

    /// <summary>USD per hour of its public IPv4 address; 0 when it has none now.</summary>
    public decimal PublicIpHourlyPrice { get; init; }
}

/// <summary>A disk.</summary>
/// <param name="Id">Id.</param>
/// <param name="InstanceId">The machine that it is attached to; null for none.</param>
/// <param name="ClusterName">Cluster; null for that of the machine, or none.</param>
/// <param name="CreatedAt">When it was created; null when unknown.</param>
/// <param name="HourlyPrice">USD per hour; null when unknown.</param>
public sealed record DiskUsage(string Id, string? InstanceId, string? ClusterName, DateTimeOffset? CreatedAt, decimal? HourlyPrice);
