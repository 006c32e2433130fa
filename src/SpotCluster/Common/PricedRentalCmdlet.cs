using System.Management.Automation;
using SpotCluster.Completion;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that can rent whatever fits at Vast.ai, up to a price.</summary>
public abstract class PricedRentalCmdlet : SpotRentalCmdlet
{
    /// <summary>Those of these parameters that say which offers fit; only Vast.ai has them.</summary>
    private protected static readonly string[] OfferFilters =
    [
        nameof(GpuName), nameof(GpuCount), nameof(MinGpuMemory), nameof(MinReliability), nameof(Geolocation), nameof(IncludeUnverified),
        nameof(MinDownload), nameof(MinUpload), nameof(MinCuda), nameof(MinDriver), nameof(DataCenter), nameof(HostId), nameof(ExcludeHostId), nameof(MachineId), nameof(ExcludeMachineId), nameof(Sort),
    ];

    /// <summary>Vast.ai: names of GPUs; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(GpuNameCompleter))]
    public string[] GpuName { get; set; } = [];

    /// <summary>Vast.ai: number of GPUs of a machine, exactly.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? GpuCount { get; set; }

    /// <summary>Vast.ai: least memory per GPU, GB.</summary>
    [Parameter]
    [ValidateRange(0.0, 100_000.0)]
    public decimal? MinGpuMemory { get; set; }

    /// <summary>Vast.ai: least reliability, 0 to 1.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public decimal? MinReliability { get; set; }

    /// <summary>Vast.ai: two-letter country codes.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CountryCompleter))]
    public string[] Geolocation { get; set; } = [];

    /// <summary>Vast.ai: also offers that it has not verified.</summary>
    [Parameter]
    public SwitchParameter IncludeUnverified { get; set; }

    /// <summary>Vast.ai: least download rate, Mb/s.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    public decimal? MinDownload { get; set; }

    /// <summary>Vast.ai: least upload rate, Mb/s.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    public decimal? MinUpload { get; set; }

    /// <summary>Vast.ai: least CUDA version that the driver supports.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000.0)]
    public decimal? MinCuda { get; set; }

    /// <summary>Vast.ai: least driver version.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MinDriver { get; set; }

    /// <summary>Vast.ai: only hosts in data centers.</summary>
    [Parameter]
    public SwitchParameter DataCenter { get; set; }

    /// <summary>Vast.ai: only these hosts.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long[] HostId { get; set; } = [];

    /// <summary>Vast.ai: hosts to leave out.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long[] ExcludeHostId { get; set; } = [];

    /// <summary>Vast.ai: only these physical machines.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long[] MachineId { get; set; } = [];

    /// <summary>Vast.ai: physical machines to leave out.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long[] ExcludeMachineId { get; set; } = [];

    /// <summary>Vast.ai: what comes first.</summary>
    [Parameter]
    public SpotOfferOrder Sort { get; set; }

    private static SpotException WithoutLimit => new(
        SpotErrorIds.PriceInvalid, SpotErrorCategory.InvalidArgument, "A maximum price is required at Vast.ai: -MaxHourlyPrice 0.40.");

    /// <summary>The machines to rent; the answer to missing credit is for the cmdlet to add.</summary>
    private protected RentalClusterRequest AtVast(string name, int count) => new()
    {
        Name = name,
        Count = count,
        Image = ContainerImage,
        RequiredHours = RequiredHour,
        Environment = TagTable.Read(Environment),
        OnStart = OnStart,
        Ports = Port,
        ImageLogin = ImageLogin,
        TemplateHash = TemplateHash,
        ExpiresIn = ExpiresIn,
        MaxIdle = MaxIdle,
        PublicKeys = PublicKeys,
        StartTimeout = Wait ? TimeSpan.FromSeconds(Timeout) : TimeSpan.FromMinutes(15),
        Offers = new OfferQuery
        {
            Provider = SpotProvider.Vast,
            GpuNames = GpuName,
            GpuCount = GpuCount,
            MinGpuMemory = MinGpuMemory,
            MaxHourlyPrice = MaxHourlyPrice ?? throw WithoutLimit,
            MinReliability = MinReliability,
            Geolocation = Geolocation,
            MinDownload = MinDownload,
            MinUpload = MinUpload,
            MinCuda = MinCuda,
            MinDriver = MinDriver,
            DataCenter = DataCenter,
            HostIds = HostId,
            ExcludedHostIds = ExcludeHostId,
            MachineIds = MachineId,
            ExcludedMachineIds = ExcludeMachineId,
            ByPerformance = Sort == SpotOfferOrder.Performance,
            IncludeUnverified = IncludeUnverified,
            DiskGB = Disk,
            OnDemand = OnDemand,
        },
    };
}
