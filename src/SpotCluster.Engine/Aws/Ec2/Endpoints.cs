// VPC endpoints.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreateVpcEndpointRequest : Ec2Request, ITokenRequest
{
    public required string VpcId { get; set; }
    public string? ServiceName { get; set; }
    public string? VpcEndpointType { get; set; }
    public List<string> RouteTableIds { get; set; } = [];
    public List<string> SubnetIds { get; set; } = [];
    public List<string> SecurityGroupIds { get; set; } = [];
    public bool? PrivateDnsEnabled { get; set; }
    public string? PolicyDocument { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }

    internal override string Operation => "CreateVpcEndpoint";

    internal override void Write(QueryWriter w)
    {
        w.Add("VpcId", VpcId);
        w.Add("ServiceName", ServiceName);
        w.Add("VpcEndpointType", VpcEndpointType);
        w.Add("RouteTableId", RouteTableIds);
        w.Add("SubnetId", SubnetIds);
        w.Add("SecurityGroupId", SecurityGroupIds);
        w.Add("PrivateDnsEnabled", PrivateDnsEnabled);
        w.Add("PolicyDocument", PolicyDocument);
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
    }
}

internal sealed class CreateVpcEndpointResponse : Ec2Response
{
    public required VpcEndpoint VpcEndpoint { get; set; }

    public static CreateVpcEndpointResponse Read(XElement e) => new()
    {
        VpcEndpoint = e.RequiredStructure("vpcEndpoint", VpcEndpoint.Read),
    };
}

internal sealed class VpcEndpoint
{
    public string VpcEndpointId { get; set; } = "";
    public string? VpcEndpointType { get; set; }
    public string? VpcId { get; set; }
    public string? ServiceName { get; set; }
    public string? State { get; set; }
    public List<string> RouteTableIds { get; set; } = [];
    public List<string> SubnetIds { get; set; } = [];
    public List<SecurityGroupIdentifier> Groups { get; set; } = [];
    public List<string> NetworkInterfaceIds { get; set; } = [];
    public bool? PrivateDnsEnabled { get; set; }
    public bool? RequesterManaged { get; set; }
    public string? OwnerId { get; set; }
    public DateTimeOffset? CreationTimestamp { get; set; }
    public LastError? LastError { get; set; }
    public string? FailureReason { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static VpcEndpoint Read(XElement e) => new()
    {
        VpcEndpointId = e.Text("vpcEndpointId") ?? "",
        VpcEndpointType = e.Text("vpcEndpointType"),
        VpcId = e.Text("vpcId"),
        ServiceName = e.Text("serviceName"),
        State = e.Text("state"),
        RouteTableIds = e.Texts("routeTableIdSet"),
        SubnetIds = e.Texts("subnetIdSet"),
        Groups = e.Items("groupSet", SecurityGroupIdentifier.Read),
        NetworkInterfaceIds = e.Texts("networkInterfaceIdSet"),
        PrivateDnsEnabled = e.Bool("privateDnsEnabled"),
        RequesterManaged = e.Bool("requesterManaged"),
        OwnerId = e.Text("ownerId"),
        CreationTimestamp = e.Time("creationTimestamp"),
        LastError = e.Structure("lastError", LastError.Read),
        FailureReason = e.Text("failureReason"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class SecurityGroupIdentifier
{
    public string? GroupId { get; set; }
    public string? GroupName { get; set; }

    public static SecurityGroupIdentifier Read(XElement e) => new()
    {
        GroupId = e.Text("groupId"),
        GroupName = e.Text("groupName"),
    };
}

internal sealed class LastError
{
    public string? Message { get; set; }
    public string? Code { get; set; }

    public static LastError Read(XElement e) => new()
    {
        Message = e.Text("message"),
        Code = e.Text("code"),
    };
}

internal sealed class DescribeVpcEndpointsRequest : Ec2Request, IPagedRequest
{
    public List<string> VpcEndpointIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }

    internal override string Operation => "DescribeVpcEndpoints";

    bool IPagedRequest.NamesItems => VpcEndpointIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("VpcEndpointId", VpcEndpointIds);
        w.Add("Filter", Filters);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class DescribeVpcEndpointsResponse : Ec2Response, IPagedResponse
{
    public List<VpcEndpoint> VpcEndpoints { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeVpcEndpointsResponse Read(XElement e) => new()
    {
        VpcEndpoints = e.Items("vpcEndpointSet", VpcEndpoint.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class DeleteVpcEndpointsRequest : Ec2Request
{
    public required List<string> VpcEndpointIds { get; set; }

    internal override string Operation => "DeleteVpcEndpoints";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("VpcEndpointId", VpcEndpointIds);
    }
}

internal sealed class DeleteVpcEndpointsResponse : Ec2Response
{
    public List<UnsuccessfulItem> Unsuccessful { get; set; } = [];

    public static DeleteVpcEndpointsResponse Read(XElement e) => new()
    {
        Unsuccessful = e.Items("unsuccessful", UnsuccessfulItem.Read),
    };
}

internal sealed class UnsuccessfulItem
{
    public UnsuccessfulItemError? Error { get; set; }
    public string ResourceId { get; set; } = "";

    public static UnsuccessfulItem Read(XElement e) => new()
    {
        Error = e.Structure("error", UnsuccessfulItemError.Read),
        ResourceId = e.Text("resourceId") ?? "",
    };
}

internal sealed class UnsuccessfulItemError
{
    public string? Code { get; set; }
    public string? Message { get; set; }

    public static UnsuccessfulItemError Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
    };
}
