using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Starts machines that were stopped.</summary>
[Cmdlet(VerbsLifecycle.Start, "SpotInstance", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class StartSpotInstanceCommand : SpotInstanceTargetCmdlet
{
    /// <summary>Lets a start at Vast.ai wait when its GPU is taken.</summary>
    [Parameter]
    public SwitchParameter Queue { get; set; }

    /// <summary>What becomes of our machines at Vast.ai when the credit is used up.</summary>
    [Parameter]
    public SpotCreditPolicy? OnInsufficientCredit { get; set; }

    /// <summary>Does not ask, also not before machines are destroyed because the credit is used up.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        var chosen = Choose(engine, target => Consents(target.Description, "Start", Force));
        if (chosen.Count > 0)
        {
            Stream(chosen, (pump, token) => engine.Power.StartAsync(
                chosen,
                new StartRequest
                {
                    MayQueue = Queue,
                    OnInsufficientCredit = new CreditConsent(this, pump, Force).ToResponse(OnInsufficientCredit),
                },
                pump,
                token));
        }
    }
}
