using SpotCluster.Simulator.Ec2;
using SpotCluster.Simulator.Ec2.Operations;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Aws;

/// <summary>A group that keeps its number of instances for as long as it exists.</summary>
internal sealed class AutoScalingGroup
{
    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required LaunchTemplate Template { get; init; }

    public required int TemplateVersion { get; init; }

    public required IReadOnlyList<string> Subnets { get; init; }

    public int Desired { get; set; }

    /// <summary>Tags with their value, and whether new instances get them.</summary>
    public Dictionary<string, (string Value, bool Propagates)> Tags { get; } = new(StringComparer.Ordinal);

    public List<string> InstanceIds { get; } = [];

    public bool IsBeingDeleted { get; set; }
}

/// <summary>Amazon EC2 Auto Scaling: groups with a launch template, their tags, and deletion with and without force.</summary>
internal sealed class AutoScalingService(AwsAccount account) : IAwsService
{
    private const string Namespace = "http://autoscaling.amazonaws.com/doc/2011-01-01/";
    private const string NameTag = "aws:autoscaling:groupName";
    private const int MostOfPage = 100;

    /// <summary>How soon a group looks after its size.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    public string SigningName => "autoscaling";

    public SimulatedResponse Answer(AwsCall call)
    {
        if (account.IsDenied("autoscaling:" + call.Operation))
        {
            throw new ServiceFaultException(403, "AccessDenied", $"User: {account.ArnOf(call.AccessKeyId)} is not authorized to perform: autoscaling:{call.Operation}");
        }

        var region = account.Region(call.Region);
        lock (region.Gate)
        {
            region.CatchUp();
            var body = new XmlBody();
            switch (call.Operation)
            {
                case "CreateAutoScalingGroup":
                    Create(region, call.Query);
                    break;
                case "DescribeAutoScalingGroups":
                    Describe(region, call, body);
                    break;
                case "DeleteAutoScalingGroup":
                    Delete(region, call.Query);
                    break;
                default:
                    throw new ServiceFaultException(400, "InvalidAction", $"Could not find operation {call.Operation} for version 2011-01-01");
            }

            return QueryProtocol.Answer(call, Namespace, body);
        }
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => QueryProtocol.Refuse(call, Namespace, fault);

    /// <summary>Makes a group, or refuses.</summary>
    internal static void Create(Ec2Region region, QueryNode query)
    {
        var name = query.Required("AutoScalingGroupName");
        if (region.AutoScalingGroups.Exists(group => group.Name == name))
        {
            throw new ServiceFaultException(400, "AlreadyExists", $"AutoScalingGroup by this name already exists - A group with the name {name} already exists");
        }

        var (template, version) = LaunchTemplateOperations.Find(region, query["LaunchTemplate"]);
        var group = new AutoScalingGroup
        {
            Name = name,
            CreatedAt = region.Now,
            Template = template,
            TemplateVersion = version,
            Subnets = query.Required("VPCZoneIdentifier").Split(','),
            Desired = query.Number("DesiredCapacity") ?? query.Number("MinSize") ?? 0,
        };
        foreach (var tag in query["Tags"]["member"].Items)
        {
            group.Tags[tag.Required("Key")] = (tag.Text("Value") ?? "", tag.Flag("PropagateAtLaunch") == true);
        }

        region.AutoScalingGroups.Add(group);
        region.After(Pace, () => Fulfil(region, group));
    }

    private static void Describe(Ec2Region region, AwsCall call, XmlBody body)
    {
        var names = call.Query["AutoScalingGroupNames"]["member"].Items.Select(item => item.Value ?? "").ToList();
        var filters = call.Query["Filters"]["member"].Items
            .Select(filter => (Name: filter.Required("Name"), Values: filter["Values"]["member"].Items.Select(item => item.Value ?? "").ToList())).ToList();
        if (filters.Exists(filter => !filter.Name.StartsWith("tag:", StringComparison.Ordinal)))
        {
            throw new ServiceFaultException(400, "ValidationError", "The filter is not supported by the simulator.");
        }

        var groups = region.AutoScalingGroups
            .Where(group => names.Count == 0 || names.Contains(group.Name))
            .Where(group => filters.TrueForAll(filter =>
                group.Tags.TryGetValue(filter.Name.Substring(4), out var tag) && filter.Values.Contains(tag.Value)))
            .ToList();
        var first = call.Query.Number("NextToken") ?? 0;
        var page = groups.Skip(first).Take(Math.Min(call.PageLimit ?? MostOfPage, call.Query.Number("MaxRecords") ?? MostOfPage)).ToList();
        body.Element("AutoScalingGroups", () => page.ForEach(group => body.Element("member", () => Write(region, group, body))));
        if (first + page.Count < groups.Count)
        {
            body.Text("NextToken", first + page.Count);
        }
    }

    private static void Write(Ec2Region region, AutoScalingGroup group, XmlBody body)
    {
        body.Text("AutoScalingGroupName", group.Name)
            .Text("DesiredCapacity", group.Desired)
            .Text("CreatedTime", group.CreatedAt)
            .Text("VPCZoneIdentifier", string.Join(",", group.Subnets))
            .Text("Status", group.IsBeingDeleted ? "Delete in progress" : null);
        body.Element("Instances", () => Living(region, group).ForEach(instance => body.Element("member", () => body
            .Text("InstanceId", instance.Id)
            .Text("LifecycleState", "InService"))));
        body.Element("Tags", () => group.Tags.ToList().ForEach(tag => body.Element("member", () => body
            .Text("Key", tag.Key)
            .Text("Value", tag.Value.Value)
            .Text("PropagateAtLaunch", tag.Value.Propagates)
            .Text("ResourceId", group.Name)
            .Text("ResourceType", "auto-scaling-group"))));
    }

    private static void Delete(Ec2Region region, QueryNode query)
    {
        var name = query.Required("AutoScalingGroupName");
        var group = region.AutoScalingGroups.Find(candidate => candidate.Name == name)
            ?? throw new ServiceFaultException(400, "ValidationError", $"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found");
        var living = Living(region, group);
        if (living.Count > 0 && query.Flag("ForceDelete") != true)
        {
            throw new ServiceFaultException(
                400, "ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.");
        }

        group.IsBeingDeleted = true;
        living.ForEach(instance => InstanceLife.TerminateByUser(region, instance));
        Finish(region, group);
    }

    private static void Finish(Ec2Region region, AutoScalingGroup group)
    {
        if (group.InstanceIds.Select(region.Instances.Find).Any(instance => instance is { IsLive: true }))
        {
            region.After(TimeSpan.FromSeconds(1), () => Finish(region, group));
            return;
        }

        region.AutoScalingGroups.Remove(group);
    }

    private static void Fulfil(Ec2Region region, AutoScalingGroup group)
    {
        if (group.IsBeingDeleted || !region.AutoScalingGroups.Contains(group))
        {
            return;
        }

        var missing = group.Desired - Living(region, group).Count;
        if (missing > 0)
        {
            Launch(region, group, missing);
        }

        region.After(Pace, () => Fulfil(region, group));
    }

    private static void Launch(Ec2Region region, AutoScalingGroup group, int count)
    {
        var data = group.Template.Versions[group.TemplateVersion - 1].Data;
        try
        {
            var instances = Launcher.Launch(
                region,
                new LaunchOrder
                {
                    Specification = data,
                    InstanceType = data.Text("InstanceType") ?? "t3.micro",
                    SubnetId = group.Subnets[0],
                    Spot = false,
                    Template = group.Template,
                    TemplateVersion = group.TemplateVersion,
                    Tags = Launcher.TagsOf(data),
                },
                1,
                count,
                region.NewId("r-"));
            foreach (var instance in instances)
            {
                group.InstanceIds.Add(instance.Id);
                region.SetTag(instance, NameTag, group.Name);
                foreach (var tag in group.Tags.Where(tag => tag.Value.Propagates))
                {
                    region.SetTag(instance, tag.Key, tag.Value.Value);
                }
            }
        }
        catch (ServiceFaultException)
        {
            // It tries again at the next look.
        }
    }

    private static List<Instance> Living(Ec2Region region, AutoScalingGroup group) =>
    [
        .. group.InstanceIds.Select(region.Instances.Find)
            .Where(instance => instance is { Status: "pending" or "running" or "stopping" or "stopped" }).Select(instance => instance!),
    ];
}
