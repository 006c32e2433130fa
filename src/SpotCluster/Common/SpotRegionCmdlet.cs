using System.Management.Automation;
using SpotCluster.Completion;

namespace SpotCluster.Common;

/// <summary>A cmdlet that looks into regions: into all that are enabled unless some are named.</summary>
public abstract class SpotRegionCmdlet : SpotEngineCmdlet
{
    /// <summary>Regions; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];
}
