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
    public bool IsOver => Ratio > Budget;

    /// <summary>A duration against a reference.</summary>
    public static Measurement Of(string what, string setting, TimeSpan measured, TimeSpan reference, double budget) => new(
        what, setting, Invariant($"{measured.TotalMilliseconds:0} ms"), Invariant($"{reference.TotalMilliseconds:0} ms"), measured / reference, budget);

    /// <summary>What could not be measured here.</summary>
    public static Measurement Skipped(string what, string why) => new(what, why, "skipped", "", null, null);

    public string[] ToCells() =>
    [
        What,
        Setting,
        Measured,
        Reference,
        Ratio is { } ratio ? Invariant($"{ratio:0.00}") : "",
        Budget is { } budget ? Invariant($"{budget:0.00}") : "",
        Ratio is null || Budget is null ? "" : IsOver ? "over" : "ok",
    ];
}
