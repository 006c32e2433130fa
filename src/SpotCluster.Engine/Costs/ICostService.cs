using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>What could be had at which price, and what is spent. Changes nothing.</summary>
public interface ICostService
{
    /// <summary>
    /// What fits, best first (<see cref="OfferRanking"/>). A region that does not answer is reported as
    /// <see cref="SpotErrorIds.RegionNotListed"/>, a named type that no region has as
    /// <see cref="SpotErrorIds.InstanceTypeNotOffered"/>; refused placement scores are one warning.
    /// </summary>
    Task<IReadOnlyList<SpotOffer>> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>
    /// The history of prices, region by region as they answer. The first entry of a pool is the price that held at the
    /// beginning, so it may be older than that.
    /// </summary>
    IAsyncEnumerable<SpotPrice> GetPricesAsync(PriceQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>What the machines that exist now cost, and have cost since their launch.</summary>
    Task<CostReport> MeasureAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>The same, and what it cost per hour at each time since its launch, by cluster and region. The budget is not looked at.</summary>
    Task<CostTimeline> TraceAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken);
}

/// <summary>Which offers are wanted.</summary>
public sealed record OfferQuery
{
    /// <summary>The provider.</summary>
    public SpotProvider Provider { get; init; } = SpotProvider.Aws;

    /// <summary>Regions; wildcards match enabled regions. Empty for all of those.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Instance types; wildcards. Empty for all.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>What the types must have; null for no requirement.</summary>
    public InstanceRequirement? Requirement { get; init; }

    /// <summary>Architecture; null for any.</summary>
    public SpotArchitecture? Architecture { get; init; }

    /// <summary>Least number of virtual processors.</summary>
    public decimal? MinVCpu { get; init; }

    /// <summary>Least main memory, GiB.</summary>
    public decimal? MinMemoryGiB { get; init; }

    /// <summary>Names of GPUs, for example <c>A10G</c>; wildcards. Empty for any or none.</summary>
    public IReadOnlyList<string> GpuNames { get; init; } = [];

    /// <summary>Number of GPUs, exactly; null for any or none.</summary>
    public int? GpuCount { get; init; }

    /// <summary>Least memory per GPU, GiB.</summary>
    public decimal? MinGpuMemoryGiB { get; init; }

    /// <summary>GiB of a number of GB.</summary>
    public static decimal? ToGiB(decimal? gigabytes) => gigabytes / 1.073741824m;

    /// <summary>Most USD per hour. An unknown price is above every limit.</summary>
    public decimal? MaxHourlyPrice { get; init; }

    /// <summary>Number of machines that the placement score is asked for.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Also asks for placement scores, one call per region.</summary>
    public bool IncludeScore { get; init; } = true;

    /// <summary>Told of the offers of a region, best first, as soon as it has answered; null for nobody.</summary>
    public Action<SpotOffer>? OnFound { get; init; }

    /// <summary>Rental markets: least memory per GPU, in thousands of MiB: what the search of Vast.ai calls GB, so that a card of 24 GB has 24.</summary>
    public decimal? MinGpuMemory { get; init; }

    /// <summary>Rental markets: least reliability, 0 to 1.</summary>
    public decimal? MinReliability { get; init; }

    /// <summary>Rental markets: least download rate, Mb/s.</summary>
    public decimal? MinDownload { get; init; }

    /// <summary>Rental markets: least upload rate, Mb/s.</summary>
    public decimal? MinUpload { get; init; }

    /// <summary>Rental markets: least CUDA version that the driver supports, for example 12.4.</summary>
    public decimal? MinCuda { get; init; }

    /// <summary>Rental markets: least driver version, for example 550.90.07; null for any.</summary>
    public string? MinDriver { get; init; }

    /// <summary>Rental markets: only hosts in data centers.</summary>
    public bool DataCenter { get; init; }

    /// <summary>Rental markets: only these hosts, by their numbers; empty for all.</summary>
    public IReadOnlyList<long> HostIds { get; init; } = [];

    /// <summary>Rental markets: hosts to leave out.</summary>
    public IReadOnlyList<long> ExcludedHostIds { get; init; } = [];

    /// <summary>Rental markets: only these physical machines, by their numbers; empty for all.</summary>
    public IReadOnlyList<long> MachineIds { get; init; } = [];

    /// <summary>Rental markets: physical machines to leave out.</summary>
    public IReadOnlyList<long> ExcludedMachineIds { get; init; } = [];

    /// <summary>Rental markets: best deep-learning performance per dollar first, instead of cheapest first: the best 64.</summary>
    public bool ByPerformance { get; init; }

    /// <summary>Rental markets: two-letter country codes; empty for all.</summary>
    public IReadOnlyList<string> Geolocation { get; init; } = [];

    /// <summary>Rental markets: shortest time that the host offers it for.</summary>
    public TimeSpan? MinDuration { get; init; }

    /// <summary>Rental markets: size of the disk that will be rented, GB; it is part of the price.</summary>
    public decimal DiskGB { get; init; } = 40;

    /// <summary>Rental markets: prices on demand instead of by bid.</summary>
    public bool OnDemand { get; init; }

    /// <summary>Rental markets: also offers that Vast.ai has not verified.</summary>
    public bool IncludeUnverified { get; init; }

    /// <summary>Rental markets: most offers to return.</summary>
    public int Limit { get; init; } = 20;
}

/// <summary>Which prices are wanted.</summary>
public sealed record PriceQuery
{
    /// <summary>The products of EC2 that have a spot price; each also with <c> (Amazon VPC)</c>.</summary>
    public static IReadOnlyList<string> Products { get; } = ["Linux/UNIX", "Red Hat Enterprise Linux", "SUSE Linux", "Windows"];

    /// <summary>Regions; wildcards match enabled regions. Empty for all of those.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Zones; wildcards. Empty for all.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>Instance types; wildcards. Empty for all.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>Operating system, as AWS names it.</summary>
    public string ProductDescription { get; init; } = "Linux/UNIX";

    /// <summary>How far to look back; zero for the prices of now. AWS keeps 90 days.</summary>
    public TimeSpan Last { get; init; }
}

/// <summary>What is to be measured.</summary>
public sealed record CostQuery
{
    /// <summary>Clusters; wildcards. Empty for all of ours.</summary>
    public IReadOnlyList<string> ClusterNames { get; init; } = [];

    /// <summary>Regions; wildcards match enabled regions. Empty for all of those.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>The regions are a default of the session and were not named: those of AWS do not narrow Vast.ai.</summary>
    public bool AreRegionsDefault { get; init; }

    /// <summary>The regions for Vast.ai.</summary>
    internal IReadOnlyList<string> RegionsAtVast => AreRegionsDefault && Regions.All(RegionNames.IsAwsForm) ? [] : Regions;

    /// <summary>Machines, taken literally; empty for all. With ids, disks of no machine are left out.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>Also machines that ended, as long as the cloud still shows them: about an hour at AWS.</summary>
    public bool IncludeEnded { get; init; }

    /// <summary>Clouds; empty for AWS, or for every one when <see cref="EveryCloud"/> is set.</summary>
    public IReadOnlyList<SpotProvider> Providers { get; init; } = [];

    /// <summary>Without <see cref="Providers"/>: every cloud that credentials are there for.</summary>
    public bool EveryCloud { get; init; }

    /// <summary>The limit that the total is held against; null for none.</summary>
    public SpotBudget? Budget { get; init; }
}

/// <summary>What was measured.</summary>
/// <param name="Total">Everything together.</param>
/// <param name="Clusters">By cluster, by name.</param>
/// <param name="Regions">By region, by name; a region that did not answer is there with unknown cost.</param>
/// <param name="Instances">By machine, by cluster and id.</param>
/// <param name="BudgetError">
/// <see cref="SpotErrorIds.BudgetExceeded"/>, or <see cref="SpotErrorIds.BudgetNotProven"/> where what is known is within
/// the budget and something is unknown; null when the budget is kept or none was given.
/// </param>
public sealed record CostReport(
    SpotCost Total,
    IReadOnlyList<SpotCost> Clusters,
    IReadOnlyList<SpotCost> Regions,
    IReadOnlyList<SpotCost> Instances,
    SpotException? BudgetError)
{
    /// <summary>What the account at Vast.ai can still spend; null when that cloud was not measured.</summary>
    public SpotAccount? Account { get; init; }

    /// <summary>The rows of one scope.</summary>
    public IReadOnlyList<SpotCost> By(SpotCostScope scope) => scope switch
    {
        SpotCostScope.Cluster => Clusters,
        SpotCostScope.Region => Regions,
        SpotCostScope.Instance => Instances,
        SpotCostScope.Account => [],
        _ => [Total],
    };
}
