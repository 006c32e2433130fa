using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Commands;

/// <summary>Makes an agent known to the backend, and keeps its token in a file.</summary>
[Cmdlet(VerbsLifecycle.Register, "SpotAgent", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotAgent))]
public sealed class RegisterSpotAgentCommand : SpotBackendCmdlet
{
    /// <summary>The name that stays when the agent's machine is replaced.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "Name of the agent, for example web-1")]
    [ValidateNotNullOrEmpty]
    public string AgentName { get; set; } = "";

    /// <summary>The client that it belongs to.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Client { get; set; } = "default";

    /// <summary>The only account that it may work in.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The AWS account, 12 digits")]
    [ValidatePattern("^[0-9]{12}$")]
    public string AccountId { get; set; } = "";

    /// <summary>The only region that it may work in.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The region, for example us-east-1")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string Region { get; set; } = "";

    /// <summary>New file for the token of the agent.</summary>
    [Parameter(Mandatory = true, HelpMessage = "New file for the token of the agent")]
    [ValidateNotNullOrEmpty]
    public string AgentTokenPath { get; set; } = "";

    /// <summary>What the pipeline brings: rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject);
        var file = FilePath(AgentTokenPath)!;
        RequireNew(file);
        if (!Consents($"{AgentName} ({AccountId}, {Region})", "Register agent", force: false))
        {
            return;
        }

        WithBackend(AgentName, async (backend, pump, token) =>
        {
            var enrollment = new AgentEnrollment { Client = Client, LogicalAgentId = AgentName, AccountId = AccountId, Region = Region };
            var (id, secret) = await backend.RegisterAsync(enrollment, token).ConfigureAwait(false);
            TokenFile.Write(file, secret);
            pump.Verbose($"The token of agent {id} is in {file}; only you can read it.");
            pump.Write(await backend.GetAgentAsync(id, token).ConfigureAwait(false));
        });
    }
}
