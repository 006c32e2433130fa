using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>One pass of the termination agent: what the backend has marked is terminated, seen to be gone, and reported.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SpotCleanup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SpotRemoval))]
public sealed class InvokeSpotCleanupCommand : SpotAgentCmdlet
{
    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => RefusePipeline(
        "the backend specifies the instances to terminate.", "Run it without pipeline input; to remove piped instances, use Remove-SpotInstance.");

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // Looking claims nothing, so what is declined here stays with the backend as it is.
        ValueList<SpotRemoval> found = [];
        WithAgent(async (agent, pump, token) =>
        {
            if (!IsWhatIf)
            {
                await agent.EnsureKnownAsync(token).ConfigureAwait(false);
            }

            found = (await agent.RunPassAsync(new PassScope { WhatIf = true }, null, pump, token).ConfigureAwait(false)).Removals;
        });
        var chosen = found
            .Where(removal => removal.Outcome is SpotRemovalOutcome.Unknown or SpotRemovalOutcome.AlreadyGone || removal.Type == "instance")
            .Where(removal => removal.Outcome != SpotRemovalOutcome.Unknown
                || Consents($"{removal.Type} {removal.Id} ({removal.Region})", removal.Type == "instance" ? "Terminate" : "Delete", Force))
            .Select(removal => removal.Id).ToList();
        if (IsWhatIf)
        {
            WriteObject(found.Where(removal => removal.Outcome != SpotRemovalOutcome.Unknown), enumerateCollection: true);
            return;
        }

        // Also without anything chosen: what earlier passes have begun is looked after, and their reports are delivered.
        WithAgent((agent, pump, token) => agent.RunPassAsync(new PassScope { Only = chosen }, pump.Write, pump, token));
    }
}
