using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal;

/// <summary>Reads everything that carries the name of a cluster of ours, whatever tag the configuration names.</summary>
internal sealed class AwsTagDiscovery(IAwsSession session)
{
    /// <summary>EC2 takes 200 values in one filter.</summary>
    private const int MostValues = 200;

    /// <summary>The resources of all regions that match. A region that could not be read is an error of the host.</summary>
    public async Task<IReadOnlyList<DiscoveredResource>> ReadAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken)
    {
        var names = await new AwsInventory(session).GetRegionsAsync(regions, cancellationToken).ConfigureAwait(false);
        var unlisted = new UnlistedRegions(names, host);
        var found = await Task.WhenAll(names.Select(region => ReadAsync(region, unlisted, cancellationToken))).ConfigureAwait(false);
        unlisted.Report();
        return [.. found.SelectMany(part => part)];
    }

    private async Task<IReadOnlyList<DiscoveredResource>> ReadAsync(string region, UnlistedRegions unlisted, CancellationToken cancellationToken)
    {
        try
        {
            var ids = (await TagsAsync(region, "key", [TagKeys.Cluster], cancellationToken).ConfigureAwait(false))
                .Select(tag => tag.ResourceId).Distinct(StringComparer.Ordinal).OrderBy(id => id, StringComparer.Ordinal).ToList();
            var tags = new List<TagDescription>();
            foreach (var part in ids.Chunk(MostValues))
            {
                tags.AddRange(await TagsAsync(region, "resource-id", part, cancellationToken).ConfigureAwait(false));
            }

            return
            [
                .. tags.GroupBy(tag => tag.ResourceId, StringComparer.Ordinal)
                    .OrderBy(resource => resource.Key, StringComparer.Ordinal)
                    .Select(resource => new DiscoveredResource(
                        region,
                        resource.Key,
                        resource.First().ResourceType,
                        resource.GroupBy(tag => tag.Key, StringComparer.Ordinal).ToDictionary(tag => tag.Key, tag => tag.First().Value, StringComparer.Ordinal)))
                    .Where(resource => resource.Tags.ContainsKey(TagKeys.Cluster)),
            ];
        }
        catch (SpotException failure) when (failure.Category is not SpotErrorCategory.Authentication)
        {
            unlisted.Add(UnlistedRegions.Error(region, $"Cannot search region {region}", failure));
            return [];
        }
    }

    private async Task<List<TagDescription>> TagsAsync(string region, string filter, IEnumerable<string> values, CancellationToken cancellationToken)
    {
        var request = new DescribeTagsRequest { Filters = [new Filter { Name = filter, Values = [.. values] }] };
        var tags = new List<TagDescription>();
        await foreach (var tag in session.Ec2(region).DescribeAllTagsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            tags.Add(tag);
        }

        return tags;
    }
}
