using System.Reflection;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>The kinds of resources by which an inventory can be filtered.</summary>
public static class ResourceKinds
{
    /// <summary>EC2's words for all of them, by name.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. typeof(ResourceTypes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!)
            .OrderBy(word => word, StringComparer.Ordinal),
    ];

    /// <summary>The error of the first word that is no kind; null when all are.</summary>
    public static SpotException? WhyInvalid(IEnumerable<string> types) =>
        types.FirstOrDefault(type => !All.Contains(type, StringComparer.OrdinalIgnoreCase)) is not { } unknown ? null : new SpotException(
            SpotErrorIds.ParameterInvalid,
            SpotErrorCategory.InvalidArgument,
            $"'{unknown}' is not a valid resource type. Valid types: {string.Join(", ", All)}.")
        {
            Target = unknown,
        };
}
