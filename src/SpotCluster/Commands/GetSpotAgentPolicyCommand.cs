using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>The least IAM policy that a termination agent needs, as JSON.</summary>
[Cmdlet(VerbsCommon.Get, "SpotAgentPolicy")]
[OutputType(typeof(string))]
public sealed class GetSpotAgentPolicyCommand : SpotCmdlet
{
    /// <summary>The only region that it allows.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>The only account that it allows.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidatePattern("^[0-9]{12}$")]
    public string? AccountId { get; set; }

    /// <summary>The tag of machines that may be terminated.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string RequiredTag { get; set; } = "ManagedBy=SpotOptimizer";

    /// <summary>The tag of images and snapshots that may be deleted.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string CleanupTag { get; set; } = "ManagedBy=SpotOptimizer";

    /// <summary>Allows launching replicas too.</summary>
    [Parameter]
    public SwitchParameter LaunchReplica { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        WriteObject(SpotEngine.GetAgentPolicy(Region, AccountId, Tag(RequiredTag), Tag(CleanupTag), LaunchReplica));

    private string? Tag(string text)
    {
        if (text.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (text.IndexOf('=') <= 0)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The tag '{text}' is not valid: specify key=value, or none."), text));
        }

        return text;
    }
}
