// Launch of single machines.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreditSpecificationRequest : IQueryStructure
{
    public required string CpuCredits { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("CpuCredits", CpuCredits);
    }
}

/// <summary><see cref="UserData"/> is base64.</summary>
internal sealed class RunInstancesRequest : Ec2Request, ITokenRequest
{
    public required int MinCount { get; set; }
    public required int MaxCount { get; set; }
    public string? ImageId { get; set; }
    public string? InstanceType { get; set; }
    public string? KeyName { get; set; }
    public string? SubnetId { get; set; }
    public List<string> SecurityGroupIds { get; set; } = [];
    public List<string> SecurityGroups { get; set; } = [];
    public string? PrivateIpAddress { get; set; }
    public List<InstanceNetworkInterfaceSpecification> NetworkInterfaces { get; set; } = [];
    public LaunchTemplateSpecification? LaunchTemplate { get; set; }
    public InstanceMarketOptionsRequest? InstanceMarketOptions { get; set; }
    public Placement? Placement { get; set; }
    public List<BlockDeviceMapping> BlockDeviceMappings { get; set; } = [];
    public IamInstanceProfileSpecification? IamInstanceProfile { get; set; }
    public InstanceMetadataOptionsRequest? MetadataOptions { get; set; }
    public CreditSpecificationRequest? CreditSpecification { get; set; }
    public RunInstancesMonitoringEnabled? Monitoring { get; set; }
    public string? UserData { get; set; }
    public bool? EbsOptimized { get; set; }
    public bool? DisableApiTermination { get; set; }
    public bool? DisableApiStop { get; set; }
    public string? InstanceInitiatedShutdownBehavior { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }

    internal override string Operation => "RunInstances";

    internal override void Write(QueryWriter w)
    {
        w.Add("MinCount", MinCount);
        w.Add("MaxCount", MaxCount);
        w.Add("ImageId", ImageId);
        w.Add("InstanceType", InstanceType);
        w.Add("KeyName", KeyName);
        w.Add("SubnetId", SubnetId);
        w.Add("SecurityGroupId", SecurityGroupIds);
        w.Add("SecurityGroup", SecurityGroups);
        w.Add("PrivateIpAddress", PrivateIpAddress);
        w.Add("NetworkInterface", NetworkInterfaces);
        w.Add("LaunchTemplate", LaunchTemplate);
        w.Add("InstanceMarketOptions", InstanceMarketOptions);
        w.Add("Placement", Placement);
        w.Add("BlockDeviceMapping", BlockDeviceMappings);
        w.Add("IamInstanceProfile", IamInstanceProfile);
        w.Add("MetadataOptions", MetadataOptions);
        w.Add("CreditSpecification", CreditSpecification);
        w.Add("Monitoring", Monitoring);
        w.Add("UserData", UserData);
        w.Add("EbsOptimized", EbsOptimized);
        w.Add("DisableApiTermination", DisableApiTermination);
        w.Add("DisableApiStop", DisableApiStop);
        w.Add("InstanceInitiatedShutdownBehavior", InstanceInitiatedShutdownBehavior);
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
    }
}

internal sealed class RunInstancesResponse : Ec2Response
{
    public Reservation Reservation { get; set; } = new();

    public static RunInstancesResponse Read(XElement e) => new()
    {
        Reservation = Reservation.Read(e),
    };
}

internal sealed class InstanceNetworkInterfaceSpecification : IQueryStructure
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

internal sealed class LaunchTemplateSpecification : IQueryStructure
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

internal sealed class InstanceMarketOptionsRequest : IQueryStructure
{
    public string? MarketType { get; set; }
    public SpotMarketOptions? SpotOptions { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("MarketType", MarketType);
        w.Add("SpotOptions", SpotOptions);
    }
}

internal sealed class SpotMarketOptions : IQueryStructure
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

internal sealed class Placement : IQueryStructure
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

    public static Placement Read(XElement e) => new()
    {
        AvailabilityZone = e.Text("availabilityZone"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        GroupName = e.Text("groupName"),
        GroupId = e.Text("groupId"),
        PartitionNumber = e.Int("partitionNumber"),
        Tenancy = e.Text("tenancy"),
    };
}

internal sealed class IamInstanceProfileSpecification : IQueryStructure
{
    public string? Arn { get; set; }
    public string? Name { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Arn", Arn);
        w.Add("Name", Name);
    }
}

internal sealed class InstanceMetadataOptionsRequest : IQueryStructure
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

internal sealed class RunInstancesMonitoringEnabled : IQueryStructure
{
    public required bool Enabled { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Enabled", Enabled);
    }
}

internal sealed class InstanceNetworkInterface
{
    public string? NetworkInterfaceId { get; set; }
    public string? Status { get; set; }
    public string? Description { get; set; }
    public string? InterfaceType { get; set; }
    public string? MacAddress { get; set; }
    public string? OwnerId { get; set; }
    public string? VpcId { get; set; }
    public string? SubnetId { get; set; }
    public string? PrivateIpAddress { get; set; }
    public string? PrivateDnsName { get; set; }
    public bool? SourceDestCheck { get; set; }
    public InstanceNetworkInterfaceAssociation? Association { get; set; }
    public InstanceNetworkInterfaceAttachment? Attachment { get; set; }
    public List<GroupIdentifier> Groups { get; set; } = [];

    public static InstanceNetworkInterface Read(XElement e) => new()
    {
        NetworkInterfaceId = e.Text("networkInterfaceId"),
        Status = e.Text("status"),
        Description = e.Text("description"),
        InterfaceType = e.Text("interfaceType"),
        MacAddress = e.Text("macAddress"),
        OwnerId = e.Text("ownerId"),
        VpcId = e.Text("vpcId"),
        SubnetId = e.Text("subnetId"),
        PrivateIpAddress = e.Text("privateIpAddress"),
        PrivateDnsName = e.Text("privateDnsName"),
        SourceDestCheck = e.Bool("sourceDestCheck"),
        Association = e.Structure("association", InstanceNetworkInterfaceAssociation.Read),
        Attachment = e.Structure("attachment", InstanceNetworkInterfaceAttachment.Read),
        Groups = e.Items("groupSet", GroupIdentifier.Read),
    };
}

internal sealed class InstanceNetworkInterfaceAssociation
{
    public string? PublicIp { get; set; }
    public string? PublicDnsName { get; set; }
    public string? IpOwnerId { get; set; }

    public static InstanceNetworkInterfaceAssociation Read(XElement e) => new()
    {
        PublicIp = e.Text("publicIp"),
        PublicDnsName = e.Text("publicDnsName"),
        IpOwnerId = e.Text("ipOwnerId"),
    };
}

internal sealed class InstanceNetworkInterfaceAttachment
{
    public string? AttachmentId { get; set; }
    public DateTimeOffset? AttachTime { get; set; }
    public bool? DeleteOnTermination { get; set; }
    public int? DeviceIndex { get; set; }
    public int? NetworkCardIndex { get; set; }
    public string? Status { get; set; }

    public static InstanceNetworkInterfaceAttachment Read(XElement e) => new()
    {
        AttachmentId = e.Text("attachmentId"),
        AttachTime = e.Time("attachTime"),
        DeleteOnTermination = e.Bool("deleteOnTermination"),
        DeviceIndex = e.Int("deviceIndex"),
        NetworkCardIndex = e.Int("networkCardIndex"),
        Status = e.Text("status"),
    };
}

internal sealed class IamInstanceProfile
{
    public string? Arn { get; set; }
    public string? Id { get; set; }

    public static IamInstanceProfile Read(XElement e) => new()
    {
        Arn = e.Text("arn"),
        Id = e.Text("id"),
    };
}

internal sealed class Monitoring
{
    public string? State { get; set; }

    public static Monitoring Read(XElement e) => new()
    {
        State = e.Text("state"),
    };
}

internal sealed class InstanceMetadataOptionsResponse
{
    public string? State { get; set; }
    public string? HttpTokens { get; set; }
    public int? HttpPutResponseHopLimit { get; set; }
    public string? HttpEndpoint { get; set; }
    public string? HttpProtocolIpv6 { get; set; }
    public string? InstanceMetadataTags { get; set; }

    public static InstanceMetadataOptionsResponse Read(XElement e) => new()
    {
        State = e.Text("state"),
        HttpTokens = e.Text("httpTokens"),
        HttpPutResponseHopLimit = e.Int("httpPutResponseHopLimit"),
        HttpEndpoint = e.Text("httpEndpoint"),
        HttpProtocolIpv6 = e.Text("httpProtocolIpv6"),
        InstanceMetadataTags = e.Text("instanceMetadataTags"),
    };
}
