using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary>
/// What the program does when the credit is used up or a budget is exceeded: it asks at a terminal, acts by itself with <c>--force</c>, and
/// otherwise says what to run. A line for each machine; that all are gone is said only when all are.
/// </summary>
internal sealed class ShutdownAnswer(CommandRun run, bool isForced)
{
    private readonly List<ShutdownOutcome> _outcomes = [];
    private int _planned;
    private bool _isCredit;

    public ShutdownResponse ToResponse(SpotCreditPolicy? policy) => new()
    {
        Policy = policy,
        ConsentAsync = ConsentAsync,
        OnOutcome = Tell,
    };

    private async Task<bool> ConsentAsync(ShutdownPlan plan, CancellationToken cancellationToken)
    {
        _planned = plan.Instances.Count;
        _isCredit = plan.Cause.ErrorId == SpotErrorIds.InsufficientCredit;
        var what = $"{Cells.Count(_planned, "managed instance")}, {Cells.HourlyPrice(plan.HourlyPrice)} per hour";
        var isDestroy = plan.Policy == SpotCreditPolicy.DestroyMine;
        if (isForced)
        {
            Messages.WriteWarning(run.Console, $"{plan.Reason}. {(isDestroy ? "Destroying" : "Stopping")} {what}...");
            return true;
        }

        Messages.WriteWarning(run.Console, $"{plan.Reason}: {what}.");
        foreach (var instance in plan.Instances)
        {
            Messages.WriteNote(run.Console, $"  {instance.Id} {instance.GpuName} {instance.Name} {Cells.HourlyPrice(instance.HourlyPrice)}");
        }

        if (!run.Console.CanAsk)
        {
            Messages.WriteNote(
                run.Console,
                "Nothing was changed: confirmation is required, and this is a non-interactive session. " + (plan.Cause.ErrorId == SpotErrorIds.InsufficientCredit
                    ? "To stop the billing: spotcluster destroy --provider vast --all --force"
                    : "To do it without a prompt: --force"));
            return false;
        }

        try
        {
            await new Consent(IsWhatIf: false, IsForced: false).AskAsync(
                run, isDestroy ? $"Destroy {what}? Their data is lost." : $"Stop {what}? Their disks are still billed.", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SpotException declined) when (declined.ErrorId == SpotErrorIds.ConsentMissing)
        {
            return false;
        }
    }

    private void Tell(ShutdownOutcome outcome)
    {
        _outcomes.Add(outcome);
        run.Report.Append(_isCredit ? "creditActions" : "budgetActions", new { outcome.Instance.Id, outcome.Policy, Error = outcome.Error?.Message });
        var done = outcome.Policy == SpotCreditPolicy.DestroyMine ? "Destroyed" : "Stopped";
        Messages.WriteNote(
            run.Console,
            outcome.Error is null
                ? $"✓ {done} instance {outcome.Instance.Id} ({outcome.Instance.GpuName})"
                : $"✗ Instance {outcome.Instance.Id} ({outcome.Instance.GpuName}) remains:  {outcome.Error.Message}");
        if (_outcomes.Count == _planned && _outcomes.All(each => each.Error is null))
        {
            Messages.WriteNote(run.Console, $"All instances {done.ToLowerInvariant()} to prevent further costs.");
        }
    }
}
