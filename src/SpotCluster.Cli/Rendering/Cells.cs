using System.Globalization;
using Spectre.Console;
using SpotCluster.Model;
using static System.FormattableString;

namespace SpotCluster.Cli.Rendering;

/// <summary>Turns values into what a person reads. Unknown is said, never shown as nothing or zero.</summary>
internal static class Cells
{
    private const string Unknown = "unknown";

    /// <summary>Text from outside, so that a tag cannot steer the terminal.</summary>
    public static string Clean(string? text) => VisibleText.Clean(text);

    public static Text Of(string? text) => new(Clean(text));

    public static Text Strong(string? text) => new(Clean(text), new Style(decoration: Decoration.Bold));

    public static Text Quiet(string? text) => new(Clean(text), new Style(decoration: Decoration.Dim));

    public static Text Colored(string? text, Color color) => new(Clean(text), new Style(color));

    public static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>USD per hour.</summary>
    public static string HourlyPrice(decimal? price) => price is { } usd ? usd.ToString("$0.0000", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>USD.</summary>
    public static string Cost(decimal? cost) => cost is { } usd ? usd.ToString("$0.00##", CultureInfo.InvariantCulture) : Unknown;

    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>A duration in its two biggest units.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalDays: >= 1 } => Invariant($"{(int)duration.TotalDays}d {duration.Hours}h"),
        { TotalHours: >= 1 } => Invariant($"{(int)duration.TotalHours}h {duration.Minutes}m"),
        { TotalMinutes: >= 1 } => Invariant($"{(int)duration.TotalMinutes}m {duration.Seconds}s"),
        _ => Invariant($"{duration.TotalSeconds:0.0}s"),
    };

    /// <summary>A number with its noun: <c>1 machine</c>, <c>2 machines</c>.</summary>
    public static string Count(int number, string singular, string? plural = null) =>
        Invariant($"{number} {(number == 1 ? singular : plural ?? singular + "s")}");
}
