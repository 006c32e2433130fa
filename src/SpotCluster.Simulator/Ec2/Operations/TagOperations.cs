using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Tags, and the list of everything that has them.</summary>
internal static class TagOperations
{
    private const int MostResources = 1000;

    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["DescribeTags"] = DescribeTags;
        table["CreateTags"] = CreateTags;
        table["DeleteTags"] = DeleteTags;
    }

    private static void DescribeTags(Ec2Call call)
    {
        var filters = call.Filters();
        var tags =
            from resource in call.Region.All
            where call.Region.IsKnown(resource)
            from tag in resource.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select((tag, index) => (tag.Key, tag.Value, Index: index))
            where call.Region.IsIndexed(resource, tag.Value)
            where filters.All(filter => Ec2Call.MatchesAny(filter.Values, filter.Name switch
            {
                "key" => [tag.Key],
                "value" => [tag.Value.Value],
                "resource-id" => [resource.Id],
                "resource-type" => [resource.Kind],
                _ when filter.Name.StartsWith("tag:", StringComparison.Ordinal) =>
                    tag.Key == filter.Name.Substring(4) ? [tag.Value.Value] : [],
                _ => throw Ec2Call.UnknownFilter(filter.Name),
            }))
            select (Resource: resource, tag.Key, tag.Value.Value, tag.Index);

        // A page may end between two tags of one resource.
        call.Body.List("tagSet", call.PageBy(tags, tag => (tag.Resource.Sequence * 100) + tag.Index), tag => call.Body
            .Text("resourceId", tag.Resource.Id)
            .Text("resourceType", tag.Resource.Kind)
            .Text("key", tag.Key)
            .Text("value", tag.Value));
    }

    private static void CreateTags(Ec2Call call)
    {
        var resources = Resources(call);
        var tags = call.Query.List("Tag").ToDictionary(tag => tag.Required("Key"), tag => tag.Text("Value") ?? "", StringComparer.Ordinal);
        if (tags.Count == 0)
        {
            throw AwsFaults.Missing("Tag");
        }

        foreach (var resource in resources)
        {
            TagRules.Check(resource, tags);
        }

        foreach (var resource in resources)
        {
            call.Tag(resource, tags);
        }

        call.Ok();
    }

    private static void DeleteTags(Ec2Call call)
    {
        var resources = Resources(call);
        var tags = call.Query.List("Tag").Select(tag => (Key: tag.Required("Key"), Value: tag.Text("Value"))).ToList();
        foreach (var resource in resources)
        {
            if (tags.Count == 0)
            {
                foreach (var key in resource.Tags.Keys.Where(key => !key.StartsWith("aws:", StringComparison.Ordinal)).ToList())
                {
                    resource.Tags.Remove(key);
                }
            }

            foreach (var (key, value) in tags)
            {
                if (resource.Tags.TryGetValue(key, out var tag) && (value is null || tag.Value == value))
                {
                    resource.Tags.Remove(key);
                }
            }
        }

        call.Ok();
    }

    private static List<Ec2Resource> Resources(Ec2Call call)
    {
        var ids = call.Query.Texts("ResourceId");
        if (ids.Count == 0)
        {
            throw AwsFaults.Missing("ResourceId");
        }

        if (ids.Count > MostResources)
        {
            throw AwsFaults.Invalid($"The maximum number of ResourceId values is {MostResources}.");
        }

        return [.. ids.Select(id => call.Region.FindAny(id) ?? throw Unknown(call.Region, id))];
    }

    private static ServiceFaultException Unknown(Ec2Region region, string id)
    {
        var prefix = id.Substring(0, id.IndexOf('-') + 1);
        return prefix switch
        {
            "i-" => region.Instances.NotFound([id]),
            "vpc-" => region.Vpcs.NotFound([id]),
            "subnet-" => region.Subnets.NotFound([id]),
            "sg-" => region.SecurityGroups.NotFound([id]),
            "vol-" => region.Volumes.NotFound([id]),
            "eni-" => region.Interfaces.NotFound([id]),
            "sir-" => region.SpotRequests.NotFound([id]),
            "lt-" => region.LaunchTemplates.NotFound([id]),
            "igw-" => region.InternetGateways.NotFound([id]),
            "rtb-" => region.RouteTables.NotFound([id]),
            _ => new ServiceFaultException(400, "InvalidID", $"The ID '{id}' is not valid"),
        };
    }
}
