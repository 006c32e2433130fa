// Spot requests.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeSpotInstanceRequestsRequest : Ec2Request, IPagedRequest
{
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<string> SpotInstanceRequestIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeSpotInstanceRequests";

    bool IPagedRequest.NamesItems => SpotInstanceRequestIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("SpotInstanceRequestId", SpotInstanceRequestIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeSpotInstanceRequestsResponse : Ec2Response, IPagedResponse
{
    public List<SpotInstanceRequest> SpotInstanceRequests { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeSpotInstanceRequestsResponse Read(XElement e) => new()
    {
        SpotInstanceRequests = e.Items("spotInstanceRequestSet", SpotInstanceRequest.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class SpotInstanceRequest
{
    public string SpotInstanceRequestId { get; set; } = "";
    public string? State { get; set; }
    public SpotInstanceStatus? Status { get; set; }
    public string? Type { get; set; }
    public string? InstanceId { get; set; }
    public string? LaunchedAvailabilityZone { get; set; }
    public string? ProductDescription { get; set; }
    public string? SpotPrice { get; set; }
    public string? InstanceInterruptionBehavior { get; set; }
    public DateTimeOffset? CreateTime { get; set; }
    public DateTimeOffset? ValidFrom { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }
    public SpotInstanceStateFault? Fault { get; set; }
    public LaunchSpecification? LaunchSpecification { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static SpotInstanceRequest Read(XElement e) => new()
    {
        SpotInstanceRequestId = e.Text("spotInstanceRequestId") ?? "",
        State = e.Text("state"),
        Status = e.Structure("status", SpotInstanceStatus.Read),
        Type = e.Text("type"),
        InstanceId = e.Text("instanceId"),
        LaunchedAvailabilityZone = e.Text("launchedAvailabilityZone"),
        ProductDescription = e.Text("productDescription"),
        SpotPrice = e.Text("spotPrice"),
        InstanceInterruptionBehavior = e.Text("instanceInterruptionBehavior"),
        CreateTime = e.Time("createTime"),
        ValidFrom = e.Time("validFrom"),
        ValidUntil = e.Time("validUntil"),
        Fault = e.Structure("fault", SpotInstanceStateFault.Read),
        LaunchSpecification = e.Structure("launchSpecification", LaunchSpecification.Read),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class SpotInstanceStatus
{
    public string? Code { get; set; }
    public string? Message { get; set; }
    public DateTimeOffset? UpdateTime { get; set; }

    public static SpotInstanceStatus Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
        UpdateTime = e.Time("updateTime"),
    };
}

internal sealed class SpotInstanceStateFault
{
    public string? Code { get; set; }
    public string? Message { get; set; }

    public static SpotInstanceStateFault Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
    };
}

internal sealed class LaunchSpecification
{
    public string? ImageId { get; set; }
    public string? InstanceType { get; set; }
    public string? KeyName { get; set; }
    public string? SubnetId { get; set; }
    public SpotPlacement? Placement { get; set; }
    public List<GroupIdentifier> SecurityGroups { get; set; } = [];

    public static LaunchSpecification Read(XElement e) => new()
    {
        ImageId = e.Text("imageId"),
        InstanceType = e.Text("instanceType"),
        KeyName = e.Text("keyName"),
        SubnetId = e.Text("subnetId"),
        Placement = e.Structure("placement", SpotPlacement.Read),
        SecurityGroups = e.Items("groupSet", GroupIdentifier.Read),
    };
}

internal sealed class SpotPlacement
{
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public string? GroupName { get; set; }
    public string? Tenancy { get; set; }

    public static SpotPlacement Read(XElement e) => new()
    {
        AvailabilityZone = e.Text("availabilityZone"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        GroupName = e.Text("groupName"),
        Tenancy = e.Text("tenancy"),
    };
}

internal sealed class CancelSpotInstanceRequestsRequest : Ec2Request
{
    public required List<string> SpotInstanceRequestIds { get; set; }

    internal override string Operation => "CancelSpotInstanceRequests";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("SpotInstanceRequestId", SpotInstanceRequestIds);
    }
}

internal sealed class CancelSpotInstanceRequestsResponse : Ec2Response
{
    public List<CancelledSpotInstanceRequest> CancelledSpotInstanceRequests { get; set; } = [];

    public static CancelSpotInstanceRequestsResponse Read(XElement e) => new()
    {
        CancelledSpotInstanceRequests = e.Items("spotInstanceRequestSet", CancelledSpotInstanceRequest.Read),
    };
}

internal sealed class CancelledSpotInstanceRequest
{
    public string SpotInstanceRequestId { get; set; } = "";
    public string? State { get; set; }

    public static CancelledSpotInstanceRequest Read(XElement e) => new()
    {
        SpotInstanceRequestId = e.Text("spotInstanceRequestId") ?? "",
        State = e.Text("state"),
    };
}
