using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Changes the name, the cluster or the bid of instances at Vast.ai.</summary>
[Cmdlet(VerbsCommon.Set, "SpotInstance", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class SetSpotInstanceCommand : SpotInstanceChangeCmdlet
{
    /// <summary>Makes it.</summary>
    public SetSpotInstanceCommand() => PlansFirst = true;

    /// <summary>New name within the cluster.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Label { get; set; }

    /// <summary>New bid, USD per hour without the disk.</summary>
    [Parameter]
    [Price]
    public decimal? Bid { get; set; }

    /// <summary>Bids what wins now.</summary>
    [Parameter]
    public SwitchParameter WinningBid { get; set; }

    /// <summary>Takes the instances over, whoever rented them.</summary>
    [Parameter]
    public SwitchParameter Adopt { get; set; }

    /// <summary>The cluster that -Adopt makes them nodes of.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string? ToCluster { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private string Action => string.Join(" and ", new[]
    {
        Adopt ? $"Adopt into {(ToCluster is null ? "no cluster" : $"cluster {ToCluster}")}" : null,
        Label is null ? null : $"Label {Label}",
        Bid is not null || WinningBid ? $"Bid {Offered}" : null,
    }.Where(part => part is not null));

    private string Offered => Bid is { } bid ? FormattableString.Invariant($"${bid:0.0000} per hour") : "the lowest price that wins now";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        var wrong = Bid is not null && WinningBid ? "-Bid is not supported with -WinningBid."
            : Label is null && Bid is null && !WinningBid && !Adopt ? "At least one of -Label, -Adopt, -Bid and -WinningBid is required."
            : ToCluster is not null && !Adopt ? "-ToCluster is not supported without -Adopt."
            : null;
        if (wrong is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, wrong)
                {
                    RecommendedAction = "Specify -Label, -Adopt, and either -Bid or -WinningBid, or any one of them.",
                },
                null));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        var chosen = ChooseToChange(engine, Action, Force, isAdoption: Adopt);
        AfterStop = () => Interrupted($"may not have been changed ({Action})", "To see them: Get-SpotInstance");
        foreach (var key in chosen)
        {
            Run(key.Id, async (pump, token) =>
            {
                if (!key.IsVast)
                {
                    throw new SpotException(
                        SpotErrorIds.InstanceNotChangeable, SpotErrorCategory.InvalidOperation,
                        $"Cannot change {key.Id}: only instances of Vast.ai have a bid and a label.")
                    {
                        Target = key.Id,
                    };
                }

                pump.Write(await ChangeAsync(engine, key, pump, token).ConfigureAwait(false));
            });
        }
    }

    private async Task<SpotInstance> ChangeAsync(SpotEngine engine, InstanceKey key, Pump pump, CancellationToken token)
    {
        var labeled = Adopt ? await engine.Vast.AdoptAsync(key, ToCluster, Label, pump, token).ConfigureAwait(false)
            : Label is not null ? await engine.Vast.SetNameAsync(key, Label, pump, token).ConfigureAwait(false)
            : null;
        return Bid is not null || WinningBid ? await engine.Vast.SetBidAsync(key, Bid, pump, token).ConfigureAwait(false) : labeled!;
    }
}
