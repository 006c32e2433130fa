using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Stops machines: their disks stay, and are billed on.</summary>
[Cmdlet(VerbsLifecycle.Stop, "SpotInstance", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class StopSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Makes it.</summary>
    public StopSpotInstanceCommand() => IsFinishedOnceBegun = true;

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
        var chosen = ChooseToChange(engine, "Stop", Force);
        if (chosen.Count > 0)
        {
            AfterStop = () => Interrupted("may run on", "To stop the rest, which still costs its disks: Stop-SpotInstance");
            Stream(chosen, (pump, token) => engine.Power.StopAsync(chosen, pump, token));
        }
    }
}
