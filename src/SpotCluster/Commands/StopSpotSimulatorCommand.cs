using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Ends the cloud in memory; the session works on the real one again.</summary>
[Cmdlet(VerbsLifecycle.Stop, "SpotSimulator")]
[OutputType(typeof(void))]
public sealed class StopSpotSimulatorCommand : SpotCmdlet
{
    /// <summary>The simulator, as Start-SpotSimulator wrote it. A session has only one, so it may be left out.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    public SpotSimulator? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!SpotSession.Current.TryStop())
        {
            WriteError(ErrorRecords.From(
                new SpotException(SpotErrorIds.SimulatorNotRunning, SpotErrorCategory.NotFound, "No simulator is running in this session.")
                {
                    RecommendedAction = "Start one with Start-SpotSimulator.",
                },
                InputObject));
        }
    }
}
