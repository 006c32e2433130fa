using System.Xml.Linq;
using SpotCluster.Simulator.Ec2;
using SpotCluster.Simulator.Ec2.Operations;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator;

/// <summary>A resource at one moment.</summary>
/// <param name="Id">AWS's id.</param>
/// <param name="Kind">AWS's name of the kind, as in DescribeTags.</param>
/// <param name="Region">The region.</param>
/// <param name="Zone">The zone; null where the kind has none.</param>
/// <param name="VpcId">The VPC that it is in; null for none.</param>
/// <param name="State">AWS's word for the state; empty where the kind has none.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Tags">Its tags.</param>
public sealed record SimulatedResource(
    string Id,
    string Kind,
    string Region,
    string? Zone,
    string? VpcId,
    string State,
    DateTimeOffset CreatedAt,
    IReadOnlyDictionary<string, string> Tags);

/// <summary>A machine at one moment.</summary>
/// <param name="Id">AWS's id.</param>
/// <param name="Region">The region.</param>
/// <param name="Zone">The zone.</param>
/// <param name="InstanceType">The type.</param>
/// <param name="State">pending, running, shutting-down, terminated, stopping or stopped.</param>
/// <param name="IsSpot">True for a spot machine.</param>
/// <param name="VpcId">The VPC; null once it is terminated.</param>
/// <param name="SubnetId">The subnet.</param>
/// <param name="PublicIp">The public address; null for none.</param>
/// <param name="LaunchedAt">When it was launched.</param>
/// <param name="TerminatedAt">When it was terminated; null while it lives.</param>
/// <param name="ClientToken">Token of the call that launched it; null for none.</param>
/// <param name="UserData">User data in base64; null for none.</param>
/// <param name="Tags">Its tags.</param>
public sealed record SimulatedInstance(
    string Id,
    string Region,
    string Zone,
    string InstanceType,
    string State,
    bool IsSpot,
    string? VpcId,
    string SubnetId,
    string? PublicIp,
    DateTimeOffset LaunchedAt,
    DateTimeOffset? TerminatedAt,
    string? ClientToken,
    string? UserData,
    IReadOnlyDictionary<string, string> Tags);

/// <summary>
/// A region seen by its owner, past every fault, limit and denial: what is in it, and ways to fill it before a test.
/// Everything returned is a copy.
/// </summary>
public sealed class SimulatedRegion
{
    private readonly Ec2Region _region;

    internal SimulatedRegion(Ec2Region region) => _region = region;

    /// <summary>The region's name.</summary>
    public string Name => _region.Name;

    /// <summary>Names of its zones.</summary>
    public IReadOnlyList<string> Zones => _region.Info.Zones;

    /// <summary>Every machine that is still visible, terminated ones too.</summary>
    public IReadOnlyList<SimulatedInstance> Instances => Read(region => region.Instances.All.Select(Copy).ToList());

    /// <summary>Machines that are not terminated.</summary>
    public IReadOnlyList<SimulatedInstance> LiveInstances => Read(region => region.Instances.All.Where(instance => instance.IsLive).Select(Copy).ToList());

    /// <summary>Every resource that is still visible, except what AWS made.</summary>
    public IReadOnlyList<SimulatedResource> Resources => Read(region => region.All.Where(item => !item.BelongsToAws).Select(Copy).ToList());

    /// <summary>
    /// Resources that somebody made and that still live. What is born and gone with another resource (rules of a group, the
    /// default group, main route table and default network ACL of a VPC) is not listed by itself.
    /// </summary>
    public IReadOnlyList<SimulatedResource> Live => Read(region => region.All.Where(IsOwnAndLive).Select(Copy).ToList());

    /// <summary>The resource of an id; null when it is not there.</summary>
    public SimulatedResource? Find(string id) => Read(region => region.All.Where(item => item.Id == id).Select(Copy).FirstOrDefault());

    /// <summary>Makes an image of a snapshot that another one is made of, too.</summary>
    internal void ShareSnapshot(string imageId, string snapshotId) =>
        Read(region => region.Images.All.Single(image => image.Id == imageId).RootSnapshotId = snapshotId);

    /// <summary>The spot price of a pool now, in USD per hour.</summary>
    public decimal SpotPrice(string zone, string instanceType) =>
        Read(region => region.Market.PriceAt(zone, TypeOf(instanceType), region.Now).Price);

    /// <summary>The on-demand price, in USD per hour.</summary>
    public decimal OnDemandPrice(string instanceType) => Read(region => region.Market.OnDemandPrice(TypeOf(instanceType)));

    /// <summary>True when a zone has a type.</summary>
    public bool Offers(string zone, string instanceType) => InstanceTypeCatalog.IsOffered(_region.Info, zone, TypeOf(instanceType));

    /// <summary>Sets how many spot machines a pool holds in all; <c>*</c> stands for every zone or type.</summary>
    public void SetCapacity(string zone, string instanceType, int machines) => Change(region => region.Market.SetCapacity(zone, instanceType, machines));

    /// <summary>Fixes the spot price of a pool from now on, in USD per hour; null lets it float again. What it was stays in the history.</summary>
    public void SetSpotPrice(string zone, string instanceType, decimal? price) => Change(region => region.Market.SetPrice(zone, instanceType, price, region.Now));

    /// <summary>Sets a quota by AWS's code, for example L-34B43A08 (vCPUs of standard spot machines) or L-F678F1CE (VPCs).</summary>
    public void SetQuota(string code, double value) => _region.Account.SetQuota(_region.Name, code, value);

    /// <summary>
    /// Does an operation as the owner would, past throttling, faults and denials, without log and without time:
    /// <c>Call("CreateVpc", ("CidrBlock", "10.0.0.0/16"))</c>.
    /// </summary>
    /// <returns>The answer, without namespaces.</returns>
    /// <exception cref="ServiceFaultException">EC2 refuses.</exception>
    public XElement Call(string operation, params (string Name, string Value)[] parameters) =>
        XElement.Parse($"<answer>{Ec2Service.Run(_region, operation, parameters.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal))}</answer>");

    /// <summary>Makes a VPC with one subnet per zone, an internet gateway and a security group, with the given tags on each.</summary>
    /// <returns>The id of the VPC.</returns>
    public string AddVpc(string cidrPrefix = "10.77", params (string Key, string Value)[] tags)
    {
        var vpcId = Call("CreateVpc", [("CidrBlock", cidrPrefix + ".0.0/16"), .. TagParameters("vpc", tags)]).Descendants("vpcId").First().Value;
        for (var i = 0; i < Zones.Count; i++)
        {
            Call("CreateSubnet", [("VpcId", vpcId), ("AvailabilityZone", Zones[i]), ("CidrBlock", FormattableString.Invariant($"{cidrPrefix}.{i * 16}.0/20")), .. TagParameters("subnet", tags)]);
        }

        var gatewayId = Call("CreateInternetGateway", [.. TagParameters("internet-gateway", tags)]).Descendants("internetGatewayId").First().Value;
        Call("AttachInternetGateway", ("InternetGatewayId", gatewayId), ("VpcId", vpcId));
        Call("CreateSecurityGroup", [("GroupName", "machines"), ("GroupDescription", "machines"), ("VpcId", vpcId), .. TagParameters("security-group", tags)]);
        return vpcId;
    }

    /// <summary>Makes running machines past market, capacity and quota. With no subnet they are in the default VPC.</summary>
    /// <returns>Their ids.</returns>
    public IReadOnlyList<string> AddInstances(
        int count, string instanceType = "t3.micro", bool spot = true, string? subnetId = null, params (string Key, string Value)[] tags) => Read(region =>
    {
        var type = TypeOf(instanceType);
        var image = region.Images.All.First(item => item.Architecture == type.Architecture);
        var order = new LaunchOrder
        {
            Specification = Aws.QueryNode.Parse([new KeyValuePair<string, string>("ImageId", image.Id)]),
            InstanceType = instanceType,
            SubnetId = subnetId,
            Spot = spot,
            Unlimited = true,
            Tags = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal)
            {
                ["instance"] = tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
                ["volume"] = tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
            },
        };
        var instances = Launcher.Launch(region, order, count, count, region.NewId("r-"));
        foreach (var instance in instances)
        {
            InstanceLife.Start(region, instance);
        }

        return instances.Select(instance => instance.Id).ToList();
    });

    /// <summary>
    /// Makes an Auto Scaling group with a launch template of its own in the default VPC. It launches its instances within
    /// seconds and replaces them.
    /// </summary>
    public void AddAutoScalingGroup(string name, int desired, bool propagates = true, params (string Key, string Value)[] tags)
    {
        var image = Call("DescribeImages").Descendants("imageId").First().Value;
        var template = Call(
            "CreateLaunchTemplate", ("LaunchTemplateName", name + "-template"), ("LaunchTemplateData.ImageId", image), ("LaunchTemplateData.InstanceType", "t3.micro"))
            .Descendants("launchTemplateId").First().Value;
        var subnet = Read(region => region.Subnets.All.First(item => item.DefaultForAz).Id);
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("AutoScalingGroupName", name),
            new("LaunchTemplate.LaunchTemplateId", template),
            new("VPCZoneIdentifier", subnet),
            new("DesiredCapacity", desired.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        };
        for (var index = 0; index < tags.Length; index++)
        {
            var prefix = FormattableString.Invariant($"Tags.member.{index + 1}.");
            parameters.Add(new(prefix + "Key", tags[index].Key));
            parameters.Add(new(prefix + "Value", tags[index].Value));
            parameters.Add(new(prefix + "PropagateAtLaunch", propagates ? "true" : "false"));
        }

        Change(region => Aws.AutoScalingService.Create(region, Aws.QueryNode.Parse(parameters)));
    }

    /// <summary>Names of the Auto Scaling groups.</summary>
    public IReadOnlyList<string> AutoScalingGroups => Read(region => region.AutoScalingGroups.ConvertAll(group => group.Name));

    /// <summary>Makes an application load balancer with an interface in each of the subnets.</summary>
    /// <returns>Its ARN.</returns>
    public string AddLoadBalancer(string name, IReadOnlyList<string> subnets, params (string Key, string Value)[] tags) => Read(region =>
        Aws.LoadBalancingService.Create(region, name, subnets, tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal)).Arn);

    /// <summary>ARNs of the load balancers.</summary>
    public IReadOnlyList<string> LoadBalancers => Read(region => region.LoadBalancers.ConvertAll(balancer => balancer.Arn));

    /// <summary>Lets the tagging API show a resource of a service that is not played.</summary>
    public void AddTagged(string arn, params (string Key, string Value)[] tags) =>
        Change(region => region.TaggedElsewhere[arn] = tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal));

    /// <summary>Makes a network interface of another service (a load balancer, a function) that its VPC's owner cannot delete.</summary>
    /// <returns>Its id.</returns>
    public string AddServiceInterface(string subnetId, string requesterId = "amazon-elb", string description = "ELB app/frontend/50dc6c495c0c9188") => Read(region =>
    {
        var subnet = region.Require(region.Subnets, subnetId);
        var group = region.SecurityGroups.All.First(item => item.VpcId == subnet.VpcId && item.IsDefault);
        return InterfaceOperations.Create(region, subnet, [group], description, "interface", requesterId).Id;
    });

    /// <summary>Takes away a network interface that <see cref="AddServiceInterface"/> made, as its service would.</summary>
    public void RemoveServiceInterface(string interfaceId) => Change(region => InterfaceOperations.Remove(region, region.Require(region.Interfaces, interfaceId)));

    private static IEnumerable<(string Name, string Value)> TagParameters(string kind, (string Key, string Value)[] tags)
    {
        if (tags.Length > 0)
        {
            yield return ("TagSpecification.1.ResourceType", kind);
        }

        for (var i = 0; i < tags.Length; i++)
        {
            yield return (FormattableString.Invariant($"TagSpecification.1.Tag.{i + 1}.Key"), tags[i].Key);
            yield return (FormattableString.Invariant($"TagSpecification.1.Tag.{i + 1}.Value"), tags[i].Value);
        }
    }

    private static InstanceTypeInfo TypeOf(string name) =>
        InstanceTypeCatalog.Find(name) ?? throw new ArgumentException($"The simulator has no instance type '{name}'.", nameof(name));

    private static bool IsOwnAndLive(Ec2Resource item) =>
        !item.BelongsToAws && item.IsLive && item is not SecurityGroupRule && item switch
        {
            SecurityGroup group => !group.IsDefault,
            RouteTable table => !table.IsMain,
            NetworkAcl acl => !acl.IsDefault,
            _ => true,
        };

    private static Dictionary<string, string> CopyTags(Ec2Resource item) =>
        item.Tags.ToDictionary(tag => tag.Key, tag => tag.Value.Value, StringComparer.Ordinal);

    private SimulatedResource Copy(Ec2Resource item) =>
        new(item.Id, item.Kind, Name, item.Zone, item.VpcId, item.State, item.CreatedAt, CopyTags(item));

    private SimulatedInstance Copy(Instance instance) => new(
        instance.Id,
        Name,
        instance.Zone,
        instance.Type.Name,
        instance.Status,
        instance.IsSpot,
        instance.VpcId,
        instance.Subnet.Id,
        instance.PublicIp,
        instance.LaunchedAt,
        instance.TerminatedAt,
        instance.ClientToken,
        instance.Specification.Text("UserData"),
        CopyTags(instance));

    private T Read<T>(Func<Ec2Region, T> read)
    {
        lock (_region.Gate)
        {
            _region.CatchUp();
            return read(_region);
        }
    }

    private void Change(Action<Ec2Region> change) => Read(region =>
    {
        change(region);
        return true;
    });
}
