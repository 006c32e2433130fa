using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>From what a user writes to regions.</summary>
internal static class RegionNames
{
    /// <summary>True when a name or pattern has the form of AWS regions; the places of Vast.ai (<c>Stockholm, SE</c>) have not.</summary>
    public static bool IsAwsForm(string region) =>
        region.Trim() is { Length: > 0 } name && name.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '*' or '?' or '[' or ']');

    /// <summary>True when a place of Vast.ai may be meant: it is no exact name of an AWS region.</summary>
    public static bool MayBeVast(string region) => Wildcard.IsPattern(region) || !IsAwsForm(region);

    /// <summary>
    /// Exact names as they are, in the order given and without doubles; wildcards by the enabled regions, which costs one
    /// call. Nothing at all means every enabled region.
    /// </summary>
    public static async Task<IReadOnlyList<string>> ExpandAsync(
        IReadOnlyList<string> patterns,
        Func<CancellationToken, Task<IReadOnlyList<string>>> enabledRegions,
        CancellationToken cancellationToken)
    {
        var enabled = patterns.Count == 0 || patterns.Any(Wildcard.IsPattern)
            ? await enabledRegions(cancellationToken).ConfigureAwait(false)
            : [];
        if (patterns.Count == 0)
        {
            return enabled;
        }

        var names = new List<string>();
        foreach (var pattern in patterns.Select(pattern => pattern.Trim()))
        {
            var matches = Wildcard.IsPattern(pattern)
                ? [.. enabled.Where(region => Wildcard.IsMatch(pattern, region))]
                : new[] { pattern.ToLowerInvariant() };
            if (matches.Length == 0)
            {
                throw new SpotException(SpotErrorIds.RegionUnknown, SpotErrorCategory.NotFound, $"No region matches {pattern}.")
                {
                    Target = pattern,
                    RecommendedAction = $"Available regions: {string.Join(", ", enabled)}.",
                };
            }

            names.AddRange(matches);
        }

        return [.. names.Distinct(StringComparer.Ordinal)];
    }
}
