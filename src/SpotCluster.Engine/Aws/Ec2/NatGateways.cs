// NAT gateways.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreateNatGatewayRequest : Ec2Request, ITokenRequest
{
    public string? SubnetId { get; set; }
    public string? AllocationId { get; set; }
    public string? ConnectivityType { get; set; }
    public string? PrivateIpAddress { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }

    internal override string Operation => "CreateNatGateway";

    internal override void Write(QueryWriter w)
    {
        w.Add("SubnetId", SubnetId);
        w.Add("AllocationId", AllocationId);
        w.Add("ConnectivityType", ConnectivityType);
        w.Add("PrivateIpAddress", PrivateIpAddress);
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
    }
}

internal sealed class CreateNatGatewayResponse : Ec2Response
{
    public required NatGateway NatGateway { get; set; }

    public static CreateNatGatewayResponse Read(XElement e) => new()
    {
        NatGateway = e.RequiredStructure("natGateway", NatGateway.Read),
    };
}

internal sealed class NatGateway
{
    public string NatGatewayId { get; set; } = "";
    public string? State { get; set; }
    public string? VpcId { get; set; }
    public string? SubnetId { get; set; }
    public string? ConnectivityType { get; set; }
    public DateTimeOffset? CreateTime { get; set; }
    public DateTimeOffset? DeleteTime { get; set; }
    public string? FailureCode { get; set; }
    public string? FailureMessage { get; set; }
    public List<NatGatewayAddress> NatGatewayAddresses { get; set; } = [];
    public List<Tag> Tags { get; set; } = [];

    public static NatGateway Read(XElement e) => new()
    {
        NatGatewayId = e.Text("natGatewayId") ?? "",
        State = e.Text("state"),
        VpcId = e.Text("vpcId"),
        SubnetId = e.Text("subnetId"),
        ConnectivityType = e.Text("connectivityType"),
        CreateTime = e.Time("createTime"),
        DeleteTime = e.Time("deleteTime"),
        FailureCode = e.Text("failureCode"),
        FailureMessage = e.Text("failureMessage"),
        NatGatewayAddresses = e.Items("natGatewayAddressSet", NatGatewayAddress.Read),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class NatGatewayAddress
{
    public string? AllocationId { get; set; }
    public string? AssociationId { get; set; }
    public string? NetworkInterfaceId { get; set; }
    public string? PrivateIp { get; set; }
    public string? PublicIp { get; set; }
    public bool? IsPrimary { get; set; }
    public string? Status { get; set; }
    public string? FailureMessage { get; set; }

    public static NatGatewayAddress Read(XElement e) => new()
    {
        AllocationId = e.Text("allocationId"),
        AssociationId = e.Text("associationId"),
        NetworkInterfaceId = e.Text("networkInterfaceId"),
        PrivateIp = e.Text("privateIp"),
        PublicIp = e.Text("publicIp"),
        IsPrimary = e.Bool("isPrimary"),
        Status = e.Text("status"),
        FailureMessage = e.Text("failureMessage"),
    };
}

internal sealed class DescribeNatGatewaysRequest : Ec2Request, IPagedRequest
{
    public List<Filter> Filter { get; set; } = [];
    public int? MaxResults { get; set; }
    public List<string> NatGatewayIds { get; set; } = [];
    public string? NextToken { get; set; }

    internal override string Operation => "DescribeNatGateways";

    bool IPagedRequest.NamesItems => NatGatewayIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("Filter", Filter);
        w.Add("MaxResults", MaxResults);
        w.Add("NatGatewayId", NatGatewayIds);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class DescribeNatGatewaysResponse : Ec2Response, IPagedResponse
{
    public List<NatGateway> NatGateways { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeNatGatewaysResponse Read(XElement e) => new()
    {
        NatGateways = e.Items("natGatewaySet", NatGateway.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class DeleteNatGatewayRequest : Ec2Request
{
    public required string NatGatewayId { get; set; }

    internal override string Operation => "DeleteNatGateway";

    internal override void Write(QueryWriter w)
    {
        w.Add("NatGatewayId", NatGatewayId);
    }
}

internal sealed class DeleteNatGatewayResponse : Ec2Response
{
    public string? NatGatewayId { get; set; }

    public static DeleteNatGatewayResponse Read(XElement e) => new()
    {
        NatGatewayId = e.Text("natGatewayId"),
    };
}
