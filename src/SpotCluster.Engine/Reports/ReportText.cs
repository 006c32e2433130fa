using System.Globalization;
using SpotCluster.Model;
using static System.FormattableString;

namespace SpotCluster.Engine.Reports;

/// <summary>Values as a report shows them. Unknown is said, and never shown as nothing or 0.</summary>
internal static class ReportText
{
    public const string Unknown = "unknown";

    /// <summary>USD per hour.</summary>
    public static string Hourly(decimal? price) => price is { } usd ? usd.ToString("$0.0000", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>USD.</summary>
    public static string Cost(decimal? cost) => cost is { } usd ? usd.ToString(usd is > 0 and < 0.1m ? "$0.0000" : "$0.00", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>A sum: where a part is unknown, what it is at least; unknown when nothing of it is known.</summary>
    public static string AtLeast(decimal? whole, decimal known, Func<decimal?, string> show) =>
        whole is not null ? show(whole) : known > 0 ? "≥ " + show(known) : Unknown;

    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>To the minute, for tables whose heading says that it is UTC.</summary>
    public static string ShortTime(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>A duration in its two biggest units.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalDays: >= 1 } => Invariant($"{(int)duration.TotalDays} d {duration.Hours} h"),
        { TotalHours: >= 1 } => Invariant($"{(int)duration.TotalHours} h {duration.Minutes} min"),
        { TotalMinutes: >= 1 } => Invariant($"{(int)duration.TotalMinutes} min {duration.Seconds} s"),
        _ => Invariant($"{duration.TotalSeconds:0.#} s"),
    };

    /// <summary>A number with its noun.</summary>
    public static string Count(int number, string noun, string? plural = null) => Invariant($"{number} {(number == 1 ? noun : plural ?? noun + "s")}");

    /// <summary>A word of the model in small letters and apart: <c>ShuttingDown</c> as <c>shutting down</c>.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((letter, place) => char.IsUpper(letter) ? (place > 0 ? " " : "") + char.ToLowerInvariant(letter) : letter.ToString()));

    /// <summary>How a state looks: good, warn, bad or calm.</summary>
    public static string Mood(SpotClusterState state) => state switch
    {
        SpotClusterState.Running => "good",
        SpotClusterState.Partial or SpotClusterState.Empty => "warn",
        SpotClusterState.Unknown => "bad",
        _ => "calm",
    };

    public static string Mood(SpotInstanceState state) => state switch
    {
        SpotInstanceState.Running => "good",
        SpotInstanceState.Outbid or SpotInstanceState.Stuck or SpotInstanceState.Unknown => "bad",
        SpotInstanceState.Stopped or SpotInstanceState.Stopping or SpotInstanceState.ShuttingDown => "warn",
        _ => "calm",
    };

    public static string Mood(SpotRemovalOutcome outcome) => outcome switch
    {
        SpotRemovalOutcome.Removed => "good",
        SpotRemovalOutcome.AlreadyGone => "calm",
        SpotRemovalOutcome.Skipped => "warn",
        _ => "bad",
    };
}
