using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Finds machines that can be had now, at AWS or at Vast.ai, by size, GPU and price.</summary>
[Cmdlet(VerbsCommon.Find, "SpotOffer")]
[OutputType(typeof(SpotOffer))]
public sealed class FindSpotOfferCommand : SpotOfferFilterCmdlet
{
    private static readonly string[] OnlyAws = [nameof(InstanceType), nameof(InstanceRequirement), nameof(Region), nameof(Architecture), nameof(Count), nameof(NoScore), nameof(Unordered)];

    private static readonly string[] OnlyVast =
    [
        nameof(MinReliability), nameof(Geolocation), nameof(MinDuration), nameof(Disk), nameof(OnDemand), nameof(IncludeUnverified),
        .. HostFilters,
    ];

    /// <summary>The cloud.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider Provider { get; set; } = SpotProvider.Aws;

    /// <summary>Instance types; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <summary>What the instance types must have.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceRequirementCompleter))]
    public string[] InstanceRequirement { get; set; } = [];

    /// <summary>Processor architecture.</summary>
    [Parameter]
    public SpotArchitecture? Architecture { get; set; }

    /// <summary>Least number of virtual processors.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? MinVCpu { get; set; }

    /// <summary>Least main memory, GiB.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? MinMemoryGiB { get; set; }

    /// <summary>Names of GPUs; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(GpuNameCompleter))]
    public string[] GpuName { get; set; } = [];

    /// <summary>Number of GPUs, exactly.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? GpuCount { get; set; }

    /// <summary>Least memory per GPU, GiB.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? MinGpuMemoryGiB { get; set; }

    /// <summary>Least memory per GPU, GB.</summary>
    [Parameter]
    [ValidateRange(0.0, 100_000.0)]
    public decimal? MinGpuMemory { get; set; }

    /// <summary>Most USD per hour.</summary>
    [Parameter]
    [Price]
    public decimal? MaxHourlyPrice { get; set; }

    /// <summary>Number of machines that the placement score is asked for.</summary>
    [Parameter]
    [ValidateRange(1, 2000)]
    public int Count { get; set; } = 1;

    /// <summary>Does not ask for placement scores.</summary>
    [Parameter]
    public SwitchParameter NoScore { get; set; }

    /// <summary>Vast.ai: least reliability, 0 to 1.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public decimal? MinReliability { get; set; }

    /// <summary>Vast.ai: two-letter country codes.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CountryCompleter))]
    public string[] Geolocation { get; set; } = [];

    /// <summary>Vast.ai: shortest time that the host offers it for.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? MinDuration { get; set; }

    /// <summary>Vast.ai: size of the disk that will be rented, GB.</summary>
    [Parameter]
    [ValidateRange(8.0, 100_000.0)]
    public decimal Disk { get; set; } = 40;

    /// <summary>Vast.ai: prices at the list price instead of by bid.</summary>
    [Parameter]
    [Alias("NoSpot")]
    public SwitchParameter OnDemand { get; set; }

    /// <summary>Vast.ai: also offers that it has not verified.</summary>
    [Parameter]
    public SwitchParameter IncludeUnverified { get; set; }

    /// <summary>Most offers; without it 64 of Vast.ai and all of AWS.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? Limit { get; set; }

    /// <summary>AWS: with a limit, any offers, and not the cheapest of all regions.</summary>
    [Parameter]
    public SwitchParameter Unordered { get; set; }

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public override string[] Region { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var isSorted = MyInvocation.BoundParameters.ContainsKey(nameof(Sort));
        if (Misplaced(Provider, Provider == SpotProvider.Aws ? OnlyVast.Where(name => name != nameof(Sort) || Sort != SpotOfferOrder.Price) : OnlyAws) is { } misplaced)
        {
            ThrowTerminatingError(ErrorRecords.From(misplaced, null));
        }

        var engine = OpenEngine();
        if (Provider == SpotProvider.Vast)
        {
            Stream(GpuName, (pump, token) => InView(engine.Vast.FindOffersAsync(AtVast(), pump, token), "Vast"));
            return;
        }

        Run(InstanceType, (pump, token) => OfferOutput.WriteAsync(engine.Costs, AtAws(), Limit, !Unordered && (isSorted || Limit is not null), pump, token));
    }

    private OfferQuery AtAws() => new()
    {
        InstanceTypes = InstanceType,
        Requirement = Engine.Core.InstanceRequirement.Parse(InstanceRequirement),
        Regions = Region,
        Architecture = Architecture,
        MinVCpu = MinVCpu,
        MinMemoryGiB = MinMemoryGiB,
        GpuNames = GpuName,
        GpuCount = GpuCount,
        MinGpuMemoryGiB = MinGpuMemoryGiB ?? OfferQuery.ToGiB(MinGpuMemory),
        MaxHourlyPrice = MaxHourlyPrice,
        Count = Count,
        IncludeScore = !NoScore,
    };

    private OfferQuery AtVast() => FilterHosts(new OfferQuery
    {
        Provider = Provider,
        GpuNames = GpuName,
        GpuCount = GpuCount,
        MinGpuMemory = MinGpuMemory,
        MinGpuMemoryGiB = MinGpuMemoryGiB,
        MinMemoryGiB = MinMemoryGiB,
        MinVCpu = MinVCpu,
        MaxHourlyPrice = MaxHourlyPrice,
        MinReliability = MinReliability,
        Geolocation = Geolocation,
        MinDuration = MinDuration,
        DiskGB = Disk,
        OnDemand = OnDemand,
        IncludeUnverified = IncludeUnverified,
        Limit = Limit ?? 64,
    });
}
