using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>VPCs and DHCP option sets.</summary>
internal static class VpcOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateVpc"] = CreateVpc;
        table["CreateDefaultVpc"] = CreateDefaultVpc;
        table["DescribeVpcs"] = call => call.Describe(call.Region.Vpcs, "VpcId", "vpcSet", vpc => Write(call, vpc));
        table["ModifyVpcAttribute"] = ModifyVpcAttribute;
        table["DescribeVpcAttribute"] = DescribeVpcAttribute;
        table["DeleteVpc"] = DeleteVpc;
        table["CreateDhcpOptions"] = CreateDhcpOptions;
        table["AssociateDhcpOptions"] = AssociateDhcpOptions;
        table["DescribeDhcpOptions"] = call => call.Describe(call.Region.DhcpOptionSets, "DhcpOptionsId", "dhcpOptionsSet", options => WriteDhcp(call, options));
        table["DeleteDhcpOptions"] = DeleteDhcpOptions;
    }

    /// <summary>Makes a VPC with what every VPC is born with: main route table, default group, default network ACL.</summary>
    public static Vpc Create(Ec2Region region, CidrBlock cidr, bool isDefault)
    {
        var vpc = region.Add(region.Vpcs, new Vpc
        {
            Id = region.NewId("vpc-"),
            CreatedAt = region.Now,
            BelongsToAws = isDefault,
            CidrBlock = cidr.ToString(),
            AssociationId = region.NewId("vpc-cidr-assoc-"),
            DhcpOptionsId = region.DhcpOptionSets.All.First().Id,
            IsDefault = isDefault,
            EnableDnsHostnames = isDefault,
        });
        var table = region.Add(region.RouteTables, new RouteTable
        {
            Id = region.NewId("rtb-"),
            CreatedAt = region.Now,
            BelongsToAws = isDefault,
            InVpc = vpc.Id,
        });
        table.Associations.Add(new RouteTableAssociation { Id = region.NewId("rtbassoc-"), Main = true });
        table.Routes.Add(new Route { Destination = vpc.CidrBlock, Target = "local", Origin = "CreateRouteTable" });
        SecurityGroupOperations.Create(region, vpc, "default", "default VPC security group", isDefault);
        region.Add(region.NetworkAcls, new NetworkAcl
        {
            Id = region.NewId("acl-"),
            CreatedAt = region.Now,
            BelongsToAws = isDefault,
            InVpc = vpc.Id,
            IsDefault = true,
        });
        return vpc;
    }

    private static void CreateVpc(Ec2Call call)
    {
        var cidr = CidrBlock.TryParse(call.Query.Required("CidrBlock"))
            ?? throw AwsFaults.Invalid($"Value ({call.Query.Text("CidrBlock")}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        if (cidr.PrefixLength is < 16 or > 28)
        {
            throw new ServiceFaultException(400, "InvalidVpc.Range", $"The CIDR '{cidr}' is invalid.");
        }

        if (call.Region.Vpcs.Count >= call.Account.QuotaOf(call.Region.Name, Quotas.VpcsPerRegion))
        {
            throw new ServiceFaultException(400, "VpcLimitExceeded", "The maximum number of VPCs has been reached.");
        }

        TagRules.Check(call.TagsFor("vpc"));
        var vpc = call.Tagged(Create(call.Region, cidr, isDefault: false));
        call.Body.Element("vpc", () => Write(call, vpc, "pending"));
    }

    private static void CreateDefaultVpc(Ec2Call call)
    {
        if (call.Region.Vpcs.All.Any(vpc => vpc.IsDefault))
        {
            throw new ServiceFaultException(400, "DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.");
        }

        var vpc = RegionSetup.AddDefaultVpc(call.Region);
        call.Body.Element("vpc", () => Write(call, vpc));
    }

    private static void ModifyVpcAttribute(Ec2Call call)
    {
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        vpc.EnableDnsSupport = call.Query["EnableDnsSupport"].Flag("Value") ?? vpc.EnableDnsSupport;
        vpc.EnableDnsHostnames = call.Query["EnableDnsHostnames"].Flag("Value") ?? vpc.EnableDnsHostnames;
        call.Ok();
    }

    private static void DescribeVpcAttribute(Ec2Call call)
    {
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        call.Body.Text("vpcId", vpc.Id);
        switch (call.Query.Required("Attribute"))
        {
            case "enableDnsSupport":
                call.Body.Element("enableDnsSupport", () => call.Body.Text("value", vpc.EnableDnsSupport));
                break;
            case "enableDnsHostnames":
                call.Body.Element("enableDnsHostnames", () => call.Body.Text("value", vpc.EnableDnsHostnames));
                break;
            default:
                throw AwsFaults.Invalid($"Value ({call.Query.Text("Attribute")}) for parameter attribute is invalid.");
        }
    }

    private static void DeleteVpc(Ec2Call call)
    {
        var region = call.Region;
        var vpc = region.Require(region.Vpcs, call.Query.Required("VpcId"));
        var blocked =
            region.Subnets.All.Any(subnet => subnet.VpcId == vpc.Id)
            || region.Interfaces.All.Any(eni => eni.VpcId == vpc.Id)
            || region.SecurityGroups.All.Any(group => group.VpcId == vpc.Id && !group.IsDefault)
            || region.SecurityGroups.All.Any(group => group.VpcId != vpc.Id
                && group.Rules.Any(rule => region.SecurityGroups.Find(rule.ReferencedGroupId)?.VpcId == vpc.Id))
            || region.RouteTables.All.Any(table => table.VpcId == vpc.Id && !table.IsMain)
            || region.NetworkAcls.All.Any(acl => acl.VpcId == vpc.Id && !acl.IsDefault)
            || region.InternetGateways.All.Any(gateway => gateway.AttachedTo == vpc.Id)
            || region.EgressOnlyGateways.All.Any(gateway => gateway.AttachedTo == vpc.Id)
            || region.Endpoints.All.Any(endpoint => endpoint.VpcId == vpc.Id && endpoint.IsLive)
            || region.NatGateways.All.Any(gateway => gateway.VpcId == vpc.Id && gateway.Status is not ("deleted" or "failed"))
            || region.Peerings.All.Any(peering => peering.IsLive && (peering.Requester == vpc.Id || peering.Accepter == vpc.Id))
            || RareOperations.Holds(region, vpc.Id);
        if (blocked)
        {
            throw AwsFaults.Dependency($"The vpc '{vpc.Id}' has dependencies and cannot be deleted.");
        }

        foreach (var table in region.RouteTables.All.Where(table => table.VpcId == vpc.Id).ToList())
        {
            region.Remove(region.RouteTables, table);
        }

        foreach (var group in region.SecurityGroups.All.Where(group => group.VpcId == vpc.Id).ToList())
        {
            SecurityGroupOperations.Remove(region, group);
        }

        foreach (var acl in region.NetworkAcls.All.Where(acl => acl.VpcId == vpc.Id).ToList())
        {
            region.Remove(region.NetworkAcls, acl);
        }

        region.Remove(region.Vpcs, vpc);
        call.Ok();
    }

    private static void Write(Ec2Call call, Vpc vpc, string? state = null)
    {
        call.Body.Text("vpcId", vpc.Id)
            .Text("ownerId", call.Account.Id)
            .Text("state", state ?? vpc.State)
            .Text("cidrBlock", vpc.CidrBlock)
            .List("cidrBlockAssociationSet", [vpc], _ => call.Body
                .Text("cidrBlock", vpc.CidrBlock)
                .Text("associationId", vpc.AssociationId)
                .Element("cidrBlockState", () => call.Body.Text("state", "associated")))
            .Text("dhcpOptionsId", vpc.DhcpOptionsId)
            .Text("instanceTenancy", "default")
            .Text("isDefault", vpc.IsDefault);
        call.WriteTags(vpc);
    }

    private static void CreateDhcpOptions(Ec2Call call)
    {
        var configuration = call.Query.List("DhcpConfiguration")
            .ToDictionary(item => item.Required("Key"), item => item.Texts("Value"), StringComparer.Ordinal);
        if (configuration.Count == 0)
        {
            throw AwsFaults.Missing("DhcpConfiguration");
        }

        TagRules.Check(call.TagsFor("dhcp-options"));
        var options = call.Tagged(call.Region.Add(call.Region.DhcpOptionSets, new DhcpOptions
        {
            Id = call.Region.NewId("dopt-"),
            CreatedAt = call.Now,
            Configuration = configuration,
        }));
        call.Body.Element("dhcpOptions", () => WriteDhcp(call, options));
    }

    private static void AssociateDhcpOptions(Ec2Call call)
    {
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        var id = call.Query.Required("DhcpOptionsId");
        vpc.DhcpOptionsId = id == "default" ? "default" : call.Region.Require(call.Region.DhcpOptionSets, id).Id;
        call.Ok();
    }

    private static void DeleteDhcpOptions(Ec2Call call)
    {
        var options = call.Region.Require(call.Region.DhcpOptionSets, call.Query.Required("DhcpOptionsId"));
        if (call.Region.Vpcs.All.Any(vpc => vpc.DhcpOptionsId == options.Id))
        {
            throw AwsFaults.Dependency($"The dhcpOptions '{options.Id}' has dependencies and cannot be deleted.");
        }

        call.Region.Remove(call.Region.DhcpOptionSets, options);
        call.Ok();
    }

    private static void WriteDhcp(Ec2Call call, DhcpOptions options)
    {
        call.Body.Text("dhcpOptionsId", options.Id)
            .Text("ownerId", call.Account.Id)
            .List("dhcpConfigurationSet", options.Configuration, pair => call.Body
                .Text("key", pair.Key)
                .List("valueSet", pair.Value, value => call.Body.Text("value", value)));
        call.WriteTags(options);
    }
}
