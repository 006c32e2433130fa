using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>The second question of a removal at Vast.ai: the machines of the account that other people and programs rented.</summary>
internal static class UnmanagedPrompt
{
    /// <summary>Returns when it was answered with yes, or there is none to ask about; throws otherwise.</summary>
    public static void Require(SpotCmdlet cmdlet, RemovalPlan plan)
    {
        string[] foreign =
        [
            .. plan.Resources.Where(resource => !resource.Tagged).Select(machine => $"  {machine.Type} {machine.Id} {machine.Name ?? "without a label"} ({machine.Region})"),
        ];
        Require(
            cmdlet, foreign, $"{foreign.Length} of {plan.Resources.Count} resources are not managed by SpotCluster. Destroy them too? Their data is lost.");
    }

    /// <summary>Returns when a question about unmanaged instances was answered with yes, or there are none; throws otherwise.</summary>
    public static void Require(SpotCmdlet cmdlet, IReadOnlyList<string> foreign, string question)
    {
        if (foreign.Count == 0)
        {
            return;
        }

        var isConfirmed = false;
        try
        {
            isConfirmed = cmdlet.Agrees(string.Join(Environment.NewLine, [.. foreign, question]), "Unmanaged instances");
        }
        catch (Exception error) when (SpotCmdlet.IsUnanswerable(error))
        {
            // Nobody can be asked, which is no answer.
        }

        if (!isConfirmed)
        {
            throw cmdlet.NotConfirmed(
                new SpotException(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, "Nothing was changed: the unmanaged instances were not confirmed.")
                {
                    RecommendedAction = "Leave out -IncludeForeign or the unmanaged instances, or run the command again with -Force.",
                },
                foreign);
        }
    }
}
