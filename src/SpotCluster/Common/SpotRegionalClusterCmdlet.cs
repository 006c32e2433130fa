using System.Management.Automation;
using SpotCluster.Completion;

namespace SpotCluster.Common;

/// <summary>A cmdlet that looks for clusters in regions: in all that are enabled unless some are named, and never in those of an object.</summary>
public abstract class SpotRegionalClusterCmdlet : SpotClusterTargetCmdlet
{
    /// <summary>Regions; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];
}
