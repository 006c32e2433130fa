using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Route tables, routes and associations.</summary>
internal static class RouteTableOperations
{
    private static readonly string[] Targets = ["GatewayId", "NatGatewayId", "EgressOnlyInternetGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId"];

    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateRouteTable"] = CreateRouteTable;
        table["DescribeRouteTables"] = call => call.Describe(call.Region.RouteTables, "RouteTableId", "routeTableSet", item => Write(call, item));
        table["CreateRoute"] = call => SetRoute(call, replace: false);
        table["ReplaceRoute"] = call => SetRoute(call, replace: true);
        table["DeleteRoute"] = DeleteRoute;
        table["AssociateRouteTable"] = AssociateRouteTable;
        table["DisassociateRouteTable"] = DisassociateRouteTable;
        table["DeleteRouteTable"] = DeleteRouteTable;
    }

    private static void CreateRouteTable(Ec2Call call)
    {
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        TagRules.Check(call.TagsFor("route-table"));
        var table = call.Tagged(call.Region.Add(call.Region.RouteTables, new RouteTable
        {
            Id = call.Region.NewId("rtb-"),
            CreatedAt = call.Now,
            InVpc = vpc.Id,
        }));
        table.Routes.Add(new Route { Destination = vpc.CidrBlock, Target = "local", Origin = "CreateRouteTable" });
        call.Body.Element("routeTable", () => Write(call, table));
    }

    private static void SetRoute(Ec2Call call, bool replace)
    {
        var table = call.Region.Require(call.Region.RouteTables, call.Query.Required("RouteTableId"));
        var destination = call.Query.Text("DestinationCidrBlock") ?? call.Query.Text("DestinationIpv6CidrBlock")
            ?? throw AwsFaults.Missing("DestinationCidrBlock");
        var target = Targets.Select(call.Query.Text).FirstOrDefault(id => id is not null) ?? throw AwsFaults.Missing("GatewayId");
        if (target.StartsWith("igw-", StringComparison.Ordinal))
        {
            var gateway = call.Region.Require(call.Region.InternetGateways, target);
            if (gateway.AttachedTo != table.InVpc)
            {
                throw AwsFaults.Invalid($"route table {table.Id} and network gateway {target} belong to different networks");
            }
        }
        else if (call.Region.FindAny(target) is null)
        {
            throw AwsFaults.NotFound("InvalidGatewayID.NotFound", $"The gateway ID '{target}' does not exist");
        }

        var existing = table.Routes.FirstOrDefault(route => route.Destination == destination);
        if (replace)
        {
            (existing ?? throw NoRoute(table, destination)).Target = target;
        }
        else if (existing is null)
        {
            table.Routes.Add(new Route { Destination = destination, Target = target, Origin = "CreateRoute" });
        }
        else if (existing.Target != target)
        {
            throw new ServiceFaultException(400, "RouteAlreadyExists", $"The route identified by {destination} already exists.");
        }

        call.Ok();
    }

    private static void DeleteRoute(Ec2Call call)
    {
        var table = call.Region.Require(call.Region.RouteTables, call.Query.Required("RouteTableId"));
        var destination = call.Query.Text("DestinationCidrBlock") ?? call.Query.Required("DestinationIpv6CidrBlock");
        var route = table.Routes.FirstOrDefault(item => item.Destination == destination) ?? throw NoRoute(table, destination);
        if (route.Target == "local")
        {
            throw AwsFaults.Invalid($"cannot remove local route {destination} in route table {table.Id}");
        }

        table.Routes.Remove(route);
        call.Ok();
    }

    private static ServiceFaultException NoRoute(RouteTable table, string destination) =>
        new(400, "InvalidRoute.NotFound", $"no route with destination-cidr-block {destination} in route table {table.Id}");

    private static void AssociateRouteTable(Ec2Call call)
    {
        var table = call.Region.Require(call.Region.RouteTables, call.Query.Required("RouteTableId"));
        var subnet = call.Region.Require(call.Region.Subnets, call.Query.Required("SubnetId"));
        if (subnet.VpcId != table.InVpc)
        {
            throw AwsFaults.Invalid($"Route table {table.Id} and subnet {subnet.Id} belong to different networks");
        }

        var other = call.Region.RouteTables.All.SelectMany(item => item.Associations).FirstOrDefault(item => item.SubnetId == subnet.Id);
        if (other is not null && !table.Associations.Contains(other))
        {
            throw new ServiceFaultException(400, "Resource.AlreadyAssociated", $"the specified association for route table {table.Id} conflicts with an existing association");
        }

        var association = other ?? new RouteTableAssociation { Id = call.Region.NewId("rtbassoc-"), SubnetId = subnet.Id };
        if (other is null)
        {
            table.Associations.Add(association);
        }

        call.Body.Text("associationId", association.Id).Element("associationState", () => call.Body.Text("state", "associated"));
    }

    private static void DisassociateRouteTable(Ec2Call call)
    {
        var id = call.Query.Required("AssociationId");
        var table = call.Region.RouteTables.All.FirstOrDefault(item => item.Associations.Any(association => association.Id == id))
            ?? throw AwsFaults.NotFound("InvalidAssociationID.NotFound", $"The association ID '{id}' does not exist");
        if (table.Associations.First(association => association.Id == id).Main)
        {
            throw AwsFaults.Invalid($"cannot disassociate the main route table association {id}");
        }

        table.Associations.RemoveAll(association => association.Id == id);
        call.Ok();
    }

    private static void DeleteRouteTable(Ec2Call call)
    {
        var table = call.Region.Require(call.Region.RouteTables, call.Query.Required("RouteTableId"));
        if (table.Associations.Count > 0 || call.Region.Endpoints.All.Any(endpoint => endpoint.IsLive && endpoint.RouteTableIds.Contains(table.Id)))
        {
            throw AwsFaults.Dependency($"The routeTable '{table.Id}' has dependencies and cannot be deleted.");
        }

        call.Region.Remove(call.Region.RouteTables, table);
        call.Ok();
    }

    private static void Write(Ec2Call call, RouteTable table)
    {
        call.Body.Text("routeTableId", table.Id)
            .Text("vpcId", table.InVpc)
            .Text("ownerId", call.Account.Id)
            .List("routeSet", table.Routes, route =>
            {
                var isIpv6 = route.Destination.Contains(':');
                call.Body.Text(isIpv6 ? "destinationIpv6CidrBlock" : "destinationCidrBlock", route.Destination)
                    .Text(TargetElement(route.Target), route.Target)
                    .Text("state", route.Target == "local" || call.Region.FindAny(route.Target) is { IsLive: true } target && IsUsable(target) ? "active" : "blackhole")
                    .Text("origin", route.Origin);
            })
            .List("associationSet", table.Associations, association => call.Body
                .Text("routeTableAssociationId", association.Id)
                .Text("routeTableId", table.Id)
                .Text("subnetId", association.SubnetId)
                .Text("main", association.Main)
                .Element("associationState", () => call.Body.Text("state", "associated")))
            .List("propagatingVgwSet", []);
        call.WriteTags(table);
    }

    private static bool IsUsable(Ec2Resource target) => target is not InternetGateway { AttachedTo: null };

    private static string TargetElement(string target) =>
        target.StartsWith("nat-", StringComparison.Ordinal) ? "natGatewayId"
        : target.StartsWith("eigw-", StringComparison.Ordinal) ? "egressOnlyInternetGatewayId"
        : target.StartsWith("pcx-", StringComparison.Ordinal) ? "vpcPeeringConnectionId"
        : target.StartsWith("eni-", StringComparison.Ordinal) ? "networkInterfaceId"
        : target.StartsWith("i-", StringComparison.Ordinal) ? "instanceId"
        : "gatewayId";
}
