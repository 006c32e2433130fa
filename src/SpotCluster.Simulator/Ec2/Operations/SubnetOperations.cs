using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Subnets.</summary>
internal static class SubnetOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateSubnet"] = CreateSubnet;
        table["DescribeSubnets"] = call => call.Describe(call.Region.Subnets, "SubnetId", "subnetSet", subnet => Write(call, subnet));
        table["ModifySubnetAttribute"] = ModifySubnetAttribute;
        table["DeleteSubnet"] = DeleteSubnet;
    }

    public static Subnet Create(Ec2Region region, Vpc vpc, CidrBlock cidr, string zone, bool isDefault)
    {
        var subnet = region.Add(region.Subnets, new Subnet
        {
            Id = region.NewId("subnet-"),
            CreatedAt = region.Now,
            BelongsToAws = isDefault,
            Network = vpc,
            ZoneName = zone,
            ZoneId = region.ZoneId(zone),
            Cidr = cidr,
            DefaultForAz = isDefault,
            MapPublicIpOnLaunch = isDefault,
        });
        region.NetworkAcls.All.First(acl => acl.InVpc == vpc.Id && acl.IsDefault).Associations[subnet.Id] = region.NewId("aclassoc-");
        return subnet;
    }

    private static void CreateSubnet(Ec2Call call)
    {
        var region = call.Region;
        var vpc = region.Require(region.Vpcs, call.Query.Required("VpcId"));
        var cidr = CidrBlock.TryParse(call.Query.Required("CidrBlock"))
            ?? throw AwsFaults.Invalid($"Value ({call.Query.Text("CidrBlock")}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        if (cidr.PrefixLength is < 16 or > 28 || !CidrBlock.TryParse(vpc.CidrBlock)!.Value.Contains(cidr))
        {
            throw new ServiceFaultException(400, "InvalidSubnet.Range", $"The CIDR '{cidr}' is invalid.");
        }

        if (region.Subnets.All.Any(other => other.VpcId == vpc.Id && other.Cidr.Overlaps(cidr)))
        {
            throw new ServiceFaultException(400, "InvalidSubnet.Conflict", $"The CIDR '{cidr}' conflicts with another subnet");
        }

        var zone = call.Query.Text("AvailabilityZone")
            ?? (call.Query.Text("AvailabilityZoneId") is { } id ? region.Info.Zones.FirstOrDefault(name => region.ZoneId(name) == id) : region.Info.Zones[0]);
        if (zone is null || !region.Info.Zones.Contains(zone))
        {
            throw AwsFaults.Invalid(
                $"Value ({zone ?? call.Query.Text("AvailabilityZoneId")}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {string.Join(", ", region.Info.Zones)}.");
        }

        TagRules.Check(call.TagsFor("subnet"));
        var subnet = call.Tagged(Create(region, vpc, cidr, zone, isDefault: false));
        call.Body.Element("subnet", () => Write(call, subnet));
    }

    private static void ModifySubnetAttribute(Ec2Call call)
    {
        var subnet = call.Region.Require(call.Region.Subnets, call.Query.Required("SubnetId"));
        subnet.MapPublicIpOnLaunch = call.Query["MapPublicIpOnLaunch"].Flag("Value") ?? subnet.MapPublicIpOnLaunch;
        call.Ok();
    }

    private static void DeleteSubnet(Ec2Call call)
    {
        var region = call.Region;
        var subnet = region.Require(region.Subnets, call.Query.Required("SubnetId"));
        if (region.Interfaces.All.Any(eni => eni.Subnet == subnet))
        {
            throw AwsFaults.Dependency($"The subnet '{subnet.Id}' has dependencies and cannot be deleted.");
        }

        foreach (var table in region.RouteTables.All)
        {
            table.Associations.RemoveAll(association => association.SubnetId == subnet.Id);
        }

        foreach (var acl in region.NetworkAcls.All)
        {
            acl.Associations.Remove(subnet.Id);
        }

        region.Remove(region.Subnets, subnet);
        call.Ok();
    }

    private static void Write(Ec2Call call, Subnet subnet)
    {
        call.Body.Text("subnetId", subnet.Id)
            .Text("subnetArn", $"arn:aws:ec2:{call.Region.Name}:{call.Account.Id}:subnet/{subnet.Id}")
            .Text("state", subnet.State)
            .Text("ownerId", call.Account.Id)
            .Text("vpcId", subnet.VpcId)
            .Text("cidrBlock", subnet.Cidr.ToString())
            .List("ipv6CidrBlockAssociationSet", [])
            .Text("availableIpAddressCount", subnet.FreeAddresses)
            .Text("availabilityZone", subnet.ZoneName)
            .Text("availabilityZoneId", subnet.ZoneId)
            .Text("defaultForAz", subnet.DefaultForAz)
            .Text("mapPublicIpOnLaunch", subnet.MapPublicIpOnLaunch)
            .Text("assignIpv6AddressOnCreation", false);
        call.WriteTags(subnet);
    }
}
