// What launch templates hold.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeLaunchTemplateVersionsRequest : Ec2Request, IPagedRequest
{
    public string? LaunchTemplateId { get; set; }
    public string? LaunchTemplateName { get; set; }
    public List<string> Versions { get; set; } = [];
    public string? MinVersion { get; set; }
    public string? MaxVersion { get; set; }
    public bool? ResolveAlias { get; set; }
    public List<Filter> Filters { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }

    internal override string Operation => "DescribeLaunchTemplateVersions";

    bool IPagedRequest.NamesItems => Versions.Count > 0;

    int IPagedRequest.PageSize => 200;

    internal override void Write(QueryWriter w)
    {
        w.Add("LaunchTemplateId", LaunchTemplateId);
        w.Add("LaunchTemplateName", LaunchTemplateName);
        w.Add("LaunchTemplateVersion", Versions);
        w.Add("MinVersion", MinVersion);
        w.Add("MaxVersion", MaxVersion);
        w.Add("ResolveAlias", ResolveAlias);
        w.Add("Filter", Filters);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class DescribeLaunchTemplateVersionsResponse : Ec2Response, IPagedResponse
{
    public List<LaunchTemplateVersion> LaunchTemplateVersions { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeLaunchTemplateVersionsResponse Read(XElement e) => new()
    {
        LaunchTemplateVersions = e.Items("launchTemplateVersionSet", LaunchTemplateVersion.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class LaunchTemplateVersion
{
    public string? LaunchTemplateId { get; set; }
    public string? LaunchTemplateName { get; set; }
    public long? VersionNumber { get; set; }
    public string? VersionDescription { get; set; }
    public DateTimeOffset? CreateTime { get; set; }
    public string? CreatedBy { get; set; }
    public bool? DefaultVersion { get; set; }
    public ResponseLaunchTemplateData? LaunchTemplateData { get; set; }

    public static LaunchTemplateVersion Read(XElement e) => new()
    {
        LaunchTemplateId = e.Text("launchTemplateId"),
        LaunchTemplateName = e.Text("launchTemplateName"),
        VersionNumber = e.Long("versionNumber"),
        VersionDescription = e.Text("versionDescription"),
        CreateTime = e.Time("createTime"),
        CreatedBy = e.Text("createdBy"),
        DefaultVersion = e.Bool("defaultVersion"),
        LaunchTemplateData = e.Structure("launchTemplateData", ResponseLaunchTemplateData.Read),
    };
}

internal sealed class ResponseLaunchTemplateData
{
    public string? ImageId { get; set; }
    public string? InstanceType { get; set; }
    public string? KeyName { get; set; }
    public string? UserData { get; set; }
    public LaunchTemplateIamInstanceProfileSpecification? IamInstanceProfile { get; set; }
    public List<LaunchTemplateBlockDeviceMapping> BlockDeviceMappings { get; set; } = [];
    public List<LaunchTemplateInstanceNetworkInterfaceSpecification> NetworkInterfaces { get; set; } = [];
    public List<string> SecurityGroupIds { get; set; } = [];
    public List<string> SecurityGroups { get; set; } = [];
    public LaunchTemplateInstanceMarketOptions? InstanceMarketOptions { get; set; }
    public LaunchTemplateInstanceMetadataOptions? MetadataOptions { get; set; }
    public bool? DisableApiTermination { get; set; }
    public string? InstanceInitiatedShutdownBehavior { get; set; }
    public List<LaunchTemplateTagSpecification> TagSpecifications { get; set; } = [];

    public static ResponseLaunchTemplateData Read(XElement e) => new()
    {
        ImageId = e.Text("imageId"),
        InstanceType = e.Text("instanceType"),
        KeyName = e.Text("keyName"),
        UserData = e.Text("userData"),
        IamInstanceProfile = e.Structure("iamInstanceProfile", LaunchTemplateIamInstanceProfileSpecification.Read),
        BlockDeviceMappings = e.Items("blockDeviceMappingSet", LaunchTemplateBlockDeviceMapping.Read),
        NetworkInterfaces = e.Items("networkInterfaceSet", LaunchTemplateInstanceNetworkInterfaceSpecification.Read),
        SecurityGroupIds = e.Texts("securityGroupIdSet"),
        SecurityGroups = e.Texts("securityGroupSet"),
        InstanceMarketOptions = e.Structure("instanceMarketOptions", LaunchTemplateInstanceMarketOptions.Read),
        MetadataOptions = e.Structure("metadataOptions", LaunchTemplateInstanceMetadataOptions.Read),
        DisableApiTermination = e.Bool("disableApiTermination"),
        InstanceInitiatedShutdownBehavior = e.Text("instanceInitiatedShutdownBehavior"),
        TagSpecifications = e.Items("tagSpecificationSet", LaunchTemplateTagSpecification.Read),
    };
}

internal sealed class LaunchTemplateIamInstanceProfileSpecification
{
    public string? Arn { get; set; }
    public string? Name { get; set; }

    public static LaunchTemplateIamInstanceProfileSpecification Read(XElement e) => new()
    {
        Arn = e.Text("arn"),
        Name = e.Text("name"),
    };
}

internal sealed class LaunchTemplateBlockDeviceMapping
{
    public string? DeviceName { get; set; }
    public LaunchTemplateEbsBlockDevice? Ebs { get; set; }
    public string? NoDevice { get; set; }

    public static LaunchTemplateBlockDeviceMapping Read(XElement e) => new()
    {
        DeviceName = e.Text("deviceName"),
        Ebs = e.Structure("ebs", LaunchTemplateEbsBlockDevice.Read),
        NoDevice = e.Text("noDevice"),
    };
}

internal sealed class LaunchTemplateEbsBlockDevice
{
    public bool? DeleteOnTermination { get; set; }
    public bool? Encrypted { get; set; }
    public int? Iops { get; set; }
    public string? KmsKeyId { get; set; }
    public string? SnapshotId { get; set; }
    public int? Throughput { get; set; }
    public int? VolumeSize { get; set; }
    public string? VolumeType { get; set; }

    public static LaunchTemplateEbsBlockDevice Read(XElement e) => new()
    {
        DeleteOnTermination = e.Bool("deleteOnTermination"),
        Encrypted = e.Bool("encrypted"),
        Iops = e.Int("iops"),
        KmsKeyId = e.Text("kmsKeyId"),
        SnapshotId = e.Text("snapshotId"),
        Throughput = e.Int("throughput"),
        VolumeSize = e.Int("volumeSize"),
        VolumeType = e.Text("volumeType"),
    };
}

internal sealed class LaunchTemplateInstanceNetworkInterfaceSpecification
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

    public static LaunchTemplateInstanceNetworkInterfaceSpecification Read(XElement e) => new()
    {
        DeviceIndex = e.Int("deviceIndex"),
        AssociatePublicIpAddress = e.Bool("associatePublicIpAddress"),
        DeleteOnTermination = e.Bool("deleteOnTermination"),
        Description = e.Text("description"),
        Groups = e.Texts("groupSet"),
        InterfaceType = e.Text("interfaceType"),
        NetworkCardIndex = e.Int("networkCardIndex"),
        NetworkInterfaceId = e.Text("networkInterfaceId"),
        PrivateIpAddress = e.Text("privateIpAddress"),
        SubnetId = e.Text("subnetId"),
    };
}

internal sealed class LaunchTemplateInstanceMarketOptions
{
    public string? MarketType { get; set; }
    public LaunchTemplateSpotMarketOptions? SpotOptions { get; set; }

    public static LaunchTemplateInstanceMarketOptions Read(XElement e) => new()
    {
        MarketType = e.Text("marketType"),
        SpotOptions = e.Structure("spotOptions", LaunchTemplateSpotMarketOptions.Read),
    };
}

internal sealed class LaunchTemplateSpotMarketOptions
{
    public string? MaxPrice { get; set; }
    public string? SpotInstanceType { get; set; }
    public int? BlockDurationMinutes { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }
    public string? InstanceInterruptionBehavior { get; set; }

    public static LaunchTemplateSpotMarketOptions Read(XElement e) => new()
    {
        MaxPrice = e.Text("maxPrice"),
        SpotInstanceType = e.Text("spotInstanceType"),
        BlockDurationMinutes = e.Int("blockDurationMinutes"),
        ValidUntil = e.Time("validUntil"),
        InstanceInterruptionBehavior = e.Text("instanceInterruptionBehavior"),
    };
}

internal sealed class LaunchTemplateInstanceMetadataOptions
{
    public string? State { get; set; }
    public string? HttpTokens { get; set; }
    public int? HttpPutResponseHopLimit { get; set; }
    public string? HttpEndpoint { get; set; }
    public string? HttpProtocolIpv6 { get; set; }
    public string? InstanceMetadataTags { get; set; }

    public static LaunchTemplateInstanceMetadataOptions Read(XElement e) => new()
    {
        State = e.Text("state"),
        HttpTokens = e.Text("httpTokens"),
        HttpPutResponseHopLimit = e.Int("httpPutResponseHopLimit"),
        HttpEndpoint = e.Text("httpEndpoint"),
        HttpProtocolIpv6 = e.Text("httpProtocolIpv6"),
        InstanceMetadataTags = e.Text("instanceMetadataTags"),
    };
}

internal sealed class LaunchTemplateTagSpecification
{
    public string? ResourceType { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static LaunchTemplateTagSpecification Read(XElement e) => new()
    {
        ResourceType = e.Text("resourceType"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}
