using SpotCluster.Simulator.Aws;

namespace SpotCluster.Simulator.Ec2.Resources;

internal sealed class Instance : Ec2Resource
{
    public override string Kind => "instance";

    public override string State => Status;

    public override bool IsLive => Status != "terminated";

    // A terminated machine forgets where it was.
    public override string? VpcId => IsLive ? Subnet.VpcId : null;

    public override string Zone => Subnet.ZoneName;

    public required InstanceTypeInfo Type { get; set; }

    public required Image Image { get; init; }

    public required Subnet Subnet { get; init; }

    public required QueryNode Specification { get; init; }

    public required string ReservationId { get; init; }

    public required int LaunchIndex { get; init; }

    public required DateTimeOffset LaunchedAt { get; set; }

    public string? ClientToken { get; init; }

    public SpotRequest? SpotRequest { get; init; }

    public bool IsSpot => SpotRequest is not null;

    /// <summary>The capacity reservation that it was launched in; null for none.</summary>
    public string? CapacityReservationId { get; init; }

    public string? KeyName { get; init; }

    public string Status { get; set; } = "pending";

    public int StatusCode => Status switch { "pending" => 0, "running" => 16, "shutting-down" => 32, "terminated" => 48, "stopping" => 64, _ => 80 };

    public string? ReasonCode { get; set; }

    public string? ReasonMessage { get; set; }

    /// <summary>The free text that AWS shows since its first days.</summary>
    public string Reason { get; set; } = "";

    public DateTimeOffset? RunningSince { get; set; }

    public DateTimeOffset? TerminatedAt { get; set; }

    /// <summary>When a notice says that the machine will be taken; null without a notice.</summary>
    public DateTimeOffset? InterruptionAt { get; set; }

    /// <summary>When EC2 recommended to replace it; null when it did not.</summary>
    public DateTimeOffset? RebalanceAt { get; set; }

    /// <summary>When what runs on it fell silent: at its notice, or when it began to stop; null while it works.</summary>
    public DateTimeOffset? QuietSince { get; set; }

    public bool DisableApiTermination { get; set; }

    public bool DisableApiStop { get; set; }

    public string ShutdownBehavior { get; set; } = "stop";

    public List<NetworkInterface> Interfaces { get; } = [];

    public List<Volume> Volumes { get; } = [];

    public NetworkInterface? Primary => Interfaces.FirstOrDefault(eni => eni.DeviceIndex == 0);

    public string? PublicIp => Primary?.PublicIp;

    public string? FleetId { get; init; }

    public string? PlacementGroup => Specification["Placement"].Text("GroupName");

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "instance-id" => One(Id),
        "instance-state-name" => One(Status),
        "instance-state-code" => One(StatusCode.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        "instance-type" => One(Type.Name),
        "instance-lifecycle" => One(IsSpot ? "spot" : null),
        "architecture" => One(Type.Architecture),
        "availability-zone" => One(Zone),
        "vpc-id" => One(VpcId),
        "subnet-id" => One(IsLive ? Subnet.Id : null),
        "image-id" => One(Image.Id),
        "key-name" => One(KeyName),
        "client-token" => One(ClientToken),
        "launch-time" => One(XmlBody.Format(LaunchedAt)),
        "reservation-id" => One(ReservationId),
        "capacity-reservation-id" => One(CapacityReservationId),
        "spot-instance-request-id" => One(SpotRequest?.Id),
        "private-ip-address" or "network-interface.addresses.private-ip-address" => Interfaces.Select(eni => eni.PrivateIp),
        "ip-address" => One(PublicIp),
        "dns-name" => One(PublicIp is { } ip ? DnsNames.Public(ip) : null),
        "instance.group-id" or "group-id" or "network-interface.group-id" => Interfaces.SelectMany(eni => eni.Groups).Select(group => group.Id),
        "instance.group-name" or "group-name" or "network-interface.group-name" => Interfaces.SelectMany(eni => eni.Groups).Select(group => group.Name),
        "network-interface.network-interface-id" => Interfaces.Select(eni => eni.Id),
        "network-interface.subnet-id" => Interfaces.Select(eni => eni.Subnet.Id),
        "network-interface.vpc-id" => Interfaces.Select(eni => eni.VpcId),
        "block-device-mapping.volume-id" => Volumes.Select(volume => volume.Id),
        "placement-group-name" => One(PlacementGroup),
        "root-device-type" => One("ebs"),
        "root-device-name" => One(Image.RootDevice),
        "tenancy" => One("default"),
        "platform" => One(Image.Platform),
        "hypervisor" => One("xen"),
        "virtualization-type" => One("hvm"),
        "state-reason-code" => One(ReasonCode),
        "owner-id" => [],
        _ => null,
    };
}

internal static class DnsNames
{
    public static string Public(string ip) => $"ec2-{ip.Replace('.', '-')}.compute.amazonaws.com";

    public static string Private(string ip, string region) =>
        $"ip-{ip.Replace('.', '-')}.{(region == "us-east-1" ? "ec2" : region + ".compute")}.internal";
}
