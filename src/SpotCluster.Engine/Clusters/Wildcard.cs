namespace SpotCluster.Engine.Clusters;

/// <summary>Patterns with <c>*</c> and <c>?</c>, without regard to case, as PowerShell users write them.</summary>
public static class Wildcard
{
    /// <summary>True when the text has a wildcard in it.</summary>
    public static bool IsPattern(string text) => text.IndexOfAny(['*', '?']) >= 0;

    /// <summary>True when the whole text fits the pattern.</summary>
    public static bool IsMatch(string pattern, string text)
    {
        // Greedy with one point of return: linear for the patterns that people write, and never exponential.
        int p = 0, t = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || char.ToUpperInvariant(pattern[p]) == char.ToUpperInvariant(text[t])))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    /// <summary>True when there is no pattern at all, or one of them fits.</summary>
    public static bool IsAnyMatch(IReadOnlyCollection<string> patterns, string? text) =>
        patterns.Count == 0 || (text is not null && patterns.Any(pattern => IsMatch(pattern, text)));
}
