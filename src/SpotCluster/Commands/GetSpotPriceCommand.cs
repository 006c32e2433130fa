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
    [ArgumentCompleter(typeof(ZoneCompleter))]
    public string[] Zone { get; set; } = [];

    /// <summary>How far to look back.</summary>
    [Parameter]
    [Duration]
    public TimeSpan Last { get; set; }

    /// <summary>Operating system, as AWS names it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProductCompleter))]
    public string ProductDescription { get; set; } = "Linux/UNIX";

    /// <inheritdoc/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public override string[] Region { get; set; } = [];

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
        var types = new LiteralNames(InstanceType);
        var zones = new LiteralNames(Zone);
        var errors = Stream(InstanceType, (pump, token) =>
            zones.Watch(types.Watch(engine.Costs.GetPricesAsync(query, pump, token), price => price.InstanceType), price => price.Zone));

        // A region that was not listed may hold what was not found, and its error is written already.
        foreach (var type in errors.Count == 0 && zones.NotSeen.Count == 0 ? types.NotSeen : [])
        {
            WriteError(ErrorRecords.From(
                new SpotException(SpotErrorIds.InstanceTypeUnknown, SpotErrorCategory.NotFound, $"No spot price of instance type '{type}' exists in these regions and zones."), type));
        }

        foreach (var zone in errors.Count == 0 ? zones.NotSeen : [])
        {
            WriteError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.NotFound, $"No spot price of zone '{zone}' exists: it is not a zone of these regions, or the instance types are not offered there.")
                {
                    RecommendedAction = "Specify the region of the zone, or omit -Region.",
                },
                zone));
        }
    }
}
