using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>What of a removal's scope is selected. It only narrows: what it does not select is retained, and so is what that needs.</summary>
public sealed record ResourceFilter
{
    /// <summary>Selects everything.</summary>
    public static readonly ResourceFilter None = new();

    /// <summary>Names of resources, with wildcards; empty for any.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Tags that a resource must have, each with exactly that value.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Types, in the words of <see cref="ResourceKinds"/>; empty for any.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>True when it selects everything.</summary>
    public bool IsEmpty => Names.Count == 0 && Tags.Count == 0 && Types.Count == 0;

    /// <summary>What it selects, in words.</summary>
    public string Described => IsEmpty ? "everything managed by SpotCluster" : $"resources managed by SpotCluster with {this}";

    /// <summary>True when it selects the resource.</summary>
    public bool Selects(SpotResource resource) =>
        Wildcard.IsAnyMatch(Names, resource.Name)
        && Tags.All(tag => Has(resource, tag))
        && (Types.Count == 0 || Types.Contains(resource.Type, StringComparer.OrdinalIgnoreCase));

    /// <summary>The parts, in words, that select nothing of these resources: each by itself, and then all together.</summary>
    public IReadOnlyList<string> Unmatched(IReadOnlyCollection<SpotResource> resources)
    {
        var alone = Parts().Where(part => !resources.Any(part.Fits)).Select(part => part.Text);
        return IsEmpty ? [] : [.. resources.Any(Selects) ? alone : alone.Append(ToString()).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The error of a part that selects nothing.</summary>
    public static SpotException NothingSelected(string part) => new(
        SpotErrorIds.ResourceNotFound, SpotErrorCategory.NotFound, $"No resource in the scope has {part}. Nothing was changed.")
    {
        Target = part,
        RecommendedAction = "Correct the filter, or omit it. Get-SpotResource (spotcluster resources) lists the names, tags and types.",
    };

    /// <summary>It in words: <c>name web-*, tag team=blue, type instance or volume</c>; empty when it selects everything.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Names.Count == 0 ? null : "name " + string.Join(" or ", Names),
        Tags.Count == 0 ? null : "tag " + string.Join(" and ", Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}")),
        Types.Count == 0 ? null : "type " + string.Join(" or ", Types),
    }.OfType<string>());

    private IEnumerable<(string Text, Func<SpotResource, bool> Fits)> Parts() =>
    [
        .. Names.Select(name => ($"name {name}", (Func<SpotResource, bool>)(resource => Wildcard.IsAnyMatch([name], resource.Name)))),
        .. Tags.Select(tag => ($"tag {tag.Key}={tag.Value}", (Func<SpotResource, bool>)(resource => Has(resource, tag)))),
        .. Types.Select(type => ($"type {type}", (Func<SpotResource, bool>)(resource => string.Equals(type, resource.Type, StringComparison.OrdinalIgnoreCase)))),
    ];

    private static bool Has(SpotResource resource, KeyValuePair<string, string> tag) =>
        resource.Tags.TryGetValue(tag.Key, out var value) && string.Equals(value, tag.Value, StringComparison.Ordinal);
}
