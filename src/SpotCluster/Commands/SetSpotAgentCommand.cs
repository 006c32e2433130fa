using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Commands;

/// <summary>Changes settings of an agent; what is not given stays.</summary>
[Cmdlet(VerbsCommon.Set, "SpotAgent", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotAgent))]
public sealed class SetSpotAgentCommand : SpotBackendCmdlet
{
    /// <summary>The agent's id.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "Id of an agent from Get-SpotAgent")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentIdCompleter))]
    public string AgentId { get; set; } = "";

    /// <summary>The remote kill switch for terminations.</summary>
    [Parameter]
    public bool AutoTerminate { get; set; }

    /// <summary>How long an old primary is kept.</summary>
    [Parameter]
    [Duration]
    public TimeSpan TerminateWait { get; set; }

    /// <summary>Whether the agent is to work at all.</summary>
    [Parameter]
    public bool Enabled { get; set; }

    /// <summary>Whether exactly one replica is kept by hand.</summary>
    [Parameter]
    public bool ManualReplica { get; set; }

    /// <summary>The tag that a machine must carry to be handed out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RequiredTag { get; set; }

    /// <summary>The most machines handed out in an hour; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, 10_000)]
    public int MaxTerminationsPerHour { get; set; }

    /// <summary>What the pipeline brings: rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject, nameof(SpotAgent));
        var settings = new AgentSettings
        {
            AutoTerminateEnabled = IsGiven(nameof(AutoTerminate)) ? AutoTerminate : null,
            TerminateWaitSeconds = IsGiven(nameof(TerminateWait)) ? checked((int)TerminateWait.TotalSeconds) : null,
            Enabled = IsGiven(nameof(Enabled)) ? Enabled : null,
            ManualReplicaEnabled = IsGiven(nameof(ManualReplica)) ? ManualReplica : null,
            RequiredTag = IsGiven(nameof(RequiredTag)) ? "none".Equals(RequiredTag, StringComparison.OrdinalIgnoreCase) ? "" : RequiredTag : null,
            MaxTerminationsPerHour = IsGiven(nameof(MaxTerminationsPerHour)) ? MaxTerminationsPerHour : null,
        };
        if (Exists(AgentId) && Consents(AgentId, "Change settings", force: false))
        {
            WithBackend(AgentId, async (backend, pump, token) => pump.Write(await backend.ChangeAsync(AgentId, settings, token).ConfigureAwait(false)));
        }
    }

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
