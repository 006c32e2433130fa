using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Terminates machines, and writes an outcome for each.</summary>
[Cmdlet(VerbsCommon.Remove, "SpotInstance", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SpotRemoval))]
public sealed class RemoveSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Chosen.Count == 0 || !AgreesToForeign("Destroy", Force))
        {
            return;
        }

        var engine = OpenEngine();
        Run(Chosen, (pump, token) => engine.Removal.RemoveInstancesAsync(Chosen, pump.Write, pump, token));
    }

    private protected override bool Accepts(string description) => Consents(description, "Terminate", Force);
}
