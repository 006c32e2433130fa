using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Removes an agent from the backend: its replicas are marked for termination, and its tokens stop working.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "SpotAgent", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class UnregisterSpotAgentCommand : SpotBackendCmdlet
{
    /// <summary>The agent's id.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "Id of an agent from Get-SpotAgent")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentIdCompleter))]
    public string AgentId { get; set; } = "";

    /// <summary>What the pipeline brings: agents, or rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject, nameof(SpotAgent));
        if (Exists(AgentId) && Consents(AgentId, "Unregister agent", Force))
        {
            WithBackend(AgentId, (backend, _, token) => backend.DeleteAsync(AgentId, token));
        }
    }
}
