namespace SpotCluster.Backend.Data;

/// <summary>Conditions that hold only where something was asked for. A value itself never stands in the text.</summary>
internal static class Filter
{
    /// <summary>The condition with <c>AND</c> in front, or nothing when the value is null.</summary>
    public static string When(object? value, string condition) => value is null ? "" : $" AND {condition}";
}
