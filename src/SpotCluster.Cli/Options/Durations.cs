using System.Globalization;
using System.Text.RegularExpressions;

namespace SpotCluster.Cli.Options;

/// <summary>Reads durations as people write them: <c>8h</c>, <c>90m</c>, <c>2d</c>, <c>1h30m</c>, <c>100ms</c>, <c>hh:mm:ss</c>.</summary>
internal static partial class Durations
{
    /// <summary>Reads a duration of zero or more; false when the text is none.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var match = Parts().Match(text);
        if (match.Success && text.Length > 0)
        {
            try
            {
                duration = Part(match, "d", TimeSpan.FromDays)
                    + Part(match, "h", TimeSpan.FromHours)
                    + Part(match, "m", TimeSpan.FromMinutes)
                    + Part(match, "s", TimeSpan.FromSeconds)
                    + Part(match, "ms", TimeSpan.FromMilliseconds);
                return true;
            }
            catch (OverflowException)
            {
                return false;
            }
        }

        // A bare number would be read as days: nobody means that.
        return text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration)
            && duration >= TimeSpan.Zero;
    }

    private static TimeSpan Part(Match match, string unit, Func<double, TimeSpan> from) =>
        match.Groups[unit] is { Success: true } group
            ? from(double.Parse(group.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture))
            : TimeSpan.Zero;

    [GeneratedRegex(
        @"^(?:(?<d>\d+(?:\.\d+)?)d)?(?:(?<h>\d+(?:\.\d+)?)h)?(?:(?<m>\d+(?:\.\d+)?)m)?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+(?:\.\d+)?)ms)?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Parts();
}
