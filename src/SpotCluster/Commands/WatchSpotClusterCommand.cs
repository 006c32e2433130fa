using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Writes the machines of clusters, then each change, until it is stopped.</summary>
[Cmdlet(VerbsCommon.Watch, "SpotCluster")]
[OutputType(typeof(SpotChange))]
public sealed class WatchSpotClusterCommand : SpotRegionCmdlet
{
    private readonly List<string> _names = [];

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ClusterName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Seconds from one look to the next.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int Interval { get; set; } = 15;

    /// <inheritdoc/>
    protected override void ProcessRecord() => _names.AddRange(Name);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var engine = OpenEngine();
        var query = new ClusterQuery { Names = [.. _names.Distinct(StringComparer.Ordinal)], Regions = Region };
        Stream(Name, (pump, token) => engine.Clusters.WatchAsync(query, TimeSpan.FromSeconds(Interval), pump, token));
    }
}
