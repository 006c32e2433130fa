// VPC peering connections.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeVpcPeeringConnectionsRequest : Ec2Request, IPagedRequest
{
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<string> VpcPeeringConnectionIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeVpcPeeringConnections";

    bool IPagedRequest.NamesItems => VpcPeeringConnectionIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("VpcPeeringConnectionId", VpcPeeringConnectionIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeVpcPeeringConnectionsResponse : Ec2Response, IPagedResponse
{
    public List<VpcPeeringConnection> VpcPeeringConnections { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeVpcPeeringConnectionsResponse Read(XElement e) => new()
    {
        VpcPeeringConnections = e.Items("vpcPeeringConnectionSet", VpcPeeringConnection.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class VpcPeeringConnection
{
    public VpcPeeringConnectionVpcInfo? AccepterVpcInfo { get; set; }
    public DateTimeOffset? ExpirationTime { get; set; }
    public VpcPeeringConnectionVpcInfo? RequesterVpcInfo { get; set; }
    public VpcPeeringConnectionStateReason? Status { get; set; }
    public List<Tag> Tags { get; set; } = [];
    public string VpcPeeringConnectionId { get; set; } = "";

    public static VpcPeeringConnection Read(XElement e) => new()
    {
        AccepterVpcInfo = e.Structure("accepterVpcInfo", VpcPeeringConnectionVpcInfo.Read),
        ExpirationTime = e.Time("expirationTime"),
        RequesterVpcInfo = e.Structure("requesterVpcInfo", VpcPeeringConnectionVpcInfo.Read),
        Status = e.Structure("status", VpcPeeringConnectionStateReason.Read),
        Tags = e.Items("tagSet", Tag.Read),
        VpcPeeringConnectionId = e.Text("vpcPeeringConnectionId") ?? "",
    };
}

internal sealed class VpcPeeringConnectionVpcInfo
{
    public string? CidrBlock { get; set; }
    public string? OwnerId { get; set; }
    public string? VpcId { get; set; }
    public string? Region { get; set; }

    public static VpcPeeringConnectionVpcInfo Read(XElement e) => new()
    {
        CidrBlock = e.Text("cidrBlock"),
        OwnerId = e.Text("ownerId"),
        VpcId = e.Text("vpcId"),
        Region = e.Text("region"),
    };
}

internal sealed class VpcPeeringConnectionStateReason
{
    public string? Code { get; set; }
    public string? Message { get; set; }

    public static VpcPeeringConnectionStateReason Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
    };
}

internal sealed class DeleteVpcPeeringConnectionRequest : Ec2Request
{
    public required string VpcPeeringConnectionId { get; set; }

    internal override string Operation => "DeleteVpcPeeringConnection";

    internal override void Write(QueryWriter w)
    {
        w.Add("VpcPeeringConnectionId", VpcPeeringConnectionId);
    }
}

internal sealed class DeleteVpcPeeringConnectionResponse : Ec2Response
{
    public bool? Return { get; set; }

    public static DeleteVpcPeeringConnectionResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
    };
}
