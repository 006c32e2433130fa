// EC2 fleets: launch.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreateFleetRequest : Ec2Request, ITokenRequest
{
    public string? Type { get; set; }
    public required List<FleetLaunchTemplateConfigRequest> LaunchTemplateConfigs { get; set; }
    public required TargetCapacitySpecificationRequest TargetCapacitySpecification { get; set; }
    public SpotOptionsRequest? SpotOptions { get; set; }
    public OnDemandOptionsRequest? OnDemandOptions { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }
    public DateTimeOffset? ValidFrom { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }
    public bool? TerminateInstancesWithExpiration { get; set; }
    public bool? ReplaceUnhealthyInstances { get; set; }
    public string? ExcessCapacityTerminationPolicy { get; set; }
    public string? Context { get; set; }

    internal override string Operation => "CreateFleet";

    internal override void Write(QueryWriter w)
    {
        w.Add("Type", Type);
        w.AddRequired("LaunchTemplateConfigs", LaunchTemplateConfigs);
        w.Add("TargetCapacitySpecification", TargetCapacitySpecification);
        w.Add("SpotOptions", SpotOptions);
        w.Add("OnDemandOptions", OnDemandOptions);
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
        w.Add("ValidFrom", ValidFrom);
        w.Add("ValidUntil", ValidUntil);
        w.Add("TerminateInstancesWithExpiration", TerminateInstancesWithExpiration);
        w.Add("ReplaceUnhealthyInstances", ReplaceUnhealthyInstances);
        w.Add("ExcessCapacityTerminationPolicy", ExcessCapacityTerminationPolicy);
        w.Add("Context", Context);
    }
}

/// <summary>A synchronous launch: <see cref="Instances"/> and <see cref="Errors"/> may both be filled, with HTTP status 200.</summary>
internal sealed class CreateFleetResponse : Ec2Response
{
    public required string FleetId { get; set; }
    public List<CreateFleetError> Errors { get; set; } = [];
    public List<CreateFleetInstance> Instances { get; set; } = [];

    public static CreateFleetResponse Read(XElement e) => new()
    {
        FleetId = e.RequiredText("fleetId"),
        Errors = e.Items("errorSet", CreateFleetError.Read),
        Instances = e.Items("fleetInstanceSet", CreateFleetInstance.Read),
    };
}

internal sealed class FleetLaunchTemplateConfigRequest : IQueryStructure
{
    public FleetLaunchTemplateSpecificationRequest? LaunchTemplateSpecification { get; set; }
    public List<FleetLaunchTemplateOverridesRequest> Overrides { get; set; } = [];

    public void Write(QueryWriter w)
    {
        w.Add("LaunchTemplateSpecification", LaunchTemplateSpecification);
        w.Add("Overrides", Overrides);
    }
}

internal sealed class FleetLaunchTemplateSpecificationRequest : IQueryStructure
{
    public string? LaunchTemplateId { get; set; }
    public string? LaunchTemplateName { get; set; }
    public string? Version { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("LaunchTemplateId", LaunchTemplateId);
        w.Add("LaunchTemplateName", LaunchTemplateName);
        w.Add("Version", Version);
    }
}

internal sealed class FleetLaunchTemplateOverridesRequest : IQueryStructure
{
    public string? InstanceType { get; set; }
    public string? SubnetId { get; set; }
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public string? ImageId { get; set; }
    public string? MaxPrice { get; set; }
    public double? Priority { get; set; }
    public double? WeightedCapacity { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("InstanceType", InstanceType);
        w.Add("SubnetId", SubnetId);
        w.Add("AvailabilityZone", AvailabilityZone);
        w.Add("AvailabilityZoneId", AvailabilityZoneId);
        w.Add("ImageId", ImageId);
        w.Add("MaxPrice", MaxPrice);
        w.Add("Priority", Priority);
        w.Add("WeightedCapacity", WeightedCapacity);
    }
}

internal sealed class TargetCapacitySpecificationRequest : IQueryStructure
{
    public required int TotalTargetCapacity { get; set; }
    public int? OnDemandTargetCapacity { get; set; }
    public int? SpotTargetCapacity { get; set; }
    public string? DefaultTargetCapacityType { get; set; }
    public string? TargetCapacityUnitType { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("TotalTargetCapacity", TotalTargetCapacity);
        w.Add("OnDemandTargetCapacity", OnDemandTargetCapacity);
        w.Add("SpotTargetCapacity", SpotTargetCapacity);
        w.Add("DefaultTargetCapacityType", DefaultTargetCapacityType);
        w.Add("TargetCapacityUnitType", TargetCapacityUnitType);
    }
}

internal sealed class SpotOptionsRequest : IQueryStructure
{
    public string? AllocationStrategy { get; set; }
    public string? InstanceInterruptionBehavior { get; set; }
    public int? InstancePoolsToUseCount { get; set; }
    public string? MaxTotalPrice { get; set; }
    public int? MinTargetCapacity { get; set; }
    public bool? SingleAvailabilityZone { get; set; }
    public bool? SingleInstanceType { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("AllocationStrategy", AllocationStrategy);
        w.Add("InstanceInterruptionBehavior", InstanceInterruptionBehavior);
        w.Add("InstancePoolsToUseCount", InstancePoolsToUseCount);
        w.Add("MaxTotalPrice", MaxTotalPrice);
        w.Add("MinTargetCapacity", MinTargetCapacity);
        w.Add("SingleAvailabilityZone", SingleAvailabilityZone);
        w.Add("SingleInstanceType", SingleInstanceType);
    }
}

internal sealed class OnDemandOptionsRequest : IQueryStructure
{
    public string? AllocationStrategy { get; set; }
    public string? MaxTotalPrice { get; set; }
    public int? MinTargetCapacity { get; set; }
    public bool? SingleAvailabilityZone { get; set; }
    public bool? SingleInstanceType { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("AllocationStrategy", AllocationStrategy);
        w.Add("MaxTotalPrice", MaxTotalPrice);
        w.Add("MinTargetCapacity", MinTargetCapacity);
        w.Add("SingleAvailabilityZone", SingleAvailabilityZone);
        w.Add("SingleInstanceType", SingleInstanceType);
    }
}

internal sealed class CreateFleetError
{
    public LaunchTemplateAndOverridesResponse? LaunchTemplateAndOverrides { get; set; }
    public string? Lifecycle { get; set; }
    public string? ErrorCode { get; set; }
    public string? ErrorMessage { get; set; }

    public static CreateFleetError Read(XElement e) => new()
    {
        LaunchTemplateAndOverrides = e.Structure("launchTemplateAndOverrides", LaunchTemplateAndOverridesResponse.Read),
        Lifecycle = e.Text("lifecycle"),
        ErrorCode = e.Text("errorCode"),
        ErrorMessage = e.Text("errorMessage"),
    };
}

internal sealed class LaunchTemplateAndOverridesResponse
{
    public FleetLaunchTemplateSpecification? LaunchTemplateSpecification { get; set; }
    public FleetLaunchTemplateOverrides? Overrides { get; set; }

    public static LaunchTemplateAndOverridesResponse Read(XElement e) => new()
    {
        LaunchTemplateSpecification = e.Structure("launchTemplateSpecification", FleetLaunchTemplateSpecification.Read),
        Overrides = e.Structure("overrides", FleetLaunchTemplateOverrides.Read),
    };
}

internal sealed class FleetLaunchTemplateSpecification
{
    public string? LaunchTemplateId { get; set; }
    public string? LaunchTemplateName { get; set; }
    public string? Version { get; set; }

    public static FleetLaunchTemplateSpecification Read(XElement e) => new()
    {
        LaunchTemplateId = e.Text("launchTemplateId"),
        LaunchTemplateName = e.Text("launchTemplateName"),
        Version = e.Text("version"),
    };
}

internal sealed class FleetLaunchTemplateOverrides
{
    public string? InstanceType { get; set; }
    public string? SubnetId { get; set; }
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public string? ImageId { get; set; }
    public string? MaxPrice { get; set; }
    public double? Priority { get; set; }
    public double? WeightedCapacity { get; set; }

    public static FleetLaunchTemplateOverrides Read(XElement e) => new()
    {
        InstanceType = e.Text("instanceType"),
        SubnetId = e.Text("subnetId"),
        AvailabilityZone = e.Text("availabilityZone"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        ImageId = e.Text("imageId"),
        MaxPrice = e.Text("maxPrice"),
        Priority = e.Double("priority"),
        WeightedCapacity = e.Double("weightedCapacity"),
    };
}

internal sealed class CreateFleetInstance
{
    public LaunchTemplateAndOverridesResponse? LaunchTemplateAndOverrides { get; set; }
    public string? Lifecycle { get; set; }
    public List<string> InstanceIds { get; set; } = [];
    public string? InstanceType { get; set; }
    public string? Platform { get; set; }

    public static CreateFleetInstance Read(XElement e) => new()
    {
        LaunchTemplateAndOverrides = e.Structure("launchTemplateAndOverrides", LaunchTemplateAndOverridesResponse.Read),
        Lifecycle = e.Text("lifecycle"),
        InstanceIds = e.Texts("instanceIds"),
        InstanceType = e.Text("instanceType"),
        Platform = e.Text("platform"),
    };
}

internal sealed class ModifyFleetRequest : Ec2Request
{
    public required string FleetId { get; set; }
    public TargetCapacitySpecificationRequest? TargetCapacitySpecification { get; set; }
    public List<FleetLaunchTemplateConfigRequest> LaunchTemplateConfigs { get; set; } = [];
    public string? ExcessCapacityTerminationPolicy { get; set; }

    internal override string Operation => "ModifyFleet";

    internal override void Write(QueryWriter w)
    {
        w.Add("FleetId", FleetId);
        w.Add("TargetCapacitySpecification", TargetCapacitySpecification);
        w.Add("LaunchTemplateConfig", LaunchTemplateConfigs);
        w.Add("ExcessCapacityTerminationPolicy", ExcessCapacityTerminationPolicy);
    }
}

internal sealed class ModifyFleetResponse : Ec2Response
{
    public bool? Return { get; set; }

    public static ModifyFleetResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
    };
}
