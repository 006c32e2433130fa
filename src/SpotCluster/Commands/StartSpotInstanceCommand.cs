using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Starts machines that were stopped.</summary>
[Cmdlet(VerbsLifecycle.Start, "SpotInstance", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class StartSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Makes it.</summary>
    public StartSpotInstanceCommand() => IsFinishedOnceBegun = true;

    /// <summary>Lets a start at Vast.ai wait when its GPU is taken.</summary>
    [Parameter]
    public SwitchParameter Queue { get; set; }

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
        var chosen = ChooseToChange(engine, "Start", Force);
        if (chosen.Count > 0)
        {
            AfterStop = () => Interrupted("may have been started", "To stop what was started: Stop-SpotInstance");
            Stream(chosen, (pump, token) => engine.Power.StartAsync(chosen, new StartRequest { MayQueue = Queue }, pump, token));
        }
    }
}
