using System.Globalization;
using System.Text.RegularExpressions;

namespace SpotCluster.Engine.Core;

/// <summary>By how much the clocks differ, as the refusal of a signature tells it.</summary>
internal static class ClockSkew
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly Regex Times = new(
        @"Signature (?:expired|not yet current): (?<signed>\d{8}T\d{6}Z) is .*\((?<server>\d{8}T\d{6}Z) [+-] \d+ min", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    /// <summary>AWS's time less that of this machine; null when the message does not tell.</summary>
    public static TimeSpan? Find(string? message) =>
        Times.Match(message ?? "") is { Success: true } match
        && Read(match.Groups["signed"].Value) is { } signed
        && Read(match.Groups["server"].Value) is { } server
            ? server - signed
            : null;

    /// <summary>What is wrong with the clock, for people.</summary>
    public static string Describe(TimeSpan? skew, string service = "AWS")
    {
        if (skew is not { } ahead)
        {
            return $"The clock of this computer differs from that of {service}";
        }

        var size = ahead.Duration();
        var text = string.Format(
            CultureInfo.InvariantCulture, size >= TimeSpan.FromHours(2) ? "{0:0.#} h" : "{1:0} min", size.TotalHours, size.TotalMinutes);
        return $"The clock of this computer is {text} {(ahead > TimeSpan.Zero ? "behind" : "ahead of")} that of {service}";
    }

    private static DateTimeOffset? Read(string text) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
