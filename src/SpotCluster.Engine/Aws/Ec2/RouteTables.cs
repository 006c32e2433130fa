// Route tables, their routes and associations.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeRouteTablesRequest : Ec2Request, IPagedRequest
{
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<string> RouteTableIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeRouteTables";

    bool IPagedRequest.NamesItems => RouteTableIds.Count > 0;

    int IPagedRequest.PageSize => 100;

    internal override void Write(QueryWriter w)
    {
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("RouteTableId", RouteTableIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeRouteTablesResponse : Ec2Response, IPagedResponse
{
    public List<RouteTable> RouteTables { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeRouteTablesResponse Read(XElement e) => new()
    {
        RouteTables = e.Items("routeTableSet", RouteTable.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class RouteTable
{
    public string RouteTableId { get; set; } = "";
    public string? VpcId { get; set; }
    public string? OwnerId { get; set; }
    public List<RouteTableAssociation> Associations { get; set; } = [];
    public List<Route> Routes { get; set; } = [];
    public List<Tag> Tags { get; set; } = [];

    public static RouteTable Read(XElement e) => new()
    {
        RouteTableId = e.Text("routeTableId") ?? "",
        VpcId = e.Text("vpcId"),
        OwnerId = e.Text("ownerId"),
        Associations = e.Items("associationSet", RouteTableAssociation.Read),
        Routes = e.Items("routeSet", Route.Read),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class RouteTableAssociation
{
    public string RouteTableAssociationId { get; set; } = "";
    public string? RouteTableId { get; set; }
    public string? SubnetId { get; set; }
    public string? GatewayId { get; set; }
    public bool? Main { get; set; }
    public RouteTableAssociationState? AssociationState { get; set; }

    public static RouteTableAssociation Read(XElement e) => new()
    {
        RouteTableAssociationId = e.Text("routeTableAssociationId") ?? "",
        RouteTableId = e.Text("routeTableId"),
        SubnetId = e.Text("subnetId"),
        GatewayId = e.Text("gatewayId"),
        Main = e.Bool("main"),
        AssociationState = e.Structure("associationState", RouteTableAssociationState.Read),
    };
}

internal sealed class RouteTableAssociationState
{
    public string? State { get; set; }
    public string? StatusMessage { get; set; }

    public static RouteTableAssociationState Read(XElement e) => new()
    {
        State = e.Text("state"),
        StatusMessage = e.Text("statusMessage"),
    };
}

internal sealed class Route
{
    public string? DestinationCidrBlock { get; set; }
    public string? DestinationIpv6CidrBlock { get; set; }
    public string? DestinationPrefixListId { get; set; }
    public string? GatewayId { get; set; }
    public string? EgressOnlyInternetGatewayId { get; set; }
    public string? InstanceId { get; set; }
    public string? NatGatewayId { get; set; }
    public string? NetworkInterfaceId { get; set; }
    public string? TransitGatewayId { get; set; }
    public string? VpcPeeringConnectionId { get; set; }
    public string? Origin { get; set; }
    public string? State { get; set; }

    public static Route Read(XElement e) => new()
    {
        DestinationCidrBlock = e.Text("destinationCidrBlock"),
        DestinationIpv6CidrBlock = e.Text("destinationIpv6CidrBlock"),
        DestinationPrefixListId = e.Text("destinationPrefixListId"),
        GatewayId = e.Text("gatewayId"),
        EgressOnlyInternetGatewayId = e.Text("egressOnlyInternetGatewayId"),
        InstanceId = e.Text("instanceId"),
        NatGatewayId = e.Text("natGatewayId"),
        NetworkInterfaceId = e.Text("networkInterfaceId"),
        TransitGatewayId = e.Text("transitGatewayId"),
        VpcPeeringConnectionId = e.Text("vpcPeeringConnectionId"),
        Origin = e.Text("origin"),
        State = e.Text("state"),
    };
}

internal sealed class CreateRouteTableRequest : Ec2Request, ITokenRequest
{
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }
    public required string VpcId { get; set; }

    internal override string Operation => "CreateRouteTable";

    internal override void Write(QueryWriter w)
    {
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
        w.Add("VpcId", VpcId);
    }
}

internal sealed class CreateRouteTableResponse : Ec2Response
{
    public required RouteTable RouteTable { get; set; }

    public static CreateRouteTableResponse Read(XElement e) => new()
    {
        RouteTable = e.RequiredStructure("routeTable", RouteTable.Read),
    };
}

internal sealed class CreateRouteRequest : Ec2Request
{
    public required string RouteTableId { get; set; }
    public string? DestinationCidrBlock { get; set; }
    public string? DestinationIpv6CidrBlock { get; set; }
    public string? DestinationPrefixListId { get; set; }
    public string? GatewayId { get; set; }
    public string? EgressOnlyInternetGatewayId { get; set; }
    public string? InstanceId { get; set; }
    public string? NatGatewayId { get; set; }
    public string? NetworkInterfaceId { get; set; }
    public string? TransitGatewayId { get; set; }
    public string? VpcEndpointId { get; set; }
    public string? VpcPeeringConnectionId { get; set; }

    internal override string Operation => "CreateRoute";

    internal override void Write(QueryWriter w)
    {
        w.Add("RouteTableId", RouteTableId);
        w.Add("DestinationCidrBlock", DestinationCidrBlock);
        w.Add("DestinationIpv6CidrBlock", DestinationIpv6CidrBlock);
        w.Add("DestinationPrefixListId", DestinationPrefixListId);
        w.Add("GatewayId", GatewayId);
        w.Add("EgressOnlyInternetGatewayId", EgressOnlyInternetGatewayId);
        w.Add("InstanceId", InstanceId);
        w.Add("NatGatewayId", NatGatewayId);
        w.Add("NetworkInterfaceId", NetworkInterfaceId);
        w.Add("TransitGatewayId", TransitGatewayId);
        w.Add("VpcEndpointId", VpcEndpointId);
        w.Add("VpcPeeringConnectionId", VpcPeeringConnectionId);
    }
}

internal sealed class CreateRouteResponse : Ec2Response
{
    public bool? Return { get; set; }

    public static CreateRouteResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
    };
}

internal sealed class AssociateRouteTableRequest : Ec2Request
{
    public required string RouteTableId { get; set; }
    public string? SubnetId { get; set; }
    public string? GatewayId { get; set; }

    internal override string Operation => "AssociateRouteTable";

    internal override void Write(QueryWriter w)
    {
        w.Add("RouteTableId", RouteTableId);
        w.Add("SubnetId", SubnetId);
        w.Add("GatewayId", GatewayId);
    }
}

internal sealed class AssociateRouteTableResponse : Ec2Response
{
    public string? AssociationId { get; set; }
    public RouteTableAssociationState? AssociationState { get; set; }

    public static AssociateRouteTableResponse Read(XElement e) => new()
    {
        AssociationId = e.Text("associationId"),
        AssociationState = e.Structure("associationState", RouteTableAssociationState.Read),
    };
}

internal sealed class DisassociateRouteTableRequest : Ec2Request
{
    public required string AssociationId { get; set; }

    internal override string Operation => "DisassociateRouteTable";

    internal override void Write(QueryWriter w)
    {
        w.Add("AssociationId", AssociationId);
    }
}

internal sealed class DisassociateRouteTableResponse : Ec2Response
{
    public static DisassociateRouteTableResponse Read(XElement e) => new();
}

internal sealed class DeleteRouteTableRequest : Ec2Request
{
    public required string RouteTableId { get; set; }

    internal override string Operation => "DeleteRouteTable";

    internal override void Write(QueryWriter w)
    {
        w.Add("RouteTableId", RouteTableId);
    }
}

internal sealed class DeleteRouteTableResponse : Ec2Response
{
    public static DeleteRouteTableResponse Read(XElement e) => new();
}
