using Xunit;

namespace SpotCluster.Simulator.Tests;

public sealed class NetworkDependencyTests : SimulatorTests
{
    private const string Region = "eu-west-1";

    [Fact]
    public async Task A_vpc_with_machines_goes_only_in_the_order_of_its_dependencies()
    {
        var region = Cloud.Region(Region);
        var vpc = region.AddVpc();
        var own = region.Live.Where(item => item.VpcId == vpc).ToList();
        var subnets = own.Where(item => item.Kind == "subnet").Select(item => item.Id).ToList();
        var gateway = own.Single(item => item.Kind == "internet-gateway").Id;
        var group = own.Single(item => item.Kind == "security-group").Id;
        foreach (var subnet in subnets)
        {
            await Ec2.DoAsync(Region, "ModifySubnetAttribute", ("SubnetId", subnet), ("MapPublicIpOnLaunch.Value", "true"));
        }

        var machine = region.AddInstances(1, "t3.micro", spot: true, subnets[0])[0];
        await Ec2.DoAsync(Region, "ModifyInstanceAttribute", ("InstanceId", machine), ("GroupId.1", group));

        Assert.Equal("DependencyViolation", await CodeAsync("DeleteVpc", ("VpcId", vpc)));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSubnet", ("SubnetId", subnets[0])));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSecurityGroup", ("GroupId", group)));
        Assert.Equal("DependencyViolation", await CodeAsync("DetachInternetGateway", ("InternetGatewayId", gateway), ("VpcId", vpc)));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteInternetGateway", ("InternetGatewayId", gateway)));

        await Ec2.DoAsync(Region, "TerminateInstances", ("InstanceId.1", machine));
        Assert.Equal("DependencyViolation", await CodeAsync("DetachInternetGateway", ("InternetGatewayId", gateway), ("VpcId", vpc)));
        Clock.Advance(TimeSpan.FromSeconds(30));
        await Ec2.DoAsync(Region, "DetachInternetGateway", ("InternetGatewayId", gateway), ("VpcId", vpc));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSecurityGroup", ("GroupId", group)));
        Clock.Advance(TimeSpan.FromSeconds(5));
        await Ec2.DoAsync(Region, "DeleteInternetGateway", ("InternetGatewayId", gateway));
        await Ec2.DoAsync(Region, "DeleteSecurityGroup", ("GroupId", group));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteVpc", ("VpcId", vpc)));
        foreach (var subnet in subnets)
        {
            await Ec2.DoAsync(Region, "DeleteSubnet", ("SubnetId", subnet));
        }

        await Ec2.DoAsync(Region, "DeleteVpc", ("VpcId", vpc));
        Assert.Equal("InvalidVpcID.NotFound", await CodeAsync("DeleteVpc", ("VpcId", vpc)));
        Assert.Empty(region.Live);
    }

    [Fact]
    public async Task Groups_that_name_each_other_hold_each_other_until_the_rules_are_revoked()
    {
        var vpc = (await Ec2.DoAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16"))).Value("vpcId");
        var one = (await Ec2.DoAsync(Region, "CreateSecurityGroup", ("GroupName", "one"), ("GroupDescription", "x"), ("VpcId", vpc))).Value("groupId");
        var two = (await Ec2.DoAsync(Region, "CreateSecurityGroup", ("GroupName", "two"), ("GroupDescription", "x"), ("VpcId", vpc))).Value("groupId");
        foreach (var (group, other) in new[] { (one, two), (two, one) })
        {
            await Ec2.DoAsync(Region, "AuthorizeSecurityGroupIngress", Rule(group, other));
        }

        Assert.Equal("InvalidPermission.Duplicate", await CodeAsync("AuthorizeSecurityGroupIngress", Rule(one, two)));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSecurityGroup", ("GroupId", one)));
        await Ec2.DoAsync(Region, "RevokeSecurityGroupIngress", Rule(two, one));
        Assert.Equal("InvalidPermission.NotFound", await CodeAsync("RevokeSecurityGroupIngress", Rule(two, one)));
        await Ec2.DoAsync(Region, "DeleteSecurityGroup", ("GroupId", one));
        await Ec2.DoAsync(Region, "DeleteSecurityGroup", ("GroupId", two));

        static (string, string)[] Rule(string group, string other) =>
        [
            ("GroupId", group), ("IpPermissions.1.IpProtocol", "tcp"), ("IpPermissions.1.FromPort", "22"),
            ("IpPermissions.1.ToPort", "22"), ("IpPermissions.1.Groups.1.GroupId", other),
        ];
    }

    [Fact]
    public async Task The_default_group_and_the_main_route_table_cannot_be_deleted()
    {
        var vpc = (await Ec2.DoAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16"))).Value("vpcId");
        var group = await Ec2.DoAsync(Region, "DescribeSecurityGroups", ("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc));
        Assert.Equal("CannotDelete", await CodeAsync("DeleteSecurityGroup", ("GroupId", group.Value("groupId"))));
        var table = await Ec2.DoAsync(Region, "DescribeRouteTables", ("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc));
        Assert.Equal("true", table.Value("main"));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteRouteTable", ("RouteTableId", table.Value("routeTableId"))));
        var acl = await Ec2.DoAsync(Region, "DescribeNetworkAcls", ("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc));
        Assert.Equal("InvalidParameterValue", await CodeAsync("DeleteNetworkAcl", ("NetworkAclId", acl.Value("networkAclId"))));
        await Ec2.DoAsync(Region, "DeleteVpc", ("VpcId", vpc));
    }

    [Fact]
    public async Task Five_vpcs_are_the_limit_and_subnets_must_fit()
    {
        var vpcs = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            vpcs.Add((await Ec2.DoAsync(Region, "CreateVpc", ("CidrBlock", $"10.{i}.0.0/16"))).Value("vpcId"));
        }

        Assert.Equal("VpcLimitExceeded", await CodeAsync("CreateVpc", ("CidrBlock", "10.9.0.0/16")));
        Assert.Equal("InvalidSubnet.Range", await CodeAsync("CreateSubnet", ("VpcId", vpcs[0]), ("CidrBlock", "10.1.0.0/24")));
        await Ec2.DoAsync(Region, "CreateSubnet", ("VpcId", vpcs[0]), ("CidrBlock", "10.0.0.0/24"));
        Assert.Equal("InvalidSubnet.Conflict", await CodeAsync("CreateSubnet", ("VpcId", vpcs[0]), ("CidrBlock", "10.0.0.128/25")));
        Assert.Equal("InvalidParameterValue", await CodeAsync("CreateSubnet", ("VpcId", vpcs[0]), ("CidrBlock", "10.0.1.0/24"), ("AvailabilityZone", "eu-west-1z")));
    }

    [Fact]
    public async Task An_interface_of_another_service_blocks_and_cannot_be_deleted_by_the_owner()
    {
        var region = Cloud.Region(Region);
        var vpc = region.AddVpc();
        var subnet = region.Live.First(item => item.Kind == "subnet" && item.VpcId == vpc).Id;
        var eni = region.AddServiceInterface(subnet);
        Assert.Equal("OperationNotPermitted", await CodeAsync("DeleteNetworkInterface", ("NetworkInterfaceId", eni)));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSubnet", ("SubnetId", subnet)));
        var described = await Ec2.DoAsync(Region, "DescribeNetworkInterfaces", ("NetworkInterfaceId.1", eni));
        Assert.Equal("true", described.Value("requesterManaged"));
        region.RemoveServiceInterface(eni);
        await Ec2.DoAsync(Region, "DeleteSubnet", ("SubnetId", subnet));
    }

    [Fact]
    public async Task Nat_gateways_and_endpoints_come_and_go_slowly_and_hold_what_they_use()
    {
        var region = Cloud.Region(Region);
        var vpc = region.AddVpc();
        var subnets = region.Live.Where(item => item.Kind == "subnet" && item.VpcId == vpc).Select(item => item.Id).ToList();
        var address = (await Ec2.DoAsync(Region, "AllocateAddress", ("Domain", "vpc"))).Value("allocationId");
        var nat = (await Ec2.DoAsync(Region, "CreateNatGateway", ("SubnetId", subnets[0]), ("AllocationId", address))).Value("natGatewayId");
        var endpoint = (await Ec2.DoAsync(Region, "CreateVpcEndpoint", ("VpcId", vpc), ("ServiceName", $"com.amazonaws.{Region}.ssm"), ("VpcEndpointType", "Interface"), ("SubnetId.1", subnets[1]))).Value("vpcEndpointId");
        Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("available", (await Ec2.DoAsync(Region, "DescribeNatGateways", ("NatGatewayId.1", nat))).Document.Descendants("item").First().Element("state")!.Value);
        Assert.Equal("InvalidIPAddress.InUse", await CodeAsync("ReleaseAddress", ("AllocationId", address)));
        Assert.Equal("AuthFailure", await CodeAsync("DisassociateAddress", ("AssociationId", (await Ec2.DoAsync(Region, "DescribeAddresses")).Value("associationId"))));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSubnet", ("SubnetId", subnets[0])));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSubnet", ("SubnetId", subnets[1])));
        await Ec2.DoAsync(Region, "DeleteNatGateway", ("NatGatewayId", nat));
        await Ec2.DoAsync(Region, "DeleteVpcEndpoints", ("VpcEndpointId.1", endpoint));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSubnet", ("SubnetId", subnets[0])));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteSubnet", ("SubnetId", subnets[1])));
        Clock.Advance(TimeSpan.FromSeconds(20));
        await Ec2.DoAsync(Region, "ReleaseAddress", ("AllocationId", address));
        await Ec2.DoAsync(Region, "DeleteSubnet", ("SubnetId", subnets[0]));
        await Ec2.DoAsync(Region, "DeleteSubnet", ("SubnetId", subnets[1]));
        var unknown = await Ec2.DoAsync(Region, "DeleteVpcEndpoints", ("VpcEndpointId.1", "vpce-0123456789abcdef0"));
        Assert.Equal("InvalidVpcEndpointId.NotFound", unknown.Value("code"));
    }

    [Fact]
    public async Task The_other_parts_of_a_vpc_hold_it_too()
    {
        var vpc = (await Ec2.DoAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16"))).Value("vpcId");
        var peer = (await Ec2.DoAsync(Region, "CreateVpc", ("CidrBlock", "10.1.0.0/16"))).Value("vpcId");
        (string Delete, string Parameter, string Id)[] parts =
        [
            ("DeleteRouteTable", "RouteTableId", (await Ec2.DoAsync(Region, "CreateRouteTable", ("VpcId", vpc))).Value("routeTableId")),
            ("DeleteNetworkAcl", "NetworkAclId", (await Ec2.DoAsync(Region, "CreateNetworkAcl", ("VpcId", vpc))).Value("networkAclId")),
            ("DeleteEgressOnlyInternetGateway", "EgressOnlyInternetGatewayId", (await Ec2.DoAsync(Region, "CreateEgressOnlyInternetGateway", ("VpcId", vpc))).Value("egressOnlyInternetGatewayId")),
            ("DeleteVpcPeeringConnection", "VpcPeeringConnectionId", (await Ec2.DoAsync(Region, "CreateVpcPeeringConnection", ("VpcId", vpc), ("PeerVpcId", peer))).Value("vpcPeeringConnectionId")),
        ];
        foreach (var (delete, parameter, id) in parts)
        {
            Assert.Equal("DependencyViolation", await CodeAsync("DeleteVpc", ("VpcId", vpc)));
            await Ec2.DoAsync(Region, delete, (parameter, id));
        }

        var options = (await Ec2.DoAsync(Region, "CreateDhcpOptions", ("DhcpConfiguration.1.Key", "domain-name"), ("DhcpConfiguration.1.Value.1", "example.org"))).Value("dhcpOptionsId");
        await Ec2.DoAsync(Region, "AssociateDhcpOptions", ("DhcpOptionsId", options), ("VpcId", vpc));
        Assert.Equal("DependencyViolation", await CodeAsync("DeleteDhcpOptions", ("DhcpOptionsId", options)));
        await Ec2.DoAsync(Region, "DeleteVpc", ("VpcId", vpc));
        await Ec2.DoAsync(Region, "DeleteDhcpOptions", ("DhcpOptionsId", options));
    }

    [Fact]
    public async Task Volumes_snapshots_and_images_hold_each_other_as_they_do()
    {
        var region = Cloud.Region(Region);
        var machine = region.AddInstances(1, spot: false)[0];
        var volume = (await Ec2.DoAsync(Region, "DescribeVolumes", ("Filter.1.Name", "attachment.instance-id"), ("Filter.1.Value.1", machine))).Value("volumeId");
        Assert.Equal("VolumeInUse", await CodeAsync("DeleteVolume", ("VolumeId", volume)));
        var image = (await Ec2.DoAsync(Region, "CreateImage", ("InstanceId", machine), ("Name", "golden"))).Value("imageId");
        Assert.Equal("InvalidAMIID.Unavailable", await CodeAsync("RunInstances", ("ImageId", image), ("InstanceType", "t3.micro"), ("MinCount", "1"), ("MaxCount", "1")));
        Clock.Advance(TimeSpan.FromSeconds(20));
        await Ec2.DoAsync(Region, "RunInstances", ("ImageId", image), ("InstanceType", "t3.micro"), ("MinCount", "1"), ("MaxCount", "1"));
        var snapshot = (await Ec2.DoAsync(Region, "DescribeSnapshots", ("Owner.1", "self"))).Value("snapshotId");
        Assert.Equal("InvalidSnapshot.InUse", await CodeAsync("DeleteSnapshot", ("SnapshotId", snapshot)));
        await Ec2.DoAsync(Region, "DeregisterImage", ("ImageId", image));
        await Ec2.DoAsync(Region, "DeleteSnapshot", ("SnapshotId", snapshot));
        Assert.DoesNotContain(region.Live, item => item.Kind is "image" or "snapshot");
    }

    private async Task<string?> CodeAsync(string operation, params (string Name, string Value)[] parameters) =>
        (await Ec2.CallAsync(Region, operation, parameters)).Code;
}
