using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>Refuses to change anything in an account that the settings do not name, or that a cluster was not made in.</summary>
internal static class AccountGuard
{
    public static void Check(SpotSettings settings, string accountId)
    {
        if (settings.AllowedAccounts.Count > 0 && !settings.AllowedAccounts.Contains(accountId, StringComparer.Ordinal))
        {
            throw new SpotException(
                SpotErrorIds.AccountNotAllowed,
                SpotErrorCategory.Refused,
                $"Account {accountId} is not one of the allowed accounts ({string.Join(", ", settings.AllowedAccounts)}).")
            {
                Target = accountId,
                RecommendedAction = "Sign in to an allowed account, or add this one to allowedAccounts in spotcluster.yaml.",
            };
        }
    }

    /// <summary>The error for a resource of ours whose tag names another account than the one that it lies in.</summary>
    public static SpotException Mismatch(SpotResource resource, string tag, string? made, string accountId) => new(
        SpotErrorIds.AccountNotAllowed,
        SpotErrorCategory.Refused,
        $"Cannot remove resources in {resource.Region}: {resource.Id} is tagged as created by account {made}, and this is account {accountId}.")
    {
        Target = resource.Id,
        Region = resource.Region,
        RecommendedAction = $"Sign in to account {made}; if the tag {tag} of {resource.Id} is wrong, correct it first.",
    };
}
