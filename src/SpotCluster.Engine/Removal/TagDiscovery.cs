using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>One resource of ours, known by our own tags, which no configuration changes.</summary>
/// <param name="Region">Its region.</param>
/// <param name="Id">The cloud's id.</param>
/// <param name="Type">Kind, in EC2's words.</param>
/// <param name="Tags">All of its tags.</param>
public sealed record DiscoveredResource(string Region, string Id, string Type, IReadOnlyDictionary<string, string> Tags);

/// <summary>
/// Finds the custom names again that create has used: each resource carries the name of its cluster under a key of ours,
/// and beside it the tag that the lost configuration named.
/// </summary>
internal static class TagDiscovery
{
    private static readonly HashSet<string> OwnKeys = new(StringComparer.Ordinal)
    {
        TagKeys.Cluster, TagKeys.Account, TagKeys.ExpiresAt, TagKeys.ProtectUntil, TagKeys.Wanted, TagKeys.WantedHere, TagKeys.Run,
        TagKeys.User, TagKeys.FilterTag, TagKeys.CreatedBy, TagKeys.Name,
    };

    /// <summary>What the resources tell, the most resources first.</summary>
    /// <param name="resources">Everything that carries <see cref="TagKeys.Cluster"/>.</param>
    /// <param name="settings">The settings in force.</param>
    public static IReadOnlyList<SpotDiscovery> Find(IEnumerable<DiscoveredResource> resources, SpotSettings settings) =>
    [
        .. resources
            .GroupBy(resource => (
                Cluster: resource.Tags[TagKeys.Cluster],
                Run: resource.Tags.TryGetValue(TagKeys.Run, out var run) ? run : "",
                Named: resource.Tags.TryGetValue(TagKeys.FilterTag, out var named) ? named : null))
            .SelectMany(group => Mark([.. group], group.Key.Named))
            .GroupBy(marked => marked.Tag)
            .Select(group => Describe(group.Key, [.. group.Select(marked => marked.Resource)], group.All(marked => marked.IsCertain), settings))
            .OrderByDescending(found => found.ResourceCount)
            .ThenBy(found => found.FilterTagName, StringComparer.Ordinal)
            .ThenBy(found => found.FilterTagValue, StringComparer.Ordinal),
    ];

    // The tag of one run is the same on everything that it made.
    private static IEnumerable<(KeyValuePair<string, string> Tag, DiscoveredResource Resource, bool IsCertain)> Mark(
        List<DiscoveredResource> made, string? named)
    {
        var shared = made[0].Tags
            .Where(tag => !OwnKeys.Contains(tag.Key) && !tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            .Where(tag => made.TrueForAll(resource => resource.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value))
            .OrderBy(tag => tag.Key, StringComparer.Ordinal)
            .ToList();
        var known = named ?? new SpotSettings().FilterTagName;
        var candidates = shared.Exists(tag => tag.Key == known) ? shared.FindAll(tag => tag.Key == known) : shared;
        return candidates.SelectMany(tag => made.Select(resource => (tag, resource, candidates.Count == 1)));
    }

    private static SpotDiscovery Describe(
        KeyValuePair<string, string> tag, List<DiscoveredResource> resources, bool isCertain, SpotSettings settings) => new()
        {
            FilterTagName = tag.Key,
            FilterTagValue = tag.Value,
            Creator = Common(resources.Select(resource => Value(resource, TagKeys.CreatedBy))),
            ResourcePrefix = Common(resources.Where(resource => resource.Type != "vpc").Select(Prefix)),
            VpcName = Common(resources.Where(resource => resource.Type == "vpc").Select(resource => Value(resource, TagKeys.Name))),
            Clusters = [.. resources.Select(resource => resource.Tags[TagKeys.Cluster]).Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal)],
            Regions = [.. resources.Select(resource => resource.Region).Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal)],
            ResourceCount = resources.Count,
            IsCertain = isCertain,
            IsConfigured = tag.Key == settings.FilterTagName && tag.Value == settings.FilterTagValue,
        };

    private static string? Value(DiscoveredResource resource, string key) => resource.Tags.TryGetValue(key, out var value) ? value : null;

    // The name of a resource is the prefix, the name of the cluster, and an ending.
    private static string? Prefix(DiscoveredResource resource)
    {
        var at = Value(resource, TagKeys.Name)?.IndexOf(resource.Tags[TagKeys.Cluster], StringComparison.Ordinal) ?? -1;
        return at > 0 ? resource.Tags[TagKeys.Name].Substring(0, at) : null;
    }

    // The value that most have; by name where two have as many.
    private static string? Common(IEnumerable<string?> values) => values
        .OfType<string>()
        .GroupBy(value => value, StringComparer.Ordinal)
        .OrderByDescending(group => group.Count())
        .ThenBy(group => group.Key, StringComparer.Ordinal)
        .FirstOrDefault()?.Key;
}
