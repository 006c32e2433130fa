using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Session;

/// <summary>Which regions the settings state, and where they do.</summary>
/// <param name="Patterns">Names and patterns; empty where they state none.</param>
/// <param name="Source">A file and line, or a variable.</param>
internal sealed record RegionStatement(IReadOnlyList<string> Patterns, string Source)
{
    public static readonly RegionStatement None = new([], "");

    /// <summary>The first region that is stated by its name; null for none.</summary>
    public string? First => Patterns.FirstOrDefault(pattern => !Wildcard.IsPattern(pattern));
}

/// <summary>The regions of an account.</summary>
/// <param name="Covered">Those that commands ask when none is named: the enabled ones that the settings state, or all.</param>
/// <param name="Enabled">Every enabled one; only those that are covered where the account does not tell.</param>
/// <param name="Closed">Those that are not enabled: nothing can be listed there.</param>
/// <param name="Notice">What is not included and why, in one sentence; null where nothing is left out.</param>
internal sealed record AccountRegions(IReadOnlyList<string> Covered, IReadOnlyList<string> Enabled, IReadOnlyList<string> Closed, string? Notice)
{
    /// <summary>What is covered of the regions that AWS names.</summary>
    public static AccountRegions Of(IReadOnlyDictionary<string, bool> known, RegionStatement statement)
    {
        string[] enabled = [.. known.Where(region => region.Value).Select(region => region.Key).OrderBy(name => name, StringComparer.Ordinal)];
        string[] disabled = [.. known.Where(region => !region.Value).Select(region => region.Key).OrderBy(name => name, StringComparer.Ordinal)];
        if (statement.Patterns.Count == 0)
        {
            return new AccountRegions(enabled, enabled, disabled, null);
        }

        string[] covered = [.. enabled.Where(region => Wildcard.IsAnyMatch(statement.Patterns, region))];
        if (covered.Length == 0)
        {
            throw new SpotException(
                SpotErrorIds.RegionUnknown,
                SpotErrorCategory.NotFound,
                $"No enabled region matches {string.Join(", ", statement.Patterns)}, the regions of the account in {statement.Source}.")
            {
                Target = "regions",
                RecommendedAction = $"Correct regions. Enabled regions: {string.Join(", ", enabled)}.",
            };
        }

        string[] closed = [.. statement.Patterns.Where(name => known.TryGetValue(name, out var isEnabled) && !isEnabled)];
        string[] parts = [.. Count(enabled.Length - covered.Length, "enabled"), .. closed.Select(name => $"{name}, which is configured but not enabled,")];
        var verb = enabled.Length - covered.Length + closed.Length == 1 ? "is" : "are";
        return new AccountRegions(covered, enabled, disabled, parts.Length == 0 ? null
            : $"{string.Join(" and ", parts)} {verb} not included: the regions of the account are {string.Join(", ", statement.Patterns)} ({statement.Source}).");
    }

    /// <summary>What is covered where AWS does not name the regions: those that are stated by their names.</summary>
    public static AccountRegions Unlisted(RegionStatement statement) => new(
        statement.Patterns,
        statement.Patterns,
        [],
        $"Regions other than {string.Join(", ", statement.Patterns)} ({statement.Source}) are not included; they are unknown, because ec2:DescribeRegions is denied.");

    private static string[] Count(int count, string word) =>
        count == 0 ? [] : [FormattableString.Invariant($"{count} {word} region{(count == 1 ? "" : "s")}")];
}
