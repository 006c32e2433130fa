using System.Collections;
using System.Management.Automation;
using SpotCluster.Completion;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Common;

/// <summary>Base of a cmdlet that removes a selection of all managed resources.</summary>
public abstract class SpotResourceFilterCmdlet : SpotRegionCmdlet
{
    /// <summary>Clusters that stay; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] KeepCluster { get; set; } = [];

    /// <summary>Only resources with these names; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ResourceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Only resources with these tags, each with exactly that value.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Tag { get; set; } = [];

    /// <summary>Only resources of these types.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceKindCompleter))]
    public string[] Type { get; set; } = [];

    /// <summary>Only what was created at least so long ago.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? OlderThan { get; set; }

    /// <summary>Only what is expired.</summary>
    [Parameter]
    public SwitchParameter Expired { get; set; }

    /// <summary>What is selected by name, tag and type.</summary>
    private protected ResourceFilter Filter => new() { Names = Name, Tags = TagTable.Read(Tag), Types = Type };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (ResourceKinds.WhyInvalid(Type) is { } unknown)
        {
            ThrowTerminatingError(ErrorRecords.From(unknown, unknown.Target));
        }
    }
}
