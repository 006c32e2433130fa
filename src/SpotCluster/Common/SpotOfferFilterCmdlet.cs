using System.Management.Automation;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that looks for offers, at Vast.ai also by what their hosts are.</summary>
public abstract class SpotOfferFilterCmdlet : SpotRegionCmdlet
{
    /// <summary>The parameters of this class; only Vast.ai has them.</summary>
    private protected static readonly string[] HostFilters =
    [
        nameof(MinDownload), nameof(MinUpload), nameof(MinCuda), nameof(MinDriver), nameof(DataCenter), nameof(HostId), nameof(ExcludeHostId), nameof(MachineId), nameof(ExcludeMachineId), nameof(Sort),
    ];

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

    /// <summary>The query with these parameters in it.</summary>
    private protected OfferQuery FilterHosts(OfferQuery query) => query with
    {
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
    };
}
