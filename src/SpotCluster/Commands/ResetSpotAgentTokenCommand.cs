using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Gives an agent a new token, and lets the old ones end.</summary>
[Cmdlet(VerbsCommon.Reset, "SpotAgentToken", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotAgent))]
public sealed class ResetSpotAgentTokenCommand : SpotBackendCmdlet
{
    /// <summary>The agent's id.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "Id of an agent from Get-SpotAgent")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentIdCompleter))]
    public string AgentId { get; set; } = "";

    /// <summary>New file for the token of the agent.</summary>
    [Parameter(Mandatory = true, HelpMessage = "New file for the token of the agent")]
    [ValidateNotNullOrEmpty]
    public string AgentTokenPath { get; set; } = "";

    /// <summary>How long the old tokens go on working.</summary>
    [Parameter]
    [Duration]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>What the pipeline brings: agents, or rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject, nameof(SpotAgent));
        var file = FilePath(AgentTokenPath)!;
        RequireNew(file);
        if (Exists(AgentId) && Consents(AgentId, "Reset token", force: false))
        {
            WithBackend(AgentId, async (backend, pump, token) =>
            {
                TokenFile.Write(file, await backend.RotateAsync(AgentId, GracePeriod, token).ConfigureAwait(false));
                pump.Verbose($"The new token of agent {AgentId} is in {file}; only you can read it.");
                pump.Write(await backend.GetAgentAsync(AgentId, token).ConfigureAwait(false));
            });
        }
    }
}
