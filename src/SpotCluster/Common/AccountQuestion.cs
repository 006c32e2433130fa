using System.Collections.ObjectModel;
using System.Management.Automation.Host;
using SpotCluster.Engine;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>The question that a yes is not enough for: the account must be typed out.</summary>
internal static class AccountQuestion
{
    private const string Field = "Account id";

    /// <summary>Returns when every account was typed; with nothing to remove at one there is nothing to agree to.</summary>
    public static void Require(SpotCmdlet cmdlet, IEnumerable<RemovalPlan> plans, IReadOnlyDictionary<RemovalPlan, SpotIdentity> identities)
    {
        foreach (var plan in plans.Where(plan => plan is not { Resources.Count: 0, Unknown.Count: 0 }))
        {
            Require(cmdlet, plan, identities[plan]);
            if (plan.Provider == SpotProvider.Vast)
            {
                UnmanagedPrompt.Require(cmdlet, plan);
            }
        }
    }

    /// <summary>Returns when the account was typed; throws otherwise, and where nobody can be asked.</summary>
    private static void Require(SpotCmdlet cmdlet, RemovalPlan plan, SpotIdentity identity)
    {
        string? refusal;
        try
        {
            var answer = Ask(cmdlet.Host.UI, plan, identity);
            refusal = answer is null ? "confirmation is required" : identity.IsNamed(answer) ? null : "the answer does not match the account";
        }
        catch (Exception error) when (SpotCmdlet.IsUnanswerable(error))
        {
            throw cmdlet.NotConfirmed(
                SpotCmdlet.ConsentMissing(RemovalPreview.Summary(plan), "Preview with -WhatIf or -Plan, then run the command again with -Force. -Confirm:$false does not replace the account id."),
                plan.AccountId);
        }

        if (refusal is not null)
        {
            throw cmdlet.NotConfirmed(
                new SpotException(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, $"Nothing was changed: {refusal} at {ProviderNames.Of(plan.Provider)}.")
                {
                    RecommendedAction = "Preview with -WhatIf or -Plan, then type the account id, or run the command again with -Force.",
                },
                plan.AccountId);
        }
    }

    /// <summary>Whose account it is; the plan's name for it stands in where a key of Vast.ai cannot read its account.</summary>
    public static async Task<SpotIdentity> IdentityAsync(SpotEngine engine, RemovalPlan plan, CancellationToken token) =>
        plan is { Provider: SpotProvider.Vast, AccountId: RemovalPlan.UnreadableAccount }
            ? new SpotIdentity { Provider = plan.Provider, AccountId = plan.AccountId }
            : await engine.GetIdentityAsync(plan.Provider, token).ConfigureAwait(false);

    private static string? Ask(PSHostUserInterface ui, RemovalPlan plan, SpotIdentity identity)
    {
        var name = identity.AccountAlias is { } alias ? $"{identity.AccountId} (or {alias})" : identity.AccountId;
        string[] lines =
        [
            $"This removes {RemovalPreview.Summary(plan)}.",
            .. RemovalPreview.Table(plan),
            .. RemovalPreview.Unmanaged(plan),
            $"{(plan.AccountId == RemovalPlan.UnreadableAccount ? "The account cannot be read. " : "")}This cannot be undone. Type {name} to continue.",
        ];
        var answers = ui.Prompt(
            $"Remove {(plan.Filter.IsEmpty ? "everything" : "resources")} managed by SpotCluster at {ProviderNames.Of(plan.Provider)}", string.Join(Environment.NewLine, lines), new Collection<FieldDescription> { new(Field) });
        return answers is not null && answers.TryGetValue(Field, out var answer) ? answer?.BaseObject as string : null;
    }
}
