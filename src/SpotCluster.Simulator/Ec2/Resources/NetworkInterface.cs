namespace SpotCluster.Simulator.Ec2.Resources;

internal sealed class NetworkInterface : Ec2Resource
{
    public override string Kind => "network-interface";

    public override string State => Status;

    public override string VpcId => Subnet.VpcId;

    public override string Zone => Subnet.ZoneName;

    public required Subnet Subnet { get; init; }

    public required string PrivateIp { get; init; }

    public required string MacAddress { get; init; }

    public List<SecurityGroup> Groups { get; init; } = [];

    public string Description { get; init; } = "";

    /// <summary><c>interface</c>, <c>nat_gateway</c>, <c>vpc_endpoint</c>, <c>lambda</c>.</summary>
    public string InterfaceType { get; init; } = "interface";

    /// <summary>The service that made it, for example <c>amazon-elb</c>; null for our own.</summary>
    public string? RequesterId { get; init; }

    public bool RequesterManaged => RequesterId is not null;

    public string Status { get; set; } = "available";

    public string? AttachmentId { get; set; }

    public string? InstanceId { get; set; }

    public int DeviceIndex { get; set; }

    public bool DeleteOnTermination { get; set; }

    public DateTimeOffset? AttachedAt { get; set; }

    public string? PublicIp { get; set; }

    public string? AllocationId { get; set; }

    public string? AssociationId { get; set; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "network-interface-id" => One(Id),
        "vpc-id" => One(VpcId),
        "subnet-id" => One(Subnet.Id),
        "availability-zone" => One(Zone),
        "status" => One(Status),
        "description" => One(Description),
        "interface-type" => One(InterfaceType),
        "group-id" => Groups.Select(group => group.Id),
        "group-name" => Groups.Select(group => group.Name),
        "attachment.instance-id" => One(InstanceId),
        "attachment.attachment-id" => One(AttachmentId),
        "attachment.status" => One(AttachmentId is null ? null : "attached"),
        "attachment.delete-on-termination" => One(DeleteOnTermination),
        "addresses.private-ip-address" or "private-ip-address" => One(PrivateIp),
        "association.public-ip" or "addresses.association.public-ip" => One(PublicIp),
        "association.allocation-id" => One(AllocationId),
        "requester-id" => One(RequesterId),
        "requester-managed" => One(RequesterManaged),
        "mac-address" => One(MacAddress),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class ElasticAddress : Ec2Resource
{
    public override string Kind => "elastic-ip";

    public required string PublicIp { get; init; }

    public string? AssociationId { get; set; }

    public NetworkInterface? Interface { get; set; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "allocation-id" => One(Id),
        "public-ip" => One(PublicIp),
        "association-id" => One(AssociationId),
        "instance-id" => One(Interface?.InstanceId),
        "network-interface-id" => One(Interface?.Id),
        "private-ip-address" => One(Interface?.PrivateIp),
        "domain" => One("vpc"),
        "network-border-group" => [],
        _ => null,
    };
}

internal sealed class NatGateway : Ec2Resource
{
    public override string Kind => "natgateway";

    public override string State => Status;

    public override bool IsLive => Status != "deleted";

    public override string VpcId => Interface.VpcId;

    public required NetworkInterface Interface { get; init; }

    public ElasticAddress? Address { get; init; }

    public string Status { get; set; } = "pending";

    public DateTimeOffset? DeletedAt { get; set; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "nat-gateway-id" => One(Id),
        "vpc-id" => One(VpcId),
        "subnet-id" => One(Interface.Subnet.Id),
        "state" => One(Status),
        _ => null,
    };
}

internal sealed class VpcEndpoint : Ec2Resource
{
    public override string Kind => "vpc-endpoint";

    public override string State => Status;

    public override bool IsLive => Status != "deleted";

    public override string VpcId => InVpc;

    public required string InVpc { get; init; }

    public required string ServiceName { get; init; }

    public required string EndpointType { get; init; }

    public List<NetworkInterface> Interfaces { get; } = [];

    public List<string> RouteTableIds { get; init; } = [];

    public string Status { get; set; } = "pending";

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "vpc-endpoint-id" => One(Id),
        "vpc-id" => One(VpcId),
        "service-name" => One(ServiceName),
        "vpc-endpoint-type" => One(EndpointType),
        "vpc-endpoint-state" => One(Status),
        _ => null,
    };
}
