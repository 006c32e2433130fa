// Status checks of machines.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeInstanceStatusRequest : Ec2Request, IPagedRequest
{
    public List<string> InstanceIds { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }
    public List<Filter> Filters { get; set; } = [];
    public bool? IncludeAllInstances { get; set; }

    internal override string Operation => "DescribeInstanceStatus";

    bool IPagedRequest.NamesItems => InstanceIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceId", InstanceIds);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
        w.Add("Filter", Filters);
        w.Add("IncludeAllInstances", IncludeAllInstances);
    }
}

internal sealed class DescribeInstanceStatusResponse : Ec2Response, IPagedResponse
{
    public List<InstanceStatus> InstanceStatuses { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeInstanceStatusResponse Read(XElement e) => new()
    {
        InstanceStatuses = e.Items("instanceStatusSet", InstanceStatus.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class InstanceStatus
{
    public string InstanceId { get; set; } = "";
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public List<InstanceStatusEvent> Events { get; set; } = [];
    public InstanceState? InstanceState { get; set; }
    public InstanceStatusSummary? Status { get; set; }
    public InstanceStatusSummary? SystemStatus { get; set; }
    public EbsStatusSummary? AttachedEbsStatus { get; set; }

    public static InstanceStatus Read(XElement e) => new()
    {
        InstanceId = e.Text("instanceId") ?? "",
        AvailabilityZone = e.Text("availabilityZone"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        Events = e.Items("eventsSet", InstanceStatusEvent.Read),
        InstanceState = e.Structure("instanceState", InstanceState.Read),
        Status = e.Structure("instanceStatus", InstanceStatusSummary.Read),
        SystemStatus = e.Structure("systemStatus", InstanceStatusSummary.Read),
        AttachedEbsStatus = e.Structure("attachedEbsStatus", EbsStatusSummary.Read),
    };
}

internal sealed class InstanceStatusEvent
{
    public string? InstanceEventId { get; set; }
    public string? Code { get; set; }
    public string? Description { get; set; }
    public DateTimeOffset? NotAfter { get; set; }
    public DateTimeOffset? NotBefore { get; set; }
    public DateTimeOffset? NotBeforeDeadline { get; set; }

    public static InstanceStatusEvent Read(XElement e) => new()
    {
        InstanceEventId = e.Text("instanceEventId"),
        Code = e.Text("code"),
        Description = e.Text("description"),
        NotAfter = e.Time("notAfter"),
        NotBefore = e.Time("notBefore"),
        NotBeforeDeadline = e.Time("notBeforeDeadline"),
    };
}

internal sealed class InstanceStatusSummary
{
    public string? Status { get; set; }
    public List<InstanceStatusDetails> Details { get; set; } = [];

    public static InstanceStatusSummary Read(XElement e) => new()
    {
        Status = e.Text("status"),
        Details = e.Items("details", InstanceStatusDetails.Read),
    };
}

internal sealed class InstanceStatusDetails
{
    public DateTimeOffset? ImpairedSince { get; set; }
    public string? Name { get; set; }
    public string? Status { get; set; }

    public static InstanceStatusDetails Read(XElement e) => new()
    {
        ImpairedSince = e.Time("impairedSince"),
        Name = e.Text("name"),
        Status = e.Text("status"),
    };
}

internal sealed class EbsStatusSummary
{
    public string? Status { get; set; }

    public static EbsStatusSummary Read(XElement e) => new()
    {
        Status = e.Text("status"),
    };
}
