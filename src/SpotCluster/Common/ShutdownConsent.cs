using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>
/// What a cmdlet does when the credit at Vast.ai is used up or a budget is exceeded: it asks at a terminal, acts by itself with -Force or
/// -Confirm:$false, and otherwise says what to run. A line for each machine; that all are gone is said only when all are.
/// </summary>
internal sealed class ShutdownConsent(SpotCmdlet cmdlet, Pump pump, bool isForced)
{
    private readonly List<ShutdownOutcome> _outcomes = [];
    private int _planned;

    /// <summary>The answer of this cmdlet; a policy of null is that of the configuration.</summary>
    public ShutdownResponse ToResponse(SpotCreditPolicy? policy) => new()
    {
        Policy = policy,
        ConsentAsync = (plan, _) => pump.AskAsync(() => Agrees(plan)),
        OnOutcome = Tell,
    };

    private bool Agrees(ShutdownPlan plan)
    {
        _planned = plan.Instances.Count;
        var price = plan.HourlyPrice is { } hourly ? string.Format(CultureInfo.InvariantCulture, "${0:0.0000}", hourly) : "an unknown price";
        var what = $"{_planned} managed {(_planned == 1 ? "instance" : "instances")}, {price} per hour";
        var isCredit = plan.Cause.ErrorId == SpotErrorIds.InsufficientCredit;
        var isDestroy = plan.Policy == SpotCreditPolicy.DestroyMine;
        if (cmdlet.ConsentsUnasked(isForced))
        {
            cmdlet.WriteWarning($"{plan.Reason}. {(isDestroy ? "Destroying" : "Stopping")} {what}...");
            return true;
        }

        cmdlet.WriteWarning($"{plan.Reason}: {what}.");
        string[] lines =
        [
            .. plan.Instances.Select(instance => string.Format(
                CultureInfo.InvariantCulture, "  {0} {1} {2} ${3:0.0000} per hour", instance.Id, instance.GpuName, instance.Name, instance.HourlyPrice)),
            isDestroy ? $"Destroy {what}? Their data is lost." : $"Stop {what}? Their disks are still billed.",
        ];
        try
        {
            return !cmdlet.IsPreview && cmdlet.ShouldContinue(string.Join(Environment.NewLine, lines), isCredit ? "The credit at Vast.ai is exhausted" : "The budget is exceeded");
        }
        catch (Exception error) when (SpotCmdlet.IsUnanswerable(error))
        {
            cmdlet.WriteWarning("Nothing was changed: confirmation is required, and this is a non-interactive session. " + (isCredit ? "To stop the billing: Invoke-SpotNuke -Provider Vast -Force" : "To do it without a prompt: -Force"));
            return false;
        }
    }

    private void Tell(ShutdownOutcome outcome)
    {
        _outcomes.Add(outcome);
        var done = outcome.Policy == SpotCreditPolicy.DestroyMine ? "Destroyed" : "Stopped";
        pump.Warning(outcome.Error is null
            ? $"✓ {done} instance {outcome.Instance.Id} ({outcome.Instance.GpuName})"
            : $"✗ Instance {outcome.Instance.Id} ({outcome.Instance.GpuName}) remains:  {outcome.Error.Message}");
        if (_outcomes.Count == _planned && _outcomes.All(each => each.Error is null))
        {
            pump.Warning($"All instances {done.ToLowerInvariant()} to prevent further costs.");
        }
    }
}
