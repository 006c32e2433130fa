using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Shows spot prices per zone, now or over a time.</summary>
[Cmdlet(VerbsCommon.Get, "SpotPrice")]
[OutputType(typeof(SpotPrice))]
public sealed class GetSpotPriceCommand : SpotRegionCmdlet
{
    /// <summary>Instance types; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <summary>Zones; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Zone { get; set; } = [];

    /// <summary>How far to look back.</summary>
    [Parameter]
    [Duration]
    public TimeSpan Last { get; set; }

    /// <summary>Operating system, as AWS names it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ProductDescription { get; set; } = "Linux/UNIX";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        var query = new PriceQuery
        {
            InstanceTypes = InstanceType,
            Regions = Region,
            Zones = Zone,
            Last = Last,
            ProductDescription = ProductDescription,
        };
        Stream(InstanceType, (pump, token) => engine.Costs.GetPricesAsync(query, pump, token));
    }
}
