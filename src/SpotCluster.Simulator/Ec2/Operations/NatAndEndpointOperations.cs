using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>NAT gateways and VPC endpoints: what comes and goes slowly, and holds network interfaces meanwhile.</summary>
internal static class NatAndEndpointOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateNatGateway"] = CreateNatGateway;
        table["DescribeNatGateways"] = call => call.Describe(call.Region.NatGateways, "NatGatewayId", "natGatewaySet", gateway => WriteNat(call, gateway));
        table["DeleteNatGateway"] = DeleteNatGateway;
        table["CreateVpcEndpoint"] = CreateVpcEndpoint;
        table["DescribeVpcEndpoints"] = call => call.Describe(call.Region.Endpoints, "VpcEndpointId", "vpcEndpointSet", endpoint => WriteEndpoint(call, endpoint));
        table["DeleteVpcEndpoints"] = DeleteVpcEndpoints;
    }

    private static void CreateNatGateway(Ec2Call call)
    {
        var region = call.Region;
        var subnet = region.Require(region.Subnets, call.Query.Required("SubnetId"));
        var isPublic = (call.Query.Text("ConnectivityType") ?? "public") == "public";
        var address = isPublic ? region.Require(region.Addresses, call.Query.Required("AllocationId")) : null;
        if (address?.Interface is not null)
        {
            throw new ServiceFaultException(400, "Resource.AlreadyAssociated", $"Elastic IP address [{address.Id}] is already associated");
        }

        TagRules.Check(call.TagsFor("natgateway"));
        var eni = InterfaceOperations.Create(region, subnet, [], "Interface for NAT Gateway", "nat_gateway", call.Account.Id);
        var gateway = call.Tagged(region.Add(region.NatGateways, new NatGateway
        {
            Id = region.NewId("nat-"),
            CreatedAt = call.Now,
            Interface = eni,
            Address = address,
        }));
        if (address is not null)
        {
            AddressOperations.Associate(region, address, eni);
        }

        region.After(region.Options.AsyncResourceTime, () => gateway.Status = gateway.Status == "pending" ? "available" : gateway.Status);
        call.Body.Element("natGateway", () => WriteNat(call, gateway));
    }

    private static void DeleteNatGateway(Ec2Call call)
    {
        var region = call.Region;
        var gateway = region.Require(region.NatGateways, call.Query.Required("NatGatewayId"));
        if (gateway.Status is "pending" or "available")
        {
            gateway.Status = "deleting";
            region.After(region.Options.AsyncResourceTime, () =>
            {
                InterfaceOperations.Remove(region, gateway.Interface);
                gateway.Status = "deleted";
                gateway.DeletedAt = region.Now;
                region.After(region.Options.TerminatedVisible, () => region.Remove(region.NatGateways, gateway));
            });
        }

        call.Body.Text("natGatewayId", gateway.Id);
    }

    private static void WriteNat(Ec2Call call, NatGateway gateway)
    {
        call.Body.Text("natGatewayId", gateway.Id)
            .Text("subnetId", gateway.Interface.Subnet.Id)
            .Text("vpcId", gateway.VpcId)
            .Text("state", gateway.Status)
            .Text("createTime", gateway.CreatedAt)
            .Text("deleteTime", gateway.DeletedAt)
            .Text("connectivityType", gateway.Address is null ? "private" : "public")
            .List("natGatewayAddressSet", [gateway], _ => call.Body
                .Text("networkInterfaceId", gateway.Interface.Id)
                .Text("privateIp", gateway.Interface.PrivateIp)
                .Text("publicIp", gateway.Address?.PublicIp)
                .Text("allocationId", gateway.Address?.Id));
        call.WriteTags(gateway);
    }

    private static void CreateVpcEndpoint(Ec2Call call)
    {
        var region = call.Region;
        var vpc = region.Require(region.Vpcs, call.Query.Required("VpcId"));
        var type = call.Query.Text("VpcEndpointType") ?? "Gateway";
        var subnets = call.Query.Texts("SubnetId").Select(id => region.Require(region.Subnets, id)).ToList();
        var groups = call.Query.Texts("SecurityGroupId").Select(id => region.Require(region.SecurityGroups, id)).ToList();
        var tables = call.Query.Texts("RouteTableId").Select(id => region.Require(region.RouteTables, id).Id).ToList();
        if (groups.Count == 0)
        {
            groups = [region.SecurityGroups.All.First(group => group.VpcId == vpc.Id && group.IsDefault)];
        }

        TagRules.Check(call.TagsFor("vpc-endpoint"));
        var endpoint = call.Tagged(region.Add(region.Endpoints, new VpcEndpoint
        {
            Id = region.NewId("vpce-"),
            CreatedAt = call.Now,
            InVpc = vpc.Id,
            ServiceName = call.Query.Required("ServiceName"),
            EndpointType = type,
            RouteTableIds = tables,
            Status = type == "Gateway" ? "available" : "pending",
        }));
        if (type == "Interface")
        {
            endpoint.Interfaces.AddRange(subnets.Select(subnet =>
                InterfaceOperations.Create(region, subnet, groups, $"VPC Endpoint Interface {endpoint.Id}", "vpc_endpoint", call.Account.Id)));
            region.After(region.Options.AsyncResourceTime, () => endpoint.Status = endpoint.Status == "pending" ? "available" : endpoint.Status);
        }

        call.Body.Element("vpcEndpoint", () => WriteEndpoint(call, endpoint));
    }

    private static void DeleteVpcEndpoints(Ec2Call call)
    {
        var region = call.Region;
        var ids = call.Query.Texts("VpcEndpointId");
        if (ids.Count == 0)
        {
            throw AwsFaults.Missing("VpcEndpointId");
        }

        // Each id succeeds or fails by itself, with HTTP 200.
        var unknown = ids.Where(id => region.Endpoints.Find(id) is null).ToList();
        foreach (var endpoint in ids.Select(region.Endpoints.Find).Where(endpoint => endpoint is { Status: "pending" or "available" }).Select(endpoint => endpoint!))
        {
            endpoint.Status = "deleting";
            region.After(endpoint.EndpointType == "Gateway" ? TimeSpan.Zero : region.Options.AsyncResourceTime, () =>
            {
                foreach (var eni in endpoint.Interfaces)
                {
                    InterfaceOperations.Remove(region, eni);
                }

                endpoint.Interfaces.Clear();
                region.Remove(region.Endpoints, endpoint);
            });
        }

        call.Body.List("unsuccessful", unknown, id => call.Body
            .Text("resourceId", id)
            .Element("error", () => call.Body
                .Text("code", "InvalidVpcEndpointId.NotFound")
                .Text("message", $"The Vpc Endpoint Id '{id}' does not exist")));
    }

    private static void WriteEndpoint(Ec2Call call, VpcEndpoint endpoint)
    {
        call.Body.Text("vpcEndpointId", endpoint.Id)
            .Text("vpcEndpointType", endpoint.EndpointType)
            .Text("vpcId", endpoint.VpcId)
            .Text("serviceName", endpoint.ServiceName)
            .Text("state", endpoint.Status)
            .List("routeTableIdSet", endpoint.RouteTableIds)
            .List("subnetIdSet", endpoint.Interfaces.Select(eni => eni.Subnet.Id))
            .List("networkInterfaceIdSet", endpoint.Interfaces.Select(eni => eni.Id))
            .List("groupSet", endpoint.Interfaces.SelectMany(eni => eni.Groups).Distinct(), group => call.Body.Text("groupId", group.Id).Text("groupName", group.Name))
            .Text("creationTimestamp", endpoint.CreatedAt)
            .Text("ownerId", call.Account.Id);
        call.WriteTags(endpoint);
    }
}
