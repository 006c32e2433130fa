using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>One row of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Setting">Under which circumstances.</param>
/// <param name="Measured">The measured value, with its unit.</param>
/// <param name="Reference">What it is compared with, with its unit; empty for nothing.</param>
/// <param name="Ratio">Measured to reference; null when there is nothing to compare or it was not measured.</param>
/// <param name="Budget">Highest ratio that is allowed; null for none.</param>
internal sealed record Measurement(string What, string Setting, string Measured, string Reference, double? Ratio, double? Budget)
{
    /// <summary>The heads of <see cref="ToCells"/>.</summary>
    public static readonly string[] Columns = ["What", "Setting", "Calls", "Depth", "Memory", "Measured", "Reference", "Ratio", "Budget", ""];

    /// <summary>Calls to the cloud; null where none are counted.</summary>
    public int? Calls { get; init; }

    /// <summary>The longest chain of calls that waited for each other; null where none are counted.</summary>
    public int? Depth { get; init; }

    /// <summary>Most managed memory that was held, in bytes; null where it was not looked at.</summary>
    public long? HeldBytes { get; init; }

    public bool IsOver => Ratio > Budget;

    /// <summary>A duration against a reference; null for nothing to compare with.</summary>
    public static Measurement Of(string what, string setting, TimeSpan measured, TimeSpan? reference, double? budget) => new(
        what, setting, Milliseconds(measured), reference is { } time ? Milliseconds(time) : "", measured / reference, budget);

    /// <summary>A job with its calls against a reference; null for nothing to compare with.</summary>
    public static Measurement Of(string what, string setting, JobRun run, TimeSpan? reference, double? budget) =>
        Of(what, setting, run.Time, reference, budget) with { Calls = run.Calls, Depth = run.Depth, HeldBytes = run.HeldBytes };

    /// <summary>What could not be measured here.</summary>
    public static Measurement Skipped(string what, string why) => new(what, why, "skipped", "", null, null);

    public static string Megabytes(long bytes) => Invariant($"{bytes / 1e6:0.0} MB");

    public string[] ToCells() =>
    [
        What,
        Setting,
        Calls is { } calls ? Invariant($"{calls}") : "",
        Depth is { } depth ? Invariant($"{depth}") : "",
        HeldBytes is { } bytes ? Megabytes(bytes) : "",
        Measured,
        Reference,
        Ratio is { } ratio ? Invariant($"{ratio:0.00}") : "",
        Budget is { } budget ? Invariant($"{budget:0.00}") : "",
        Ratio is null || Budget is null ? "" : IsOver ? "over" : "ok",
    ];

    private static string Milliseconds(TimeSpan time) => Invariant($"{time.TotalMilliseconds:0} ms");
}
