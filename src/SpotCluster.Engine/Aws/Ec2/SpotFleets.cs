// Spot fleets, the elder kind of fleet.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeSpotFleetRequestsRequest : Ec2Request, IPagedRequest
{
    public List<string> SpotFleetRequestIds { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }

    internal override string Operation => "DescribeSpotFleetRequests";

    bool IPagedRequest.NamesItems => SpotFleetRequestIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("SpotFleetRequestId", SpotFleetRequestIds);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
    }
}

internal sealed class DescribeSpotFleetRequestsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<SpotFleetRequestConfig> SpotFleetRequestConfigs { get; set; } = [];

    public static DescribeSpotFleetRequestsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        SpotFleetRequestConfigs = e.Items("spotFleetRequestConfigSet", SpotFleetRequestConfig.Read),
    };
}

internal sealed class SpotFleetRequestConfig
{
    public string SpotFleetRequestId { get; set; } = "";
    public string? SpotFleetRequestState { get; set; }
    public string? ActivityStatus { get; set; }
    public DateTimeOffset? CreateTime { get; set; }
    public List<Tag> Tags { get; set; } = [];
    public SpotFleetRequestConfigData? SpotFleetRequestConfigData { get; set; }

    public static SpotFleetRequestConfig Read(XElement e) => new()
    {
        SpotFleetRequestId = e.Text("spotFleetRequestId") ?? "",
        SpotFleetRequestState = e.Text("spotFleetRequestState"),
        ActivityStatus = e.Text("activityStatus"),
        CreateTime = e.Time("createTime"),
        Tags = e.Items("tagSet", Tag.Read),
        SpotFleetRequestConfigData = e.Structure("spotFleetRequestConfig", SpotFleetRequestConfigData.Read),
    };
}

internal sealed class SpotFleetRequestConfigData
{
    public string? Type { get; set; }
    public int? TargetCapacity { get; set; }
    public double? FulfilledCapacity { get; set; }
    public string? AllocationStrategy { get; set; }
    public string? ClientToken { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }

    public static SpotFleetRequestConfigData Read(XElement e) => new()
    {
        Type = e.Text("type"),
        TargetCapacity = e.Int("targetCapacity"),
        FulfilledCapacity = e.Double("fulfilledCapacity"),
        AllocationStrategy = e.Text("allocationStrategy"),
        ClientToken = e.Text("clientToken"),
        ValidUntil = e.Time("validUntil"),
    };
}

internal sealed class CancelSpotFleetRequestsRequest : Ec2Request
{
    public required List<string> SpotFleetRequestIds { get; set; }
    public required bool TerminateInstances { get; set; }

    internal override string Operation => "CancelSpotFleetRequests";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("SpotFleetRequestId", SpotFleetRequestIds);
        w.Add("TerminateInstances", TerminateInstances);
    }
}

internal sealed class CancelSpotFleetRequestsResponse : Ec2Response
{
    public List<CancelSpotFleetRequestsSuccessItem> SuccessfulFleetRequests { get; set; } = [];
    public List<CancelSpotFleetRequestsErrorItem> UnsuccessfulFleetRequests { get; set; } = [];

    public static CancelSpotFleetRequestsResponse Read(XElement e) => new()
    {
        SuccessfulFleetRequests = e.Items("successfulFleetRequestSet", CancelSpotFleetRequestsSuccessItem.Read),
        UnsuccessfulFleetRequests = e.Items("unsuccessfulFleetRequestSet", CancelSpotFleetRequestsErrorItem.Read),
    };
}

internal sealed class CancelSpotFleetRequestsSuccessItem
{
    public string? CurrentSpotFleetRequestState { get; set; }
    public string? PreviousSpotFleetRequestState { get; set; }
    public string? SpotFleetRequestId { get; set; }

    public static CancelSpotFleetRequestsSuccessItem Read(XElement e) => new()
    {
        CurrentSpotFleetRequestState = e.Text("currentSpotFleetRequestState"),
        PreviousSpotFleetRequestState = e.Text("previousSpotFleetRequestState"),
        SpotFleetRequestId = e.Text("spotFleetRequestId"),
    };
}

internal sealed class CancelSpotFleetRequestsErrorItem
{
    public CancelSpotFleetRequestsError? Error { get; set; }
    public string? SpotFleetRequestId { get; set; }

    public static CancelSpotFleetRequestsErrorItem Read(XElement e) => new()
    {
        Error = e.Structure("error", CancelSpotFleetRequestsError.Read),
        SpotFleetRequestId = e.Text("spotFleetRequestId"),
    };
}

internal sealed class CancelSpotFleetRequestsError
{
    public string? Code { get; set; }
    public string? Message { get; set; }

    public static CancelSpotFleetRequestsError Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
    };
}
