using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Writes the least IAM policy for what somebody may do with SpotCluster, as JSON.</summary>
[Cmdlet(VerbsCommon.Get, "SpotPolicy")]
[OutputType(typeof(string))]
public sealed class GetSpotPolicyCommand : SpotCmdlet
{
    /// <summary>What it allows.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public SpotTask[] Task { get; set; } = [SpotTask.All];

    /// <summary>The only regions that it allows; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];

    /// <summary>Also allows changing and removing instances without the filter tag.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    /// <summary>Path of <c>spotcluster.yaml</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Run(Task, (pump, _) =>
    {
        var settings = SpotConfiguration.Read(ConfigurationPlace.Find(FilePath(ConfigurationPath), CurrentFolder)).Require().Settings;
        pump.Write(SpotEngine.GetPolicy(settings, Task.Aggregate((sum, task) => sum | task), Region, IncludeForeign));
        return System.Threading.Tasks.Task.CompletedTask;
    });
}
