using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Changes the name or the bid of machines at Vast.ai.</summary>
[Cmdlet(VerbsCommon.Set, "SpotInstance", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class SetSpotInstanceCommand : SpotInstanceTargetCmdlet
{
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

    /// <summary>What becomes of our machines at Vast.ai when the credit is used up.</summary>
    [Parameter]
    public SpotCreditPolicy? OnInsufficientCredit { get; set; }

    /// <summary>Does not ask, also not before machines are destroyed because the credit is used up.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private string Action => Label is null ? $"Bid {Offered}" : Bid is null && !WinningBid ? $"Label {Label}" : $"Label {Label} and bid {Offered}";

    private string Offered => Bid is { } bid ? FormattableString.Invariant($"${bid:0.0000} per hour") : "what wins now";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        var wrong = Bid is not null && WinningBid ? "-Bid and -WinningBid are two answers to one question."
            : Label is null && Bid is null && !WinningBid ? "There is nothing to change."
            : null;
        if (wrong is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, wrong)
                {
                    RecommendedAction = "Give -Label, and one of -Bid and -WinningBid, or one of them.",
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
        foreach (var key in Choose(engine, target => Consents(target.Description, Action, Force)))
        {
            Run(key.Id, async (pump, token) =>
            {
                if (!key.IsVast)
                {
                    throw new SpotException(
                        SpotErrorIds.InstanceNotChangeable, SpotErrorCategory.InvalidOperation,
                        $"Cannot change {key.Id}: an AWS instance has no bid, and its cluster gives its name.")
                    {
                        Target = key.Id,
                    };
                }

                pump.Write(await ChangeAsync(engine, key.Id, pump, token).ConfigureAwait(false));
            });
        }
    }


    private async Task<SpotInstance> ChangeAsync(SpotEngine engine, string id, Pump pump, CancellationToken token)
    {
        var credit = new CreditConsent(this, pump, Force).ToResponse(OnInsufficientCredit);
        var changed = Label is null ? null : await engine.Vast.SetNameAsync(id, Label, pump, token).ConfigureAwait(false);
        return Bid is not null || WinningBid ? await engine.Vast.SetBidAsync(id, Bid, credit, pump, token).ConfigureAwait(false) : changed!;
    }
}
