using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Inventory;

/// <summary>
/// Finds clusters under other filter tags by the name that each resource of a cluster has under a key of ours. One listing
/// per region, of kinds of which a cluster has a few however many instances it has; a second one where there are such.
/// </summary>
internal sealed class AwsOtherTags(IAwsSession session, SpotSettings settings) : IOtherTags
{
    /// <summary>EC2 takes 200 values in one filter.</summary>
    private const int MostValues = 200;

    private static readonly string DefaultKey = new SpotSettings().FilterTagName;

    public async Task<IReadOnlyList<string>> FindAsync(IReadOnlyList<string> regions, CancellationToken cancellationToken)
    {
        try
        {
            var names = await RegionNames.ExpandAsync(regions, session.GetEnabledRegionsAsync, cancellationToken).ConfigureAwait(false);
            var found = await Task.WhenAll(names.Select(region => FindAsync(region, cancellationToken))).ConfigureAwait(false);
            return
            [
                .. found.SelectMany(item => item).GroupBy(item => item.FilterTag, StringComparer.Ordinal)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => Sentence(
                        group.Key,
                        group.Sum(item => item.Instances),
                        [.. group.Select(item => item.ClusterName).Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal)])),
            ];
        }
        catch (SpotException)
        {
            return [];
        }
    }

    private static string Sentence(string filterTag, int instances, List<string> clusters)
    {
        var names = string.Join(", ", clusters);
        var (what, verb) = instances switch
        {
            0 => ("Resources", "are"),
            1 => ("1 instance", "is"),
            _ => (string.Format(CultureInfo.InvariantCulture, "{0} instances", instances), "are"),
        };
        return $"{what} of SpotCluster under the filter tag {filterTag} {verb} not included ({(clusters.Count == 1 ? "cluster" : "clusters")} {names}).";
    }

    private async Task<IReadOnlyList<Hidden>> FindAsync(string region, CancellationToken cancellationToken)
    {
        try
        {
            var request = new DescribeTagsRequest
            {
                Filters =
                [
                    new Filter { Name = "resource-type", Values = ["launch-template", "vpc", "security-group"] },
                    new Filter { Name = "key", Values = [.. new[] { TagKeys.Cluster, TagKeys.FilterTag, settings.FilterTagName, DefaultKey }.Distinct(StringComparer.Ordinal)] },
                ],
            };
            var tags = await session.Ec2(region).DescribeAllTagsAsync(request, cancellationToken).CollectAsync().ConfigureAwait(false);
            var hidden = tags.GroupBy(tag => tag.ResourceId, StringComparer.Ordinal)
                .Select(resource => resource.GroupBy(tag => tag.Key, StringComparer.Ordinal).ToDictionary(tag => tag.Key, tag => tag.First().Value, StringComparer.Ordinal))
                .Where(IsHidden)
                .Select(resource => new Hidden(FilterTagOf(resource), resource[TagKeys.Cluster], 0))
                .Distinct()
                .ToList();
            if (hidden.Count == 0)
            {
                return hidden;
            }

            // The instances of a cluster tell its tag in full.
            var instances = await InstancesAsync(region, hidden, cancellationToken).ConfigureAwait(false);
            return [.. hidden.Where(item => !instances.Any(instance => instance.ClusterName == item.ClusterName)), .. instances];
        }
        catch (SpotException)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<Hidden>> InstancesAsync(string region, IEnumerable<Hidden> hidden, CancellationToken cancellationToken)
    {
        var found = new List<Hidden>();
        foreach (var names in hidden.Select(item => item.ClusterName).Distinct(StringComparer.Ordinal).Chunk(MostValues))
        {
            var request = new DescribeInstancesRequest
            {
                Filters =
                [
                    new Filter { Name = "tag:" + TagKeys.Cluster, Values = [.. names] },
                    new Filter { Name = "instance-state-name", Values = ["pending", "running", "stopping", "stopped"] },
                ],
            };
            await foreach (var reservation in session.Ec2(region).DescribeAllInstancesAsync(request, cancellationToken).ConfigureAwait(false))
            {
                found.AddRange(reservation.Instances
                    .Select(instance => instance.Tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal))
                    .Where(IsHidden)
                    .Select(instance => new Hidden(FilterTagOf(instance), instance[TagKeys.Cluster], 1)));
            }
        }

        return found;
    }

    private bool IsHidden(Dictionary<string, string> tags) => tags.ContainsKey(TagKeys.Cluster)
        && !(tags.TryGetValue(settings.FilterTagName, out var value) && string.Equals(value, settings.FilterTagValue, StringComparison.Ordinal));

    // Where another key marks it, its value may be known of the instances alone.
    private static string FilterTagOf(Dictionary<string, string> tags)
    {
        var key = tags.TryGetValue(TagKeys.FilterTag, out var named) ? named : DefaultKey;
        return tags.TryGetValue(key, out var value) ? $"{key}={value}" : key;
    }

    /// <summary>A cluster that the filter tag in force does not find.</summary>
    private sealed record Hidden(string FilterTag, string ClusterName, int Instances);
}
