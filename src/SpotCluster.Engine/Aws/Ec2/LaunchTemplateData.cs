// What a launch template is made of.

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary><see cref="UserData"/> is base64.</summary>
internal sealed class RequestLaunchTemplateData : IQueryStructure
{
    public string? ImageId { get; set; }
    public string? InstanceType { get; set; }
    public string? KeyName { get; set; }
    public string? UserData { get; set; }
    public bool? EbsOptimized { get; set; }
    public LaunchTemplateIamInstanceProfileSpecificationRequest? IamInstanceProfile { get; set; }
    public List<LaunchTemplateBlockDeviceMappingRequest> BlockDeviceMappings { get; set; } = [];
    public List<LaunchTemplateInstanceNetworkInterfaceSpecificationRequest> NetworkInterfaces { get; set; } = [];
    public List<string> SecurityGroupIds { get; set; } = [];
    public List<string> SecurityGroups { get; set; } = [];
    public LaunchTemplatesMonitoringRequest? Monitoring { get; set; }
    public LaunchTemplatePlacementRequest? Placement { get; set; }
    public LaunchTemplateInstanceMarketOptionsRequest? InstanceMarketOptions { get; set; }
    public CreditSpecificationRequest? CreditSpecification { get; set; }
    public LaunchTemplateInstanceMetadataOptionsRequest? MetadataOptions { get; set; }
    public bool? DisableApiTermination { get; set; }
    public bool? DisableApiStop { get; set; }
    public string? InstanceInitiatedShutdownBehavior { get; set; }
    public List<LaunchTemplateTagSpecificationRequest> TagSpecifications { get; set; } = [];

    public void Write(QueryWriter w)
    {
        w.Add("ImageId", ImageId);
        w.Add("InstanceType", InstanceType);
        w.Add("KeyName", KeyName);
        w.Add("UserData", UserData);
        w.Add("EbsOptimized", EbsOptimized);
        w.Add("IamInstanceProfile", IamInstanceProfile);
        w.Add("BlockDeviceMapping", BlockDeviceMappings);
        w.Add("NetworkInterface", NetworkInterfaces);
        w.Add("SecurityGroupId", SecurityGroupIds);
        w.Add("SecurityGroup", SecurityGroups);
        w.Add("Monitoring", Monitoring);
        w.Add("Placement", Placement);
        w.Add("InstanceMarketOptions", InstanceMarketOptions);
        w.Add("CreditSpecification", CreditSpecification);
        w.Add("MetadataOptions", MetadataOptions);
        w.Add("DisableApiTermination", DisableApiTermination);
        w.Add("DisableApiStop", DisableApiStop);
        w.Add("InstanceInitiatedShutdownBehavior", InstanceInitiatedShutdownBehavior);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class LaunchTemplateIamInstanceProfileSpecificationRequest : IQueryStructure
{
    public string? Arn { get; set; }
    public string? Name { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Arn", Arn);
        w.Add("Name", Name);
    }
}

internal sealed class LaunchTemplateBlockDeviceMappingRequest : IQueryStructure
{
    public string? DeviceName { get; set; }
    public LaunchTemplateEbsBlockDeviceRequest? Ebs { get; set; }
    public string? NoDevice { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("DeviceName", DeviceName);
        w.Add("Ebs", Ebs);
        w.Add("NoDevice", NoDevice);
    }
}

internal sealed class LaunchTemplateEbsBlockDeviceRequest : IQueryStructure
{
    public bool? DeleteOnTermination { get; set; }
    public bool? Encrypted { get; set; }
    public int? Iops { get; set; }
    public string? KmsKeyId { get; set; }
    public string? SnapshotId { get; set; }
    public int? Throughput { get; set; }
    public int? VolumeSize { get; set; }
    public string? VolumeType { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("DeleteOnTermination", DeleteOnTermination);
        w.Add("Encrypted", Encrypted);
        w.Add("Iops", Iops);
        w.Add("KmsKeyId", KmsKeyId);
        w.Add("SnapshotId", SnapshotId);
        w.Add("Throughput", Throughput);
        w.Add("VolumeSize", VolumeSize);
        w.Add("VolumeType", VolumeType);
    }
}

internal sealed class LaunchTemplateInstanceNetworkInterfaceSpecificationRequest : IQueryStructure
{
    public int? DeviceIndex { get; set; }
    public bool? AssociatePublicIpAddress { get; set; }
    public bool? DeleteOnTermination { get; set; }
    public string? Description { get; set; }
    public List<string> Groups { get; set; } = [];
    public string? InterfaceType { get; set; }
    public int? NetworkCardIndex { get; set; }
    public string? NetworkInterfaceId { get; set; }
    public string? PrivateIpAddress { get; set; }
    public string? SubnetId { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("DeviceIndex", DeviceIndex);
        w.Add("AssociatePublicIpAddress", AssociatePublicIpAddress);
        w.Add("DeleteOnTermination", DeleteOnTermination);
        w.Add("Description", Description);
        w.Add("SecurityGroupId", Groups);
        w.Add("InterfaceType", InterfaceType);
        w.Add("NetworkCardIndex", NetworkCardIndex);
        w.Add("NetworkInterfaceId", NetworkInterfaceId);
        w.Add("PrivateIpAddress", PrivateIpAddress);
        w.Add("SubnetId", SubnetId);
    }
}

internal sealed class LaunchTemplatesMonitoringRequest : IQueryStructure
{
    public bool? Enabled { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Enabled", Enabled);
    }
}

internal sealed class LaunchTemplatePlacementRequest : IQueryStructure
{
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public string? GroupName { get; set; }
    public string? GroupId { get; set; }
    public int? PartitionNumber { get; set; }
    public string? Tenancy { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("AvailabilityZone", AvailabilityZone);
        w.Add("AvailabilityZoneId", AvailabilityZoneId);
        w.Add("GroupName", GroupName);
        w.Add("GroupId", GroupId);
        w.Add("PartitionNumber", PartitionNumber);
        w.Add("Tenancy", Tenancy);
    }
}

internal sealed class LaunchTemplateInstanceMarketOptionsRequest : IQueryStructure
{
    public string? MarketType { get; set; }
    public LaunchTemplateSpotMarketOptionsRequest? SpotOptions { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("MarketType", MarketType);
        w.Add("SpotOptions", SpotOptions);
    }
}

internal sealed class LaunchTemplateSpotMarketOptionsRequest : IQueryStructure
{
    public string? MaxPrice { get; set; }
    public string? SpotInstanceType { get; set; }
    public int? BlockDurationMinutes { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }
    public string? InstanceInterruptionBehavior { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("MaxPrice", MaxPrice);
        w.Add("SpotInstanceType", SpotInstanceType);
        w.Add("BlockDurationMinutes", BlockDurationMinutes);
        w.Add("ValidUntil", ValidUntil);
        w.Add("InstanceInterruptionBehavior", InstanceInterruptionBehavior);
    }
}

internal sealed class LaunchTemplateInstanceMetadataOptionsRequest : IQueryStructure
{
    public string? HttpTokens { get; set; }
    public int? HttpPutResponseHopLimit { get; set; }
    public string? HttpEndpoint { get; set; }
    public string? HttpProtocolIpv6 { get; set; }
    public string? InstanceMetadataTags { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("HttpTokens", HttpTokens);
        w.Add("HttpPutResponseHopLimit", HttpPutResponseHopLimit);
        w.Add("HttpEndpoint", HttpEndpoint);
        w.Add("HttpProtocolIpv6", HttpProtocolIpv6);
        w.Add("InstanceMetadataTags", InstanceMetadataTags);
    }
}

internal sealed class LaunchTemplateTagSpecificationRequest : IQueryStructure
{
    public string? ResourceType { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public void Write(QueryWriter w)
    {
        w.Add("ResourceType", ResourceType);
        w.Add("Tag", Tags);
    }
}
