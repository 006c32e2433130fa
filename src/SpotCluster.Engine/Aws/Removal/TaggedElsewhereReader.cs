using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal;

/// <summary>
/// What has a tag outside of EC2: Auto Scaling groups by their own listing, all other services by the Resource Groups
/// Tagging API, and roles by IAM, once for the account. All in the round trip of EC2's own listing by tag.
/// </summary>
internal sealed class TaggedElsewhereReader(IAwsSession session, string region, AutoScalingGroupKind groups, IReadOnlyDictionary<string, IResourceKind> kinds)
{
    private readonly ServiceClient _tagging = session.Service(AwsService.Tagging, region);

    /// <summary>Most resources of one page.</summary>
    private const int PageSize = 100;

    /// <summary>Services whose resources are listed by their own calls.</summary>
    private static readonly HashSet<string> ListedElsewhere = new(StringComparer.Ordinal) { "ec2", "autoscaling" };

    /// <summary>Both answers, as far as they can be had.</summary>
    public async Task<TaggedElsewhere> ReadAsync(string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        var notCovered = new List<string>();
        var listing = TryAsync("Auto Scaling", () => groups.ListTaggedAsync(tagKey, tagValue, cancellationToken), notCovered);
        var asking = TryAsync("services other than EC2", () => ListAsync(tagKey, tagValue, cancellationToken), notCovered);
        var reading = TryAsync("IAM", () => ListRolesAsync(tagKey, tagValue, cancellationToken), notCovered);
        await Task.WhenAll(listing, asking, reading).ConfigureAwait(false);
        var (roles, own) = await SplitAsync(await reading.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        var shown = await asking.ConfigureAwait(false);
        var known = shown.Where(resource => KeyOf(resource) is not null).ToList();
        var described = await Task.WhenAll(known.GroupBy(resource => KeyOf(resource)!.Value.Type, StringComparer.Ordinal)
            .Select(group => DescribeAsync(group.Key, [.. group], notCovered, cancellationToken))).ConfigureAwait(false);
        notCovered.Sort(StringComparer.Ordinal);
        return new TaggedElsewhere(
            [.. await listing.ConfigureAwait(false), .. roles, .. described.SelectMany(nodes => nodes)], [.. shown.Except(known), .. own], notCovered);
    }

    private async Task<IReadOnlyList<ResourceNode>> ListRolesAsync(string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        var covered = await session.GetEnabledRegionsAsync(cancellationToken).ConfigureAwait(false);
        return region == AwsService.IamRegion(region, covered)
            ? await NamedKind.ListRolesAsync(session.Service(AwsService.Iam, region), tagKey, tagValue, cancellationToken).ConfigureAwait(false)
            : [];
    }

    /// <summary>The role of the credentials in use is never removed: with it, the rest could not be.</summary>
    private async Task<(IReadOnlyList<ResourceNode> Others, IReadOnlyList<SpotResource> Own)> SplitAsync(IReadOnlyList<ResourceNode> nodes, CancellationToken cancellationToken)
    {
        if (nodes.Count == 0)
        {
            return ([], []);
        }

        var parts = ((await session.GetIdentityAsync(cancellationToken).ConfigureAwait(false)).Arn ?? "").Split(':', '/');
        var name = parts.Length > 6 && parts[5] == "assumed-role" ? parts[6] : null;
        var own = nodes.Where(node => node.Key.Type == ResourceTypes.Role && node.Key.Id == name).ToList();
        foreach (var node in own)
        {
            node.Resource.Tagged = true;
            node.Resource.UnmanagedReason = "has the tag, and is the role of the credentials in use; aws iam delete-role removes it with other credentials";
        }

        return ([.. nodes.Except(own)], [.. own.Select(node => node.Resource)]);
    }

    /// <summary>The kind and id of what is removed here; null for all other kinds.</summary>
    private static ResourceKey? KeyOf(SpotResource resource)
    {
        var arn = Arn.Parse(resource.Id);
        return arn.Type switch
        {
            "elasticloadbalancing:loadbalancer" => arn.Name.Contains('/')
                ? new ResourceKey(ResourceTypes.LoadBalancer, arn.Text)
                : new ResourceKey(ResourceTypes.ClassicLoadBalancer, arn.Name),
            "elasticloadbalancing:targetgroup" => new ResourceKey(ResourceTypes.TargetGroup, arn.Text),
            "elasticfilesystem:file-system" => new ResourceKey(ResourceTypes.FileSystem, arn.Name),
            "logs:log-group" => new ResourceKey(ResourceTypes.LogGroup, arn.Name.EndsWith(":*", StringComparison.Ordinal) ? arn.Name.Substring(0, arn.Name.Length - 2) : arn.Name),
            "scheduler:schedule-group" => new ResourceKey(ResourceTypes.ScheduleGroup, arn.Name),
            "events:rule" => new ResourceKey(ResourceTypes.EventRule, arn.Name),
            "iam:instance-profile" => new ResourceKey(ResourceTypes.InstanceProfile, arn.Name.Split('/').Last()),
            "iam:role" => new ResourceKey(ResourceTypes.Role, arn.Name.Split('/').Last()),
            "cloudwatch:alarm" => new ResourceKey(ResourceTypes.Alarm, arn.Name),
            _ => null,
        };
    }

    /// <summary>
    /// Those of them that the service itself knows: the tagging API goes on showing what was deleted for hours. The tags are
    /// those that it showed.
    /// </summary>
    private async Task<IReadOnlyList<ResourceNode>> DescribeAsync(
        string type, IReadOnlyList<SpotResource> shown, List<string> notCovered, CancellationToken cancellationToken)
    {
        var tags = shown.GroupBy(resource => KeyOf(resource)!.Value.Id, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var nodes = await TryAsync(type, () => kinds[type].ListAsync([.. tags.Keys], cancellationToken), notCovered).ConfigureAwait(false);
        foreach (var node in nodes.Where(node => tags.ContainsKey(node.Key.Id)))
        {
            var resource = tags[node.Key.Id];
            foreach (var (key, value) in resource.Tags)
            {
                node.Resource.Tags[key] = value;
            }

            node.Resource.ClusterName = resource.ClusterName;
        }

        return nodes;
    }

    private static async Task<IReadOnlyList<T>> TryAsync<T>(string what, Func<Task<IReadOnlyList<T>>> ask, List<string> notCovered)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (SpotException error)
        {
            lock (notCovered)
            {
                notCovered.Add($"{what}: {error.ServiceCode ?? error.ErrorId}");
            }

            return [];
        }
    }

    private async Task<IReadOnlyList<SpotResource>> ListAsync(string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        var found = new List<SpotResource>();
        var token = "";
        do
        {
            var body = new JObject
            {
                ["ResourcesPerPage"] = PageSize,
                ["TagFilters"] = new JArray(new JObject { ["Key"] = tagKey, ["Values"] = new JArray(tagValue) }),
            };
            if (token.Length > 0)
            {
                body["PaginationToken"] = token;
            }

            var page = await _tagging.JsonAsync("GetResources", body, cancellationToken).ConfigureAwait(false);
            var list = page["ResourceTagMappingList"] as JArray ?? throw Unreadable("has no list");
            found.AddRange(list.Select(item => ToResource(item, tagKey, tagValue)).OfType<SpotResource>());
            var next = (string?)page["PaginationToken"] ?? "";
            token = next.Length == 0 || next != token ? next : throw Unreadable("repeats a page");
        }
        while (token.Length > 0);
        return found;
    }

    private SpotException Unreadable(string what) =>
        new(SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"The answer of the Resource Groups Tagging API in {_tagging.Region} {what}.");

    private SpotResource? ToResource(JToken item, string tagKey, string tagValue)
    {
        var arn = Arn.Parse((string?)item["ResourceARN"] ?? throw Unreadable("has a row without an ARN"));
        if (ListedElsewhere.Contains(arn.Service))
        {
            return null;
        }

        var resource = new SpotResource
        {
            Id = arn.Text,
            Type = arn.Type,
            Region = _tagging.Region,
            Name = arn.Name,
            Managed = false,
            UnmanagedReason = ResidualCommands.Find(arn, _tagging.Region) is { } command
                ? $"has the filter tag, not removed by SpotCluster; to remove it: {command}"
                : $"has the filter tag, not removed by SpotCluster; remove it with the tools of {arn.Service}",
        };
        foreach (var tag in item["Tags"] as JArray ?? [])
        {
            resource.Tags[(string?)tag["Key"] ?? ""] = (string?)tag["Value"] ?? "";
        }

        resource.ClusterName = resource.Tags.TryGetValue(TagKeys.Cluster, out var cluster) ? cluster : null;
        resource.Tagged = resource.Tags.TryGetValue(tagKey, out var value) && string.Equals(value, tagValue, StringComparison.Ordinal);
        return resource.Tagged ? resource : null;
    }
}

/// <summary>The name of a resource in all of AWS: <c>arn:partition:service:region:account:type/name</c>.</summary>
/// <param name="Text">The whole of it.</param>
/// <param name="Service">Namespace of the service.</param>
/// <param name="Resource">What comes after the account.</param>
internal sealed record Arn(string Text, string Service, string Resource)
{
    /// <summary>Service and type: <c>sqs</c>, <c>ssm:parameter</c>.</summary>
    public string Type => Resource.IndexOfAny(['/', ':']) is var cut and > 0 ? $"{Service}:{Resource.Substring(0, cut)}" : Service;

    /// <summary>The name without the type.</summary>
    public string Name => Resource.IndexOfAny(['/', ':']) is var cut and > 0 ? Resource.Substring(cut + 1) : Resource;

    /// <summary>Reads one; what is none has its text as its resource.</summary>
    public static Arn Parse(string text)
    {
        var parts = text.Split([':'], 6);
        return parts.Length == 6 ? new Arn(text, parts[2], parts[5]) : new Arn(text, "unknown", text);
    }
}

/// <summary>The command of the AWS CLI that removes a resource which SpotCluster does not.</summary>
internal static class ResidualCommands
{
    private static readonly Dictionary<string, Func<Arn, string>> ByType = new(StringComparer.Ordinal)
    {
        ["ssm:parameter"] = arn => $"ssm delete-parameter --name {(arn.Name.Contains('/') ? "/" : "")}{arn.Name}",
        ["secretsmanager:secret"] = arn => $"secretsmanager delete-secret --secret-id {arn.Text}",
        ["sqs"] = arn => $"sqs delete-queue --queue-url $(aws sqs get-queue-url --queue-name {arn.Resource} --query QueueUrl --output text)",
        ["sns"] = arn => $"sns delete-topic --topic-arn {arn.Text}",
        ["events:rule"] = arn => $"events delete-rule --name {arn.Name}",
        ["iam:policy"] = arn => $"iam delete-policy --policy-arn {arn.Text}",
        ["iam:instance-profile"] = arn => $"iam delete-instance-profile --instance-profile-name {arn.Name.Split('/').Last()}",
        ["scheduler:schedule-group"] = arn => $"scheduler delete-schedule-group --name {arn.Name}",
        ["ecs:cluster"] = arn => $"ecs delete-cluster --cluster {arn.Text}",
        ["lambda:function"] = arn => $"lambda delete-function --function-name {arn.Name}",
        ["dynamodb:table"] = arn => $"dynamodb delete-table --table-name {arn.Name}",
        ["rds:db"] = arn => $"rds delete-db-instance --db-instance-identifier {arn.Name} --skip-final-snapshot",
        ["s3"] = arn => $"s3 rb s3://{arn.Resource} --force",
        ["ecr:repository"] = arn => $"ecr delete-repository --repository-name {arn.Name} --force",
        ["kms:key"] = arn => $"kms schedule-key-deletion --key-id {arn.Name}",
        ["cloudformation:stack"] = arn => $"cloudformation delete-stack --stack-name {arn.Text}",
        ["elasticloadbalancing:loadbalancer"] = arn => arn.Name.Contains('/')
            ? $"elbv2 delete-load-balancer --load-balancer-arn {arn.Text}"
            : $"elb delete-load-balancer --load-balancer-name {arn.Name}",
        ["elasticloadbalancing:targetgroup"] = arn => $"elbv2 delete-target-group --target-group-arn {arn.Text}",
        ["elasticfilesystem:file-system"] = arn => $"efs delete-file-system --file-system-id {arn.Name}",
        ["logs:log-group"] = arn => $"logs delete-log-group --log-group-name {arn.Name}",
        ["cloudwatch:alarm"] = arn => $"cloudwatch delete-alarms --alarm-names {arn.Name}",
    };

    /// <summary>The command; null for a type that is not known.</summary>
    public static string? Find(Arn arn, string region) => ByType.TryGetValue(arn.Type, out var command) ? $"aws {command(arn)} --region {region}" : null;
}
