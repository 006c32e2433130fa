using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>What is attached to instances that are removed by id, or was made from their disks, has no tag, and outlives them.</summary>
internal sealed class CompanionFinder(IRegionInventory region, ResourceSelector selector)
{
    private readonly HashSet<ResourceKey> _seen = [];

    /// <summary>Makes no call for instances to which nothing is attached but what ends with them, save one for each kind that is made from their disks.</summary>
    /// <param name="instances">The instances.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="SpotException">Something could not be listed.</exception>
    public async Task<IReadOnlyList<SpotResource>> FindAsync(IReadOnlyList<ResourceNode> instances, CancellationToken cancellationToken)
    {
        var found = new List<SpotResource>();
        var ending = instances.SelectMany(node => node.Takes).ToHashSet();
        for (var hosts = instances; hosts.Count > 0;)
        {
            var parts = await Task.WhenAll(ListAsync(hosts, cancellationToken)).ConfigureAwait(false);
            var companions = parts.SelectMany(part => part)
                .Where(node => node.Live && node.Owner is null && !selector.Carries(node.Resource) && selector.IsUnclaimed(node.Resource)).DistinctBy(node => node.Key).ToList();
            companions.ForEach(node => node.Resource.ClusterName ??= hosts.Select(host => host.Resource.ClusterName).FirstOrDefault(name => name is not null));
            foreach (var node in companions.Where(node => !ending.Contains(node.Key)))
            {
                node.Resource.Managed = false;
                node.Resource.UnmanagedReason = $"{(node.Host is null ? "attached to" : "made from")} {HostOf(node, hosts)} without the tag {selector.FilterTag}";
                found.Add(node.Resource);
            }

            hosts = companions;
        }

        return found;
    }

    private IEnumerable<Task<IReadOnlyList<ResourceNode>>> ListAsync(IReadOnlyList<ResourceNode> hosts, CancellationToken cancellationToken)
    {
        foreach (var group in hosts.SelectMany(host => host.Companions).Where(_seen.Add).GroupBy(key => key.Type, key => key.Id, StringComparer.Ordinal))
        {
            if (region.Kinds.TryGetValue(group.Key, out var kind))
            {
                yield return kind.ListAsync([.. group], cancellationToken);
            }
        }

        foreach (var kind in region.Kinds.Values.Where(kind => kind.MadeFrom is not null))
        {
            string[] ids = [.. hosts.SelectMany(host => host.Takes.Concat(host.Companions)).Where(key => key.Type == kind.MadeFrom).Select(key => key.Id).Distinct(StringComparer.Ordinal)];
            if (ids.Length > 0)
            {
                yield return kind.ListMadeFromAsync(ids, cancellationToken);
            }
        }
    }

    private static string HostOf(ResourceNode node, IReadOnlyList<ResourceNode> hosts) =>
        node.Host?.Id ?? hosts.FirstOrDefault(host => host.Companions.Contains(node.Key))?.Key.Id ?? "a removed instance";
}
