// Machines.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class Reservation
{
    public string ReservationId { get; set; } = "";
    public string? OwnerId { get; set; }
    public string? RequesterId { get; set; }
    public List<GroupIdentifier> Groups { get; set; } = [];
    public List<Instance> Instances { get; set; } = [];

    public static Reservation Read(XElement e) => new()
    {
        ReservationId = e.Text("reservationId") ?? "",
        OwnerId = e.Text("ownerId"),
        RequesterId = e.Text("requesterId"),
        Groups = e.Items("groupSet", GroupIdentifier.Read),
        Instances = e.Items("instancesSet", Instance.Read),
    };
}

internal sealed class Instance
{
    public string InstanceId { get; set; } = "";
    public string? ImageId { get; set; }
    public string? InstanceType { get; set; }
    public InstanceState? State { get; set; }
    public StateReason? StateReason { get; set; }
    public string? StateTransitionReason { get; set; }
    public DateTimeOffset? LaunchTime { get; set; }
    public Placement? Placement { get; set; }
    public string? Architecture { get; set; }
    public string? Platform { get; set; }
    public string? PlatformDetails { get; set; }
    public string? InstanceLifecycle { get; set; }
    public string? SpotInstanceRequestId { get; set; }
    public string? CapacityReservationId { get; set; }
    public string? ClientToken { get; set; }
    public string? KeyName { get; set; }
    public string? VpcId { get; set; }
    public string? SubnetId { get; set; }
    public string? PrivateIpAddress { get; set; }
    public string? PublicIpAddress { get; set; }
    public string? Ipv6Address { get; set; }
    public string? PrivateDnsName { get; set; }
    public string? PublicDnsName { get; set; }
    public List<GroupIdentifier> SecurityGroups { get; set; } = [];
    public List<InstanceNetworkInterface> NetworkInterfaces { get; set; } = [];
    public IamInstanceProfile? IamInstanceProfile { get; set; }
    public List<InstanceBlockDeviceMapping> BlockDeviceMappings { get; set; } = [];
    public string? RootDeviceName { get; set; }
    public string? RootDeviceType { get; set; }
    public Monitoring? Monitoring { get; set; }
    public InstanceMetadataOptionsResponse? MetadataOptions { get; set; }
    public CpuOptions? CpuOptions { get; set; }
    public bool? EbsOptimized { get; set; }
    public bool? SourceDestCheck { get; set; }
    public string? VirtualizationType { get; set; }
    public string? Hypervisor { get; set; }
    public int? AmiLaunchIndex { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static Instance Read(XElement e) => new()
    {
        InstanceId = e.Text("instanceId") ?? "",
        ImageId = e.Text("imageId"),
        InstanceType = e.Text("instanceType"),
        State = e.Structure("instanceState", InstanceState.Read),
        StateReason = e.Structure("stateReason", StateReason.Read),
        StateTransitionReason = e.Text("reason"),
        LaunchTime = e.Time("launchTime"),
        Placement = e.Structure("placement", Placement.Read),
        Architecture = e.Text("architecture"),
        Platform = e.Text("platform"),
        PlatformDetails = e.Text("platformDetails"),
        InstanceLifecycle = e.Text("instanceLifecycle"),
        SpotInstanceRequestId = e.Text("spotInstanceRequestId"),
        CapacityReservationId = e.Text("capacityReservationId"),
        ClientToken = e.Text("clientToken"),
        KeyName = e.Text("keyName"),
        VpcId = e.Text("vpcId"),
        SubnetId = e.Text("subnetId"),
        PrivateIpAddress = e.Text("privateIpAddress"),
        PublicIpAddress = e.Text("ipAddress"),
        Ipv6Address = e.Text("ipv6Address"),
        PrivateDnsName = e.Text("privateDnsName"),
        PublicDnsName = e.Text("dnsName"),
        SecurityGroups = e.Items("groupSet", GroupIdentifier.Read),
        NetworkInterfaces = e.Items("networkInterfaceSet", InstanceNetworkInterface.Read),
        IamInstanceProfile = e.Structure("iamInstanceProfile", IamInstanceProfile.Read),
        BlockDeviceMappings = e.Items("blockDeviceMapping", InstanceBlockDeviceMapping.Read),
        RootDeviceName = e.Text("rootDeviceName"),
        RootDeviceType = e.Text("rootDeviceType"),
        Monitoring = e.Structure("monitoring", Monitoring.Read),
        MetadataOptions = e.Structure("metadataOptions", InstanceMetadataOptionsResponse.Read),
        CpuOptions = e.Structure("cpuOptions", CpuOptions.Read),
        EbsOptimized = e.Bool("ebsOptimized"),
        SourceDestCheck = e.Bool("sourceDestCheck"),
        VirtualizationType = e.Text("virtualizationType"),
        Hypervisor = e.Text("hypervisor"),
        AmiLaunchIndex = e.Int("amiLaunchIndex"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class InstanceState
{
    public int? Code { get; set; }
    public string? Name { get; set; }

    public static InstanceState Read(XElement e) => new()
    {
        Code = e.Int("code"),
        Name = e.Text("name"),
    };
}

internal sealed class CpuOptions
{
    public int? CoreCount { get; set; }
    public int? ThreadsPerCore { get; set; }

    public static CpuOptions Read(XElement e) => new()
    {
        CoreCount = e.Int("coreCount"),
        ThreadsPerCore = e.Int("threadsPerCore"),
    };
}

internal sealed class StateReason
{
    public string? Code { get; set; }
    public string? Message { get; set; }

    public static StateReason Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
    };
}

internal sealed class InstanceBlockDeviceMapping
{
    public string? DeviceName { get; set; }
    public EbsInstanceBlockDevice? Ebs { get; set; }

    public static InstanceBlockDeviceMapping Read(XElement e) => new()
    {
        DeviceName = e.Text("deviceName"),
        Ebs = e.Structure("ebs", EbsInstanceBlockDevice.Read),
    };
}

internal sealed class EbsInstanceBlockDevice
{
    public string? VolumeId { get; set; }
    public string? Status { get; set; }
    public DateTimeOffset? AttachTime { get; set; }
    public bool? DeleteOnTermination { get; set; }

    public static EbsInstanceBlockDevice Read(XElement e) => new()
    {
        VolumeId = e.Text("volumeId"),
        Status = e.Text("status"),
        AttachTime = e.Time("attachTime"),
        DeleteOnTermination = e.Bool("deleteOnTermination"),
    };
}

internal sealed class DescribeInstancesRequest : Ec2Request, IPagedRequest
{
    public List<string> InstanceIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }

    internal override string Operation => "DescribeInstances";

    bool IPagedRequest.NamesItems => InstanceIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceId", InstanceIds);
        w.Add("Filter", Filters);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
    }
}

internal sealed class DescribeInstancesResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<Reservation> Reservations { get; set; } = [];

    public static DescribeInstancesResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Reservations = e.Items("reservationSet", Reservation.Read),
    };
}
