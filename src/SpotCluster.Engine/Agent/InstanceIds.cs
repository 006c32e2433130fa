using System.Text.RegularExpressions;

namespace SpotCluster.Engine.Agent;

/// <summary>The form of EC2's ids.</summary>
internal static class InstanceIds
{
    private static readonly Regex Form = new(@"\Ai-([0-9a-f]{8}|[0-9a-f]{17})\z", RegexOptions.CultureInvariant);

    /// <summary>False for placeholders such as <c>manual-1a2b3c4d</c>.</summary>
    public static bool IsValid(string? text) => text is not null && Form.IsMatch(text);
}
