using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>The termination agent, in the foreground until it is stopped.</summary>
[Cmdlet(VerbsLifecycle.Start, "SpotCleanupAgent", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotRemoval))]
public sealed class StartSpotCleanupAgentCommand : SpotAgentCmdlet
{
    /// <summary>Pause between two polls.</summary>
    [Parameter]
    [Duration]
    public TimeSpan PollInterval { get; set; }

    /// <summary>Command that is run once when AWS takes the machine.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? InterruptionCommand { get; set; }

    /// <summary>File that the log is also written to.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => RefusePipeline(
        "the backend specifies the instances to terminate.", "Run it without pipeline input; to remove piped instances, use Remove-SpotInstance.");

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Consents(AgentId ?? "this agent", "Terminate what the backend marks, until stopped", force: false))
        {
            WithAgent((agent, pump, token) => agent.RunAsync(
                pass =>
                {
                    foreach (var removal in pass.Removals)
                    {
                        pump.Write(removal);
                    }
                },
                pump,
                token));
        }
    }

    private protected override AgentParameters Parameters(Action<string> warn) => base.Parameters(warn) with
    {
        PollInterval = PollInterval == TimeSpan.Zero ? null : PollInterval,
        InterruptionCommand = InterruptionCommand,
        LogFile = FilePath(LogPath),
    };
}
