namespace SpotCluster.Simulator.Ec2.Resources;

internal sealed class Volume : Ec2Resource
{
    public override string Kind => "volume";

    public override string State => Status;

    public override bool IsLive => Status != "deleted";

    public override string Zone => ZoneName;

    public required string ZoneName { get; init; }

    public required int SizeGiB { get; init; }

    public required string VolumeType { get; init; }

    public bool Encrypted { get; init; }

    public int? Iops { get; init; }

    public int? Throughput { get; init; }

    public string? SnapshotId { get; init; }

    public string Status { get; set; } = "available";

    public string? InstanceId { get; set; }

    public string? Device { get; set; }

    public bool DeleteOnTermination { get; set; }

    public DateTimeOffset? AttachedAt { get; set; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "volume-id" => One(Id),
        "availability-zone" => One(ZoneName),
        "status" => One(Status),
        "size" => One(SizeGiB.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        "volume-type" => One(VolumeType),
        "encrypted" => One(Encrypted),
        "snapshot-id" => One(SnapshotId),
        "attachment.instance-id" => One(InstanceId),
        "attachment.device" => One(Device),
        "attachment.status" => One(InstanceId is null ? null : "attached"),
        "attachment.delete-on-termination" => One(DeleteOnTermination),
        _ => null,
    };
}

internal sealed class Snapshot : Ec2Resource
{
    public override string Kind => "snapshot";

    public override string State => Status;

    public required string VolumeId { get; init; }

    public required int SizeGiB { get; init; }

    public string Description { get; init; } = "";

    public bool Encrypted { get; init; }

    public string Status { get; set; } = "pending";

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "snapshot-id" => One(Id),
        "status" => One(Status),
        "volume-id" => One(VolumeId),
        "volume-size" => One(SizeGiB.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        "description" => One(Description),
        "encrypted" => One(Encrypted),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class Image : Ec2Resource
{
    public override string Kind => "image";

    public override string State => Status;

    public required string Name { get; init; }

    public required string Architecture { get; init; }

    public required string OwnerId { get; init; }

    public string? OwnerAlias { get; init; }

    public string Description { get; init; } = "";

    public string? Platform { get; init; }

    public required string RootDevice { get; init; }

    public required string RootSnapshotId { get; set; }

    public int RootSizeGiB { get; init; } = 8;

    public bool IsPublic { get; init; }

    public string Status { get; set; } = "available";

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "image-id" => One(Id),
        "name" => One(Name),
        "architecture" => One(Architecture),
        "owner-id" => One(OwnerId),
        "owner-alias" => One(OwnerAlias),
        "state" => One(Status),
        "description" => One(Description),
        "platform" => One(Platform),
        "is-public" => One(IsPublic),
        "root-device-name" => One(RootDevice),
        "root-device-type" => One("ebs"),
        "virtualization-type" => One("hvm"),
        "hypervisor" => One("xen"),
        "image-type" => One("machine"),
        "ena-support" => One(true),
        "block-device-mapping.snapshot-id" => One(RootSnapshotId),
        "block-device-mapping.volume-type" => One("gp3"),
        _ => null,
    };
}
