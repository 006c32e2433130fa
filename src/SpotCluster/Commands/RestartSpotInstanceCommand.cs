using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Restarts instances where they are.</summary>
[Cmdlet(VerbsLifecycle.Restart, "SpotInstance", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class RestartSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Makes it.</summary>
    public RestartSpotInstanceCommand() => IsFinishedOnceBegun = true;

    /// <summary>Makes the containers anew from their images.</summary>
    [Parameter]
    public SwitchParameter Recycle { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        var chosen = ChooseToChange(engine, Recycle ? "Recycle (data outside volumes is lost)" : "Restart", Force, isLoss: Recycle);
        if (chosen.Count > 0)
        {
            AfterStop = () => Interrupted("may not have been restarted, and run on", $"To restart the rest: Restart-SpotInstance{(Recycle ? " -Recycle" : "")}");
            Stream(chosen, (pump, token) => engine.Power.RestartAsync(chosen, Recycle, pump, token));
        }
    }
}
