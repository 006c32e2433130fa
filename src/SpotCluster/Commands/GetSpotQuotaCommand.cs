using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Shows how many vCPUs of spot machines the account may run, and how many it does.</summary>
[Cmdlet(VerbsCommon.Get, "SpotQuota")]
[OutputType(typeof(SpotQuota))]
public sealed class GetSpotQuotaCommand : SpotEngineCmdlet
{
    /// <summary>Regions; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        Stream(Region, (pump, token) => engine.GetQuotasAsync(Region, pump, token));
    }
}
