using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Gets the log of an instance at Vast.ai.</summary>
[Cmdlet(VerbsCommon.Get, "SpotLog", DefaultParameterSetName = ById)]
[OutputType(typeof(string))]
public sealed class GetSpotLogCommand : SpotInstanceTargetCmdlet
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    /// <summary>Last lines.</summary>
    [Parameter]
    [Alias("Last")]
    [ValidateRange(1, 10_000)]
    public int Tail { get; set; } = 1000;

    /// <summary>The log of the host's daemon.</summary>
    [Parameter]
    public SwitchParameter Daemon { get; set; }

    /// <summary>Goes on with what is added.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        if (Follow && Targets.Count > 1)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Exactly one instance is required with -Follow, and {Targets.Count} were specified.")
                {
                    RecommendedAction = "Specify one: Get-SpotInstance -Provider Vast | Select-Object -First 1 | Get-SpotLog -Follow",
                },
                Targets.Count));
        }

        var engine = OpenEngine();
        foreach (var key in Targets.Select(target => target.Key))
        {
            Run(key.Id, async (pump, token) =>
            {
                if (!key.IsVast)
                {
                    throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Cannot get the log of {key.Id}: only instances of Vast.ai have a container log.")
                    {
                        Target = key.Id,
                        RecommendedAction = $"At AWS: Get-SpotConsoleOutput {key.Id}, or Invoke-SpotCommand {key.Id} 'journalctl -n 1000'.",
                    };
                }

                var log = new LogTail();
                do
                {
                    foreach (var line in log.Next(await engine.Vast.GetLogAsync(key, Tail, Daemon, pump, token).ConfigureAwait(false)))
                    {
                        pump.Write(line);
                    }

                    if (Follow)
                    {
                        await Task.Delay(BetweenLooks, engine.Options.Clock, token).ConfigureAwait(false);
                    }
                }
                while (Follow);
            });
        }
    }
}
