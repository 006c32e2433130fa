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
        string[] foreign =
        [
            .. plan.Resources.Where(resource => !resource.Tagged).Select(machine => $"  {machine.Type} {machine.Id} {machine.Name ?? "without a label"} ({machine.Region})"),
        ];
        return IsAnswered(
            cmdlet, foreign, $"{foreign.Length} of {plan.Resources.Count} resources are not managed by SpotCluster. Destroy these too? Their data is lost.");
    }

    /// <summary>True when a question about unmanaged instances was answered with yes, or there are none; an error record otherwise.</summary>
    public static bool IsAnswered(PSCmdlet cmdlet, IReadOnlyList<string> foreign, string question)
    {
        if (foreign.Count == 0)
        {
            return true;
        }

        try
        {
            if (cmdlet.ShouldContinue(string.Join(Environment.NewLine, [.. foreign, question]), "Unmanaged instances"))
            {
                return true;
            }
        }
        catch (Exception error) when (SpotCmdlet.IsUnanswerable(error))
        {
            // What the hosts without a person throw.
        }

        cmdlet.WriteError(ErrorRecords.From(
            new SpotException(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, "Nothing was changed: the unmanaged instances were not confirmed.")
            {
                RecommendedAction = "Leave out -IncludeForeign, or run it again with -Force.",
            },
            foreign));
        return false;
    }
}
