using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>
/// What a cmdlet does when the credit at Vast.ai is used up or a budget is exceeded: it asks at a terminal, acts by itself with -Force or
/// -Confirm:$false, and otherwise says what to run. A line for each machine; that all are gone is said only when all are.
/// </summary>
internal sealed class ShutdownConsent(SpotCmdlet cmdlet, Pump pump, bool isForced)
{
    private ShutdownReport? _report;

    /// <summary>The answer of this cmdlet; a policy of null is that of the configuration.</summary>
    public ShutdownResponse ToResponse(SpotCreditPolicy? policy) => new()
    {
        Policy = policy,
        ConsentAsync = (plan, _) => pump.AskAsync(() => Agrees(plan)),
        OnOutcome = Report,
    };

    private bool Agrees(ShutdownPlan plan)
    {
        _report = new ShutdownReport(plan);
        if (cmdlet.ConsentsUnasked(isForced))
        {
            cmdlet.WriteWarning(plan.Announcement);
            return true;
        }

        cmdlet.WriteWarning(plan.Notice);
        try
        {
            return !cmdlet.IsPreview && cmdlet.Agrees(string.Join(Environment.NewLine, plan.Lines.Append(plan.Prompt)), plan.IsCredit ? "The credit at Vast.ai is exhausted" : "The budget is exceeded");
        }
        catch (Exception error) when (SpotCmdlet.IsUnanswerable(error))
        {
            var missing = plan.Unanswered("Invoke-SpotNuke -Provider Vast -Force", "-Force");
            if (!plan.IsCredit)
            {
                throw cmdlet.NotConfirmed(missing, missing.Target!);
            }

            // The credit is used up in the middle of a launch, which ends as it must.
            pump.Error(missing);
            return false;
        }
    }

    private void Report(ShutdownOutcome outcome)
    {
        foreach (var line in _report?.Add(outcome) ?? [])
        {
            pump.Warning(line);
        }
    }
}
