using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>An account in words.</summary>
internal static class AccountText
{
    /// <summary>How long the money of an account at Vast.ai lasts.</summary>
    public static string Left(SpotAccount account) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        "Account {0} at Vast.ai: {1} USD of credit, {2} USD per hour, {3} hours left.",
        account.AccountId,
        account.Credit is { } credit ? credit.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture) : "unknown",
        account.HourlyCost is { } price ? price.ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture) : "unknown",
        account.HoursLeft is { } hours ? hours.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) : "unknown");
}
