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
    private ShutdownReport? _report;
    private bool _isCredit;

    public ShutdownResponse ToResponse(SpotCreditPolicy? policy) => new()
    {
        Policy = policy,
        ConsentAsync = ConsentAsync,
        OnOutcome = Report,
    };

    private async Task<bool> ConsentAsync(ShutdownPlan plan, CancellationToken cancellationToken)
    {
        _report = new ShutdownReport(plan);
        _isCredit = plan.IsCredit;
        if (isForced)
        {
            Messages.WriteWarning(run.Console, plan.Announcement);
            return true;
        }

        Messages.WriteWarning(run.Console, plan.Notice);
        foreach (var line in plan.Lines)
        {
            Messages.WriteNote(run.Console, line);
        }

        if (!run.Console.CanAsk)
        {
            run.Host.Error(plan.Unanswered("spotcluster destroy --provider vast --all --force", "--force"));
            return false;
        }

        try
        {
            await new Consent(IsWhatIf: false, IsForced: false).AskAsync(run, plan.Prompt, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SpotException declined) when (declined.ErrorId == SpotErrorIds.ConsentMissing)
        {
            return false;
        }
    }

    private void Report(ShutdownOutcome outcome)
    {
        run.Report.Append(_isCredit ? "creditActions" : "budgetActions", new { outcome.Instance.Id, outcome.Policy, Error = outcome.Error?.Message });
        foreach (var line in _report?.Add(outcome) ?? [])
        {
            Messages.WriteNote(run.Console, line);
        }
    }
}
