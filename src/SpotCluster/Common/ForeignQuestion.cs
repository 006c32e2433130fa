using System.Management.Automation;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>The second question of a removal at Vast.ai: the machines of the account that other people and programs rented.</summary>
internal static class ForeignQuestion
{
    /// <summary>True when it was answered with yes, or there is none to ask about; an error record otherwise.</summary>
    public static bool IsAnswered(PSCmdlet cmdlet, RemovalPlan plan)
    {
        var foreign = plan.Resources.Where(resource => !resource.Tagged).ToArray();
        if (foreign.Length == 0)
        {
            return true;
        }

        try
        {
            string[] lines =
            [
                .. foreign.Select(machine => $"  {machine.Id} {machine.Name ?? "without a label"} ({machine.Region})"),
                $"{foreign.Length} of {plan.Resources.Count} machines were not rented by SpotCluster. Destroy these too? Their data is lost.",
            ];
            if (cmdlet.ShouldContinue(string.Join(Environment.NewLine, lines), "Machines of other people and programs"))
            {
                return true;
            }
        }
        catch (Exception error) when (SpotCmdlet.IsUnanswerable(error))
        {
            // What the hosts without a person throw.
        }

        cmdlet.WriteError(ErrorRecords.From(
            new SpotException(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, "Nothing was destroyed: nobody agreed to the machines of others.")
            {
                RecommendedAction = "Leave out -IncludeForeign, or run it again with -Force.",
            },
            plan.AccountId));
        return false;
    }
}
