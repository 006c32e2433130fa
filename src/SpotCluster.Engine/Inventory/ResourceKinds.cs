using System.Reflection;

namespace SpotCluster.Engine.Inventory;

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
}
