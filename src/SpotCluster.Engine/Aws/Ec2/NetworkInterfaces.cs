// Network interfaces.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreateNetworkInterfaceRequest : Ec2Request, ITokenRequest
{
    public required string SubnetId { get; set; }
    public string? Description { get; set; }
    public List<string> Groups { get; set; } = [];
    public string? PrivateIpAddress { get; set; }
    public string? InterfaceType { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }

    internal override string Operation => "CreateNetworkInterface";

    internal override void Write(QueryWriter w)
    {
        w.Add("SubnetId", SubnetId);
        w.Add("Description", Description);
        w.Add("SecurityGroupId", Groups);
        w.Add("PrivateIpAddress", PrivateIpAddress);
        w.Add("InterfaceType", InterfaceType);
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
    }
}

internal sealed class CreateNetworkInterfaceResponse : Ec2Response
{
    public required NetworkInterface NetworkInterface { get; set; }

    public static CreateNetworkInterfaceResponse Read(XElement e) => new()
    {
        NetworkInterface = e.RequiredStructure("networkInterface", NetworkInterface.Read),
    };
}

internal sealed class NetworkInterface
{
    public string NetworkInterfaceId { get; set; } = "";
    public string? Status { get; set; }
    public string? Description { get; set; }
    public string? InterfaceType { get; set; }
    public string? VpcId { get; set; }
    public string? SubnetId { get; set; }
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public string? OwnerId { get; set; }
    public string? RequesterId { get; set; }
    public bool? RequesterManaged { get; set; }
    public string? MacAddress { get; set; }
    public string? PrivateIpAddress { get; set; }
    public string? PrivateDnsName { get; set; }
    public bool? SourceDestCheck { get; set; }
    public NetworkInterfaceAssociation? Association { get; set; }
    public NetworkInterfaceAttachment? Attachment { get; set; }
    public List<GroupIdentifier> Groups { get; set; } = [];
    public List<NetworkInterfacePrivateIpAddress> PrivateIpAddresses { get; set; } = [];
    public List<Tag> TagSet { get; set; } = [];

    public static NetworkInterface Read(XElement e) => new()
    {
        NetworkInterfaceId = e.Text("networkInterfaceId") ?? "",
        Status = e.Text("status"),
        Description = e.Text("description"),
        InterfaceType = e.Text("interfaceType"),
        VpcId = e.Text("vpcId"),
        SubnetId = e.Text("subnetId"),
        AvailabilityZone = e.Text("availabilityZone"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        OwnerId = e.Text("ownerId"),
        RequesterId = e.Text("requesterId"),
        RequesterManaged = e.Bool("requesterManaged"),
        MacAddress = e.Text("macAddress"),
        PrivateIpAddress = e.Text("privateIpAddress"),
        PrivateDnsName = e.Text("privateDnsName"),
        SourceDestCheck = e.Bool("sourceDestCheck"),
        Association = e.Structure("association", NetworkInterfaceAssociation.Read),
        Attachment = e.Structure("attachment", NetworkInterfaceAttachment.Read),
        Groups = e.Items("groupSet", GroupIdentifier.Read),
        PrivateIpAddresses = e.Items("privateIpAddressesSet", NetworkInterfacePrivateIpAddress.Read),
        TagSet = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class NetworkInterfaceAssociation
{
    public string? AssociationId { get; set; }
    public string? AllocationId { get; set; }
    public string? PublicIp { get; set; }
    public string? PublicDnsName { get; set; }
    public string? IpOwnerId { get; set; }

    public static NetworkInterfaceAssociation Read(XElement e) => new()
    {
        AssociationId = e.Text("associationId"),
        AllocationId = e.Text("allocationId"),
        PublicIp = e.Text("publicIp"),
        PublicDnsName = e.Text("publicDnsName"),
        IpOwnerId = e.Text("ipOwnerId"),
    };
}

internal sealed class NetworkInterfaceAttachment
{
    public string? AttachmentId { get; set; }
    public DateTimeOffset? AttachTime { get; set; }
    public bool? DeleteOnTermination { get; set; }
    public int? DeviceIndex { get; set; }
    public int? NetworkCardIndex { get; set; }
    public string? InstanceId { get; set; }
    public string? InstanceOwnerId { get; set; }
    public string? Status { get; set; }

    public static NetworkInterfaceAttachment Read(XElement e) => new()
    {
        AttachmentId = e.Text("attachmentId"),
        AttachTime = e.Time("attachTime"),
        DeleteOnTermination = e.Bool("deleteOnTermination"),
        DeviceIndex = e.Int("deviceIndex"),
        NetworkCardIndex = e.Int("networkCardIndex"),
        InstanceId = e.Text("instanceId"),
        InstanceOwnerId = e.Text("instanceOwnerId"),
        Status = e.Text("status"),
    };
}

internal sealed class NetworkInterfacePrivateIpAddress
{
    public NetworkInterfaceAssociation? Association { get; set; }
    public bool? Primary { get; set; }
    public string? PrivateDnsName { get; set; }
    public string? PrivateIpAddress { get; set; }

    public static NetworkInterfacePrivateIpAddress Read(XElement e) => new()
    {
        Association = e.Structure("association", NetworkInterfaceAssociation.Read),
        Primary = e.Bool("primary"),
        PrivateDnsName = e.Text("privateDnsName"),
        PrivateIpAddress = e.Text("privateIpAddress"),
    };
}

internal sealed class DescribeNetworkInterfacesRequest : Ec2Request, IPagedRequest
{
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<string> NetworkInterfaceIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeNetworkInterfaces";

    bool IPagedRequest.NamesItems => NetworkInterfaceIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("NetworkInterfaceId", NetworkInterfaceIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeNetworkInterfacesResponse : Ec2Response, IPagedResponse
{
    public List<NetworkInterface> NetworkInterfaces { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeNetworkInterfacesResponse Read(XElement e) => new()
    {
        NetworkInterfaces = e.Items("networkInterfaceSet", NetworkInterface.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class DetachNetworkInterfaceRequest : Ec2Request
{
    public required string AttachmentId { get; set; }
    public bool? Force { get; set; }

    internal override string Operation => "DetachNetworkInterface";

    internal override void Write(QueryWriter w)
    {
        w.Add("AttachmentId", AttachmentId);
        w.Add("Force", Force);
    }
}

internal sealed class DetachNetworkInterfaceResponse : Ec2Response
{
    public static DetachNetworkInterfaceResponse Read(XElement e) => new();
}

internal sealed class DeleteNetworkInterfaceRequest : Ec2Request
{
    public required string NetworkInterfaceId { get; set; }

    internal override string Operation => "DeleteNetworkInterface";

    internal override void Write(QueryWriter w)
    {
        w.Add("NetworkInterfaceId", NetworkInterfaceId);
    }
}

internal sealed class DeleteNetworkInterfaceResponse : Ec2Response
{
    public static DeleteNetworkInterfaceResponse Read(XElement e) => new();
}
