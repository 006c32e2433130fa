using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Terminates machines, and writes an outcome for each.</summary>
[Cmdlet(VerbsCommon.Remove, "SpotInstance", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SpotRemoval))]
public sealed class RemoveSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Makes it.</summary>
    public RemoveSpotInstanceCommand() => IsFinishedOnceBegun = true;

    /// <summary>Most instances that may go; more is refused before any change.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxDelete { get; set; } = RemovalScope.UsualMaxDelete;

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

        if (!IsWhatIf)
        {
            RequireWithin(Targets.Count, MaxDelete);
        }

        var engine = OpenEngine();
        var chosen = ChooseToChange(engine, "Terminate", Force);
        if (chosen.Count > 0)
        {
            AfterStop = () => Interrupted("may remain", "To finish: Remove-SpotInstance");
            Run(chosen, (pump, token) => engine.Removal.RemoveInstancesAsync(chosen, pump.Write, pump, token));
        }
    }
}
