using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal;

/// <summary>
/// Finds clusters under other filter tags by the name that each resource of a cluster has under a key of ours. One listing
/// per region, of kinds of which a cluster has a few however many instances it has; a second one where there are such.
/// </summary>
internal sealed class AwsOtherTags(IAwsSession session, SpotSettings settings) : IOtherTags
{
    /// <summary>EC2 takes 200 values in one filter.</summary>
    private const int MostValues = 200;

    /// <summary>More regions than that are counted.</summary>
    private const int MostNames = 4;

    private static readonly string DefaultKey = new SpotSettings().FilterTagName;

    public string InForce => $"Filter tag: {settings.FilterTag} ({settings.FilterTagSource}).";

    public async Task<IReadOnlyList<string>> FindAsync(IReadOnlyList<string> regions, CancellationToken cancellationToken)
    {
        try
        {
            // Only where the settings state regions can any be left out.
            var account = settings.Regions.Count == 0 ? null : await session.GetRegionsAsync(cancellationToken).ConfigureAwait(false);
            var names = await RegionNames.ExpandAsync(regions, session.GetEnabledRegionsAsync, cancellationToken).ConfigureAwait(false);
            var found = await Task.WhenAll(names.Select(region => FindAsync(region, cancellationToken))).ConfigureAwait(false);

            // Where only some of the regions of the account were asked for, the question itself says so.
            string[] outside = account?.Notice is { } notice && account.Covered.All(region => names.Contains(region, StringComparer.Ordinal)) ? [notice] : [];
            return
            [
                .. outside,
                .. found.SelectMany(item => item.Hidden).GroupBy(item => item.FilterTag, StringComparer.Ordinal)
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => Sentence(
                        group.Key,
                        group.Sum(item => item.Instances),
                        [.. group.Select(item => item.ClusterName).Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal)])),
                .. NotLookedAt([.. names.Zip(found, (region, answer) => (region, answer.Error)).Where(answer => answer.Error is not null)]),
            ];
        }
        catch (SpotException)
        {
            // Without the regions there is no answer either that this would stand beside.
            return [];
        }
    }

    private static IEnumerable<string> NotLookedAt(List<(string Region, SpotException? Error)> refused)
    {
        refused.RemoveAll(one => one.Error!.ErrorId == SpotErrorIds.RegionUnknown);
        if (refused.Count > 0)
        {
            var where = refused.Count <= MostNames ? string.Join(", ", refused.Select(one => one.Region)) : FormattableString.Invariant($"{refused.Count} regions");
            yield return $"Cannot search for clusters with other filter tags in {where}: {refused[0].Error!.Message}";
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
        return $"{what} of SpotCluster with the filter tag {filterTag} {verb} not included ({(clusters.Count == 1 ? "cluster" : "clusters")} {names}).";
    }

    private async Task<(IReadOnlyList<Hidden> Hidden, SpotException? Error)> FindAsync(string region, CancellationToken cancellationToken)
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
                return (hidden, null);
            }

            // The instances of a cluster tell its tag in full.
            var instances = await InstancesAsync(region, hidden, cancellationToken).ConfigureAwait(false);
            return ([.. hidden.Where(item => !instances.Any(instance => instance.ClusterName == item.ClusterName)), .. instances], null);
        }
        catch (SpotException error)
        {
            return ([], error);
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
