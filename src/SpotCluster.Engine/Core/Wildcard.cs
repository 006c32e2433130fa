namespace SpotCluster.Engine.Core;

/// <summary>Patterns with <c>*</c>, <c>?</c> and sets such as <c>[ab]</c> or <c>[1-3]</c>, without regard to case, as PowerShell users write them.</summary>
public static class Wildcard
{
    /// <summary>True when the text has a wildcard in it.</summary>
    public static bool IsPattern(string text) =>
        text.IndexOfAny(['*', '?']) >= 0 || Enumerable.Range(0, text.Length).Any(start => SetLength(text, start) > 0);

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
            else if (p < pattern.Length && FitsOne(pattern, p, text[t]) is var taken and > 0)
            {
                p += taken;
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

    /// <summary>How many characters of the pattern stand for this one character; 0 when it does not fit.</summary>
    private static int FitsOne(string pattern, int start, char character)
    {
        var set = SetLength(pattern, start);
        var sought = char.ToUpperInvariant(character);
        if (set == 0)
        {
            return pattern[start] == '?' || char.ToUpperInvariant(pattern[start]) == sought ? 1 : 0;
        }

        var end = start + set - 1;
        for (var i = start + 1; i < end; i++)
        {
            var isRange = i + 2 < end && pattern[i + 1] == '-';
            if (sought >= char.ToUpperInvariant(pattern[i]) && sought <= char.ToUpperInvariant(pattern[isRange ? i + 2 : i]))
            {
                return set;
            }

            i += isRange ? 2 : 0;
        }

        return 0;
    }

    /// <summary>Length of the set that begins here, brackets included; 0 when none does: a bracket that is never closed is a character.</summary>
    private static int SetLength(string pattern, int start)
    {
        var end = pattern[start] == '[' ? pattern.IndexOf(']', start) : -1;
        return end - start > 1 ? end - start + 1 : 0;
    }
}
