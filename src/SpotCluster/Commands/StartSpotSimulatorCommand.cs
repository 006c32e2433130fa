using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;
using Fate = SpotCluster.Simulator.Vast.VastFate;

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

    /// <summary>Path of a JSON file that says what goes wrong, and when.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? FaultPath { get; set; }

    /// <summary>Credit at Vast.ai, USD.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public decimal? VastCredit { get; set; }

    /// <summary>What becomes of the instances at Vast.ai that are rented next, one by one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateSet(nameof(Fate.Runs), nameof(Fate.StuckLoading), nameof(Fate.LoadError), nameof(Fate.Exits), nameof(Fate.GoesOffline), nameof(Fate.Parked), nameof(Fate.OfferGone))]
    public string[] VastFate { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Latency < TimeSpan.Zero)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "The latency must not be negative."), Latency));
        }

        var session = SpotSession.Current;
        if (!session.TryStart(new SimulatorOptions
        {
            Seed = Seed,
            Latency = Latency,
            Vast = VastCredit is { } credit ? new SimulatedVastOptions { Credit = credit } : new SimulatedVastOptions(),
        }))
        {
            WriteError(ErrorRecords.From(
                new SpotException(
                    SpotErrorIds.SimulatorRunning, SpotErrorCategory.AlreadyExists, "A simulator is already running in this session.")
                {
                    RecommendedAction = "End it with Stop-SpotSimulator, which discards everything in it.",
                },
                Seed));
            return;
        }

        var cloud = session.Simulator!;
        cloud.Vast.SetFates([.. VastFate.Select(name => Enum.Parse<Fate>(name, ignoreCase: true))]);
        if (FaultPath is not null && AddFaults(cloud, GetUnresolvedProviderPathFromPSPath(FaultPath)) is { } failure)
        {
            // First, because writing an error may end the command.
            session.TryStop();
            WriteError(ErrorRecords.From(failure, FaultPath));
            return;
        }

        WriteObject(new SpotSimulator
        {
            AccountId = cloud.Options.AccountId,
            Regions = [.. cloud.Regions],
            Seed = cloud.Options.Seed,
            Latency = cloud.Options.Latency,
            StartedAt = cloud.Clock.GetUtcNow(),
        });
    }

    private static SpotException? AddFaults(SimulatedCloud cloud, string path)
    {
        try
        {
            cloud.Faults.AddJson(File.ReadAllText(path));
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidArgument, $"Cannot read '{path}': {failure.Message}", failure);
        }
        catch (FormatException failure)
        {
            return new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidData, $"'{path}': {failure.Message}", failure)
            {
                RecommendedAction = "Write the rules as in the example of Get-Help Start-SpotSimulator -Parameter FaultPath.",
            };
        }
    }
}
