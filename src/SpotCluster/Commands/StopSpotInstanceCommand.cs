using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Stops machines: their disks stay, and are billed on.</summary>
[Cmdlet(VerbsLifecycle.Stop, "SpotInstance", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class StopSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Chosen.Count > 0 && AgreesToForeign("Stop", Force))
        {
            var engine = OpenEngine();
            Stream(Chosen, (pump, token) => engine.Power.StopAsync(Chosen, pump, token));
        }
    }

    private protected override bool Accepts(string description) => Consents(description, "Stop", Force);
}
