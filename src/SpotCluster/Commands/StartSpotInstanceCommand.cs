using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Starts machines that were stopped.</summary>
[Cmdlet(VerbsLifecycle.Start, "SpotInstance", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class StartSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Lets a start at Vast.ai wait when its GPU is taken.</summary>
    [Parameter]
    public SwitchParameter Queue { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Chosen.Count > 0 && AgreesToForeign("Start", Force))
        {
            var engine = OpenEngine();
            Stream(Chosen, (pump, token) => engine.Power.StartAsync(Chosen, new StartRequest { MayQueue = Queue }, pump, token));
        }
    }

    private protected override bool Accepts(string description) => Consents(description, "Start", Force);
}
