using System.Globalization;
using System.Xml.Linq;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>Kinds of other services that are found and deleted by name, one call each: a row says how.</summary>
internal sealed class NamedKind(ServiceClient client, NamedKind.Row row) : ServiceResourceKind(client.Region)
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Row> Rows =
    [
        new(ResourceTypes.LogGroup, AwsService.Logs)
        {
            // The call lists by prefix, in the order of names: the group itself is the first of them.
            Find = async (logs, name, stop) => List(
                await logs.JsonAsync("DescribeLogGroups", new JObject { ["logGroupNamePrefix"] = name, ["limit"] = 1 }, stop).ConfigureAwait(false), "logGroups", logs)
                .Any(group => (string?)group["logGroupName"] == name) ? new Found() : null,
            Delete = (logs, node, stop) => logs.JsonAsync("DeleteLogGroup", new JObject { ["logGroupName"] = node.Key.Id }, stop),
        },
        new(ResourceTypes.ScheduleGroup, AwsService.Scheduler)
        {
            // Its schedules, which have no tags of their own, go with it.
            DeletesAtOnce = false,
            Find = async (scheduler, name, stop) => new Found(
                (string?)(await scheduler.RestAsync("GetScheduleGroup", "GET", $"/schedule-groups/{name}", stop).ConfigureAwait(false))["State"]),
            Delete = (scheduler, node, stop) => scheduler.RestAsync("DeleteScheduleGroup", "DELETE", $"/schedule-groups/{node.Key.Id}", stop),
        },
        new(ResourceTypes.EventRule, AwsService.Events)
        {
            Find = async (events, name, stop) => new Found((string?)(await events.JsonAsync("DescribeRule", Rule(name), stop).ConfigureAwait(false))["State"]),
            Delete = DeleteRuleAsync,
        },
        new(ResourceTypes.LaunchConfiguration, AwsService.AutoScaling)
        {
            Find = async (groups, name, stop) =>
            {
                var answer = await groups.QueryAsync("DescribeLaunchConfigurations", [("LaunchConfigurationNames.member.1", name)], stop).ConfigureAwait(false);
                return answer.Members("LaunchConfigurations").Select(item => new Found { CreatedAt = Time(item.Child("CreatedTime")) }).FirstOrDefault();
            },
            Delete = (groups, node, stop) => groups.QueryAsync("DeleteLaunchConfiguration", [("LaunchConfigurationName", node.Key.Id)], stop),
        },
        new(ResourceTypes.Role, AwsService.Iam)
        {
            ShowsTags = true,
            Find = async (iam, name, stop) =>
                (await iam.QueryAsync("GetRole", [("RoleName", name)], stop).ConfigureAwait(false)).Descendants().FirstOrDefault(item => item.Name.LocalName == "Role") is { } role ? RoleOf(role) : null,
            Delete = DeleteRoleAsync,
        },
        new(ResourceTypes.InstanceProfile, AwsService.Iam)
        {
            ShowsTags = true,
            Find = async (iam, name, stop) =>
                (await iam.QueryAsync("GetInstanceProfile", [("InstanceProfileName", name)], stop).ConfigureAwait(false)).Descendants()
                .FirstOrDefault(item => item.Name.LocalName == "InstanceProfile") is { } profile ? ProfileOf(profile) : null,
            Holders = async (iam, held, stop) => held.Key.Type != ResourceTypes.Role ? []
                : [.. (await iam.QueryAsync("ListInstanceProfilesForRole", [("RoleName", held.Key.Id)], stop).ConfigureAwait(false)).Members("InstanceProfiles")
                    .Select(profile => (profile.Child("InstanceProfileName") ?? "", ProfileOf(profile)))],
            Delete = DeleteProfileAsync,
        },
    ];

    public override string Type => row.Type;

    public override bool DeletesAtOnce => row.DeletesAtOnce;

    public override bool ShowsTags => row.ShowsTags;

    public override async Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(ids.Select(async id =>
        {
            try
            {
                return await row.Find(client, id, cancellationToken).ConfigureAwait(false) is { } item ? ToNode(id, item) : null;
            }
            catch (SpotException error) when (AwsRefusals.Classify(error) == RefusalKind.NotFound)
            {
                return null;
            }
        })).ConfigureAwait(false);
        return found.OfType<ResourceNode>().ToList();
    }

    public override async Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) => row.Holders is not { } holders ? []
        : [.. (await holders(client, held, cancellationToken).ConfigureAwait(false)).Select(holder => ToNode(holder.Id, holder.Item))];

    /// <summary>
    /// The roles of the account that have a tag, with the instance profiles that they are in: IAM cannot be asked by tag, and
    /// shows the tags of all roles in this listing alone.
    /// </summary>
    public static async Task<IReadOnlyList<ResourceNode>> ListRolesAsync(ServiceClient iam, string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        var roles = new NamedKind(iam, Rows.Single(row => row.Type == ResourceTypes.Role));
        var profiles = new NamedKind(iam, Rows.Single(row => row.Type == ResourceTypes.InstanceProfile));
        var nodes = new List<ResourceNode>();
        var marker = "";
        while (true)
        {
            (string, string)[] place = marker.Length == 0 ? [] : [("Marker", marker)];
            var page = await iam.QueryAsync("GetAccountAuthorizationDetails", [("Filter.member.1", "Role"), ("MaxItems", "1000"), .. place], cancellationToken).ConfigureAwait(false);
            foreach (var role in page.Members("RoleDetailList"))
            {
                nodes.Add(roles.ToNode(role.Child("RoleName") ?? "", RoleOf(role)));
                nodes.AddRange(role.Members("InstanceProfileList").Select(profile => profiles.ToNode(profile.Child("InstanceProfileName") ?? "", ProfileOf(profile))));
            }

            var next = page.Child("Marker") ?? page.Below("Marker") ?? "";
            if (next.Length == 0 || page.Below("IsTruncated") != "true")
            {
                break;
            }

            marker = next != marker ? next : throw new SpotException(
                SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, "IAM repeated a page of GetAccountAuthorizationDetails.");
        }

        return [.. nodes.Where(node => node.Resource.Tags.TryGetValue(tagKey, out var value) && string.Equals(value, tagValue, StringComparison.Ordinal))];
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) => row.Delete(client, node, cancellationToken);

    private static Found RoleOf(XElement role)
    {
        // The console makes a profile of the same name with each role for instances, and shows it nowhere.
        var name = role.Child("RoleName");
        var twins = role.Members("InstanceProfileList").Select(profile => profile.Child("InstanceProfileName")).Where(profile => profile == name);
        return new Found
        {
            CreatedAt = Time(role.Child("CreateDate")),
            Tags = TagsOf(role),
            Leads = [.. Keys(ResourceTypes.InstanceProfile, twins)],
        };
    }

    private static Found ProfileOf(XElement profile) => new()
    {
        CreatedAt = Time(profile.Child("CreateDate")),
        Tags = TagsOf(profile),
        Holds = [.. Keys(ResourceTypes.Role, profile.Members("Roles").Select(role => role.Child("RoleName")))],
    };

    private static List<KeyValuePair<string, string>> TagsOf(XElement element) =>
    [
        .. element.Elements().Where(child => child.Name.LocalName == "Tags").Elements()
            .Select(tag => new KeyValuePair<string, string>(tag.Child("Key") ?? "", tag.Child("Value") ?? "")),
    ];

    private static async Task DeleteRoleAsync(ServiceClient iam, ResourceNode node, CancellationToken cancellationToken)
    {
        (string, string) role = ("RoleName", node.Key.Id);
        var policies = await iam.QueryAsync("ListRolePolicies", [role], cancellationToken).ConfigureAwait(false);
        foreach (var policy in policies.Members("PolicyNames"))
        {
            await iam.QueryAsync("DeleteRolePolicy", [role, ("PolicyName", policy.Value)], cancellationToken).ConfigureAwait(false);
        }

        var attached = await iam.QueryAsync("ListAttachedRolePolicies", [role], cancellationToken).ConfigureAwait(false);
        foreach (var policy in attached.Members("AttachedPolicies"))
        {
            await iam.QueryAsync("DetachRolePolicy", [role, ("PolicyArn", policy.Child("PolicyArn") ?? "")], cancellationToken).ConfigureAwait(false);
        }

        await iam.QueryAsync("DeleteRole", [role], cancellationToken).ConfigureAwait(false);
    }

    private static async Task DeleteProfileAsync(ServiceClient iam, ResourceNode node, CancellationToken cancellationToken)
    {
        (string, string) profile = ("InstanceProfileName", node.Key.Id);
        foreach (var role in node.Holds)
        {
            await AwsRefusals.UnlessDoneAsync(iam.QueryAsync("RemoveRoleFromInstanceProfile", [profile, ("RoleName", role.Id)], cancellationToken)).ConfigureAwait(false);
        }

        await iam.QueryAsync("DeleteInstanceProfile", [profile], cancellationToken).ConfigureAwait(false);
    }

    // It is refused while it has targets.
    private static async Task DeleteRuleAsync(ServiceClient events, ResourceNode node, CancellationToken cancellationToken)
    {
        var rule = Rule(node.Key.Id, "Rule");
        var targets = List(await events.JsonAsync("ListTargetsByRule", rule, cancellationToken).ConfigureAwait(false), "Targets", events).Select(target => target["Id"]).ToList();
        if (targets.Count > 0)
        {
            await events.JsonAsync("RemoveTargets", new JObject(rule) { ["Ids"] = new JArray(targets) }, cancellationToken).ConfigureAwait(false);
        }

        await events.JsonAsync("DeleteRule", Rule(node.Key.Id), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A rule is named on a bus of its own: <c>bus/name</c>, or on the default one.</summary>
    private static JObject Rule(string id, string member = "Name")
    {
        var cut = id.LastIndexOf('/');
        var rule = new JObject { [member] = id.Substring(cut + 1) };
        if (cut > 0)
        {
            rule["EventBusName"] = id.Substring(0, cut);
        }

        return rule;
    }

    private static JArray List(JObject answer, string name, ServiceClient client) => answer[name] as JArray ?? throw new SpotException(
        SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"An answer of AWS in {client.Region} has no {name}.");

    private static DateTimeOffset? Time(string? text) => DateTimeOffset.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private ResourceNode ToNode(string id, Found item) => new()
    {
        Resource = Resource(id, item.Tags, item.State, item.CreatedAt, id),
        Holds = item.Holds,
        Leads = item.Leads,
    };

    /// <summary>How one kind is found and deleted.</summary>
    internal sealed record Row(string Type, AwsService Service)
    {
        public bool DeletesAtOnce { get; init; } = true;

        public bool ShowsTags { get; init; }

        /// <summary>The one with a name; null, or the service's own refusal, when there is none.</summary>
        public required Func<ServiceClient, string, CancellationToken, Task<Found?>> Find { get; init; }

        public required Func<ServiceClient, ResourceNode, CancellationToken, Task> Delete { get; init; }

        public Func<ServiceClient, ResourceNode, CancellationToken, Task<IReadOnlyList<(string Id, Found Item)>>>? Holders { get; init; }
    }

    /// <summary>What a service said of one.</summary>
    internal sealed record Found(string? State = null)
    {
        public DateTimeOffset? CreatedAt { get; init; }

        public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

        public IReadOnlyList<ResourceKey> Holds { get; init; } = [];

        public IReadOnlyList<ResourceKey> Leads { get; init; } = [];
    }
}
