using System.Globalization;
using System.Xml.Linq;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>
/// Auto Scaling groups, which launch instances for as long as they exist. Deleting one terminates its instances; it is
/// shown until the last of them has ended.
/// </summary>
internal sealed class AutoScalingGroupKind(ServiceClient autoScaling) : ServiceResourceKind(autoScaling.Region)
{
    /// <summary>Most names of one call.</summary>
    private const int MostNames = 50;

    public override string Type => ResourceTypes.AutoScalingGroup;

    public override bool ShowsTags => true;

    public override bool DeletesAtOnce => false;

    /// <summary>All groups with the tag, in one listing.</summary>
    public Task<IReadOnlyList<ResourceNode>> ListTaggedAsync(string key, string value, CancellationToken cancellationToken) =>
        DescribeAsync([("Filters.member.1.Name", "tag:" + key), ("Filters.member.1.Values.member.1", value)], cancellationToken);

    public override async Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var pages = await Task.WhenAll(ids.Chunk(MostNames).Select(names => DescribeAsync(
            names.Select((name, index) => ($"AutoScalingGroupNames.member.{(index + 1).ToString(CultureInfo.InvariantCulture)}", name)), cancellationToken))).ConfigureAwait(false);
        return pages.SelectMany(page => page).ToList();
    }

    protected override async Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        try
        {
            await autoScaling.QueryAsync(
                "DeleteAutoScalingGroup", [("AutoScalingGroupName", node.Key.Id), ("ForceDelete", "true")], cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ServiceCode == "ValidationError" && error.Message.Contains("not found", StringComparison.OrdinalIgnoreCase))
        {
            // It has no code of its own for a group that is gone.
            throw new SpotException(error.ErrorId, error.Category, error.Message, error)
            {
                Target = node.Key.Id,
                Region = Region,
                ServiceCode = "InvalidAutoScalingGroup.NotFound",
            };
        }
    }

    private async Task<IReadOnlyList<ResourceNode>> DescribeAsync(IEnumerable<(string Name, string Value)> parameters, CancellationToken cancellationToken)
    {
        var asked = parameters.ToList();
        var nodes = new List<ResourceNode>();
        string? token = null;
        do
        {
            var page = await autoScaling.QueryAsync(
                "DescribeAutoScalingGroups", token is null ? asked : asked.Append(("NextToken", token)), cancellationToken).ConfigureAwait(false);
            nodes.AddRange(page.Members("AutoScalingGroups").Select(ToNode));
            var next = page.Below("NextToken");
            if (next is not null && next == token)
            {
                throw new SpotException(SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"Auto Scaling in {Region} repeated a page of DescribeAutoScalingGroups.");
            }

            token = next;
        }
        while (token is not null);
        return nodes;
    }

    private ResourceNode ToNode(XElement group)
    {
        var name = group.Child("AutoScalingGroupName") ?? "";
        var tags = group.Members("Tags").GroupBy(tag => tag.Child("Key") ?? "", StringComparer.Ordinal)
            .Select(tag => new KeyValuePair<string, string>(tag.Key, tag.First().Child("Value") ?? ""));
        var created = DateTimeOffset.TryParse(
            group.Child("CreatedTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : (DateTimeOffset?)null;
        var instances = Keys(ResourceTypes.Instance, group.Members("Instances").Select(instance => instance.Child("InstanceId"))).ToList();
        var configuration = Keys(ResourceTypes.LaunchConfiguration, [group.Child("LaunchConfigurationName")]).ToList();
        return new ResourceNode
        {
            Resource = Resource(name, tags, group.Child("Status"), created, name),
            OnlyWithMachines = true,
            Takes = instances,
            Leads = instances,
            Holds = configuration,
            Companions = configuration,
        };
    }
}
