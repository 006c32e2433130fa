using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Finds spot machines by size, GPU and price, best first.</summary>
[Cmdlet(VerbsCommon.Find, "SpotOffer")]
[OutputType(typeof(SpotOffer))]
public sealed class FindSpotOfferCommand : SpotEngineCmdlet
{
    /// <summary>Instance types; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <summary>Regions; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];

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
    public string[] GpuName { get; set; } = [];

    /// <summary>Number of GPUs, exactly.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? GpuCount { get; set; }

    /// <summary>Least memory per GPU, GiB.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? MinGpuMemoryGiB { get; set; }

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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        var query = new OfferQuery
        {
            InstanceTypes = InstanceType,
            Regions = Region,
            Architecture = Architecture,
            MinVCpu = MinVCpu,
            MinMemoryGiB = MinMemoryGiB,
            GpuNames = GpuName,
            GpuCount = GpuCount,
            MinGpuMemoryGiB = MinGpuMemoryGiB,
            MaxHourlyPrice = MaxHourlyPrice,
            Count = Count,
            IncludeScore = !NoScore,
        };
        Run(InstanceType, async (pump, token) =>
        {
            foreach (var offer in await engine.Costs.FindOffersAsync(query, pump, token).ConfigureAwait(false))
            {
                pump.Write(offer);
            }
        });
    }
}
