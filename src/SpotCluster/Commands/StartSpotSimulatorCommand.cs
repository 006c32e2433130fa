using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;
using SpotCluster.Simulator;

namespace SpotCluster.Commands;

/// <summary>Puts this session onto a cloud in memory.</summary>
[Cmdlet(VerbsLifecycle.Start, "SpotSimulator")]
[OutputType(typeof(SpotSimulator))]
public sealed class StartSpotSimulatorCommand : SpotCmdlet
{
    /// <summary>Seed of every random choice.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int Seed { get; set; } = 1;

    /// <summary>Simulated time of one round trip.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan Latency { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Latency < TimeSpan.Zero)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "The latency is below zero."), Latency));
        }

        var session = SpotSession.Current;
        if (!session.TryStart(new SimulatorOptions { Seed = Seed, Latency = Latency }))
        {
            WriteError(ErrorRecords.From(
                new SpotException(
                    SpotErrorIds.SimulatorRunning, SpotErrorCategory.AlreadyExists, "A simulator is running in this session already.")
                {
                    RecommendedAction = "End it with Stop-SpotSimulator; everything in it is then gone.",
                },
                Seed));
            return;
        }

        var cloud = session.Simulator!;
        WriteObject(new SpotSimulator
        {
            AccountId = cloud.Options.AccountId,
            Regions = [.. cloud.Regions],
            Seed = cloud.Options.Seed,
            Latency = cloud.Options.Latency,
            StartedAt = cloud.Clock.GetUtcNow(),
        });
    }
}
