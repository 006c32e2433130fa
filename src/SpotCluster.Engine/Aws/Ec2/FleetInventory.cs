// EC2 fleets: list and delete.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Fleets of type <c>instant</c> are listed only when they are named by id.</summary>
internal sealed class DescribeFleetsRequest : Ec2Request, IPagedRequest
{
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }
    public List<string> FleetIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeFleets";

    bool IPagedRequest.NamesItems => FleetIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
        w.Add("FleetId", FleetIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeFleetsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<FleetData> Fleets { get; set; } = [];

    public static DescribeFleetsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Fleets = e.Items("fleetSet", FleetData.Read),
    };
}

internal sealed class FleetData
{
    public string FleetId { get; set; } = "";
    public string? FleetState { get; set; }
    public string? ActivityStatus { get; set; }
    public string? Type { get; set; }
    public DateTimeOffset? CreateTime { get; set; }
    public string? ClientToken { get; set; }
    public string? ExcessCapacityTerminationPolicy { get; set; }
    public double? FulfilledCapacity { get; set; }
    public double? FulfilledOnDemandCapacity { get; set; }
    public TargetCapacitySpecification? TargetCapacitySpecification { get; set; }
    public bool? TerminateInstancesWithExpiration { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }
    public List<Tag> Tags { get; set; } = [];
    public List<DescribeFleetError> Errors { get; set; } = [];
    public List<DescribeFleetsInstances> Instances { get; set; } = [];

    public static FleetData Read(XElement e) => new()
    {
        FleetId = e.Text("fleetId") ?? "",
        FleetState = e.Text("fleetState"),
        ActivityStatus = e.Text("activityStatus"),
        Type = e.Text("type"),
        CreateTime = e.Time("createTime"),
        ClientToken = e.Text("clientToken"),
        ExcessCapacityTerminationPolicy = e.Text("excessCapacityTerminationPolicy"),
        FulfilledCapacity = e.Double("fulfilledCapacity"),
        FulfilledOnDemandCapacity = e.Double("fulfilledOnDemandCapacity"),
        TargetCapacitySpecification = e.Structure("targetCapacitySpecification", TargetCapacitySpecification.Read),
        TerminateInstancesWithExpiration = e.Bool("terminateInstancesWithExpiration"),
        ValidUntil = e.Time("validUntil"),
        Tags = e.Items("tagSet", Tag.Read),
        Errors = e.Items("errorSet", DescribeFleetError.Read),
        Instances = e.Items("fleetInstanceSet", DescribeFleetsInstances.Read),
    };
}

internal sealed class TargetCapacitySpecification
{
    public int? TotalTargetCapacity { get; set; }
    public int? OnDemandTargetCapacity { get; set; }
    public int? SpotTargetCapacity { get; set; }
    public string? DefaultTargetCapacityType { get; set; }
    public string? TargetCapacityUnitType { get; set; }

    public static TargetCapacitySpecification Read(XElement e) => new()
    {
        TotalTargetCapacity = e.Int("totalTargetCapacity"),
        OnDemandTargetCapacity = e.Int("onDemandTargetCapacity"),
        SpotTargetCapacity = e.Int("spotTargetCapacity"),
        DefaultTargetCapacityType = e.Text("defaultTargetCapacityType"),
        TargetCapacityUnitType = e.Text("targetCapacityUnitType"),
    };
}

internal sealed class DescribeFleetError
{
    public LaunchTemplateAndOverridesResponse? LaunchTemplateAndOverrides { get; set; }
    public string? Lifecycle { get; set; }
    public string? ErrorCode { get; set; }
    public string? ErrorMessage { get; set; }

    public static DescribeFleetError Read(XElement e) => new()
    {
        LaunchTemplateAndOverrides = e.Structure("launchTemplateAndOverrides", LaunchTemplateAndOverridesResponse.Read),
        Lifecycle = e.Text("lifecycle"),
        ErrorCode = e.Text("errorCode"),
        ErrorMessage = e.Text("errorMessage"),
    };
}

internal sealed class DescribeFleetsInstances
{
    public LaunchTemplateAndOverridesResponse? LaunchTemplateAndOverrides { get; set; }
    public string? Lifecycle { get; set; }
    public List<string> InstanceIds { get; set; } = [];
    public string? InstanceType { get; set; }
    public string? Platform { get; set; }

    public static DescribeFleetsInstances Read(XElement e) => new()
    {
        LaunchTemplateAndOverrides = e.Structure("launchTemplateAndOverrides", LaunchTemplateAndOverridesResponse.Read),
        Lifecycle = e.Text("lifecycle"),
        InstanceIds = e.Texts("instanceIds"),
        InstanceType = e.Text("instanceType"),
        Platform = e.Text("platform"),
    };
}

internal sealed class DescribeFleetInstancesRequest : Ec2Request, IPagedRequest
{
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }
    public required string FleetId { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeFleetInstances";

    bool IPagedRequest.NamesItems => false;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
        w.Add("FleetId", FleetId);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeFleetInstancesResponse : Ec2Response, IPagedResponse
{
    public List<ActiveInstance> ActiveInstances { get; set; } = [];
    public string? NextToken { get; set; }
    public string? FleetId { get; set; }

    public static DescribeFleetInstancesResponse Read(XElement e) => new()
    {
        ActiveInstances = e.Items("activeInstanceSet", ActiveInstance.Read),
        NextToken = e.Text("nextToken"),
        FleetId = e.Text("fleetId"),
    };
}

internal sealed class ActiveInstance
{
    public string InstanceId { get; set; } = "";
    public string? InstanceType { get; set; }
    public string? SpotInstanceRequestId { get; set; }
    public string? InstanceHealth { get; set; }

    public static ActiveInstance Read(XElement e) => new()
    {
        InstanceId = e.Text("instanceId") ?? "",
        InstanceType = e.Text("instanceType"),
        SpotInstanceRequestId = e.Text("spotInstanceRequestId"),
        InstanceHealth = e.Text("instanceHealth"),
    };
}

internal sealed class DeleteFleetsRequest : Ec2Request
{
    public required List<string> FleetIds { get; set; }
    public required bool TerminateInstances { get; set; }

    internal override string Operation => "DeleteFleets";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("FleetId", FleetIds);
        w.Add("TerminateInstances", TerminateInstances);
    }
}

internal sealed class DeleteFleetsResponse : Ec2Response
{
    public List<DeleteFleetSuccessItem> SuccessfulFleetDeletions { get; set; } = [];
    public List<DeleteFleetErrorItem> UnsuccessfulFleetDeletions { get; set; } = [];

    public static DeleteFleetsResponse Read(XElement e) => new()
    {
        SuccessfulFleetDeletions = e.Items("successfulFleetDeletionSet", DeleteFleetSuccessItem.Read),
        UnsuccessfulFleetDeletions = e.Items("unsuccessfulFleetDeletionSet", DeleteFleetErrorItem.Read),
    };
}

internal sealed class DeleteFleetSuccessItem
{
    public string? CurrentFleetState { get; set; }
    public string? PreviousFleetState { get; set; }
    public string FleetId { get; set; } = "";

    public static DeleteFleetSuccessItem Read(XElement e) => new()
    {
        CurrentFleetState = e.Text("currentFleetState"),
        PreviousFleetState = e.Text("previousFleetState"),
        FleetId = e.Text("fleetId") ?? "",
    };
}

internal sealed class DeleteFleetErrorItem
{
    public DeleteFleetError? Error { get; set; }
    public string FleetId { get; set; } = "";

    public static DeleteFleetErrorItem Read(XElement e) => new()
    {
        Error = e.Structure("error", DeleteFleetError.Read),
        FleetId = e.Text("fleetId") ?? "",
    };
}

internal sealed class DeleteFleetError
{
    public string? Code { get; set; }
    public string? Message { get; set; }

    public static DeleteFleetError Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
    };
}
