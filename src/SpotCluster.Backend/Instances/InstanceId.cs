using System.Text.RegularExpressions;

namespace SpotCluster.Backend.Instances;

/// <summary>The form of ids. A placeholder such as <c>manual-1a2b3c4d</c> is never a machine.</summary>
internal static partial class InstanceId
{
    public static bool IsValid(string? text) => text is not null && Ec2Id().IsMatch(text);

    /// <summary>Returns the id, or refuses with 400.</summary>
    public static string Require(string? text, string field = "instance_id") => text switch
    {
        null or "" => throw ApiException.Invalid(field, $"{field} required"),
        _ when IsValid(text) => text,
        _ => throw ApiException.Invalid(field, $"{field} must be i- and 8 or 17 hexadecimal digits"),
    };

    public static bool IsAccount(string? text) => text is not null && AccountId().IsMatch(text);

    public static bool IsRegion(string? text) => text is not null && RegionName().IsMatch(text);

    [GeneratedRegex(@"\Ai-([0-9a-f]{8}|[0-9a-f]{17})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ec2Id();

    [GeneratedRegex(@"\A[0-9]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AccountId();

    [GeneratedRegex(@"\A[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RegionName();
}
