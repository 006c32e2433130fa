// Volumes.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreateVolumeRequest : Ec2Request, ITokenRequest
{
    public string? AvailabilityZone { get; set; }
    public int? Size { get; set; }
    public string? VolumeType { get; set; }
    public string? SnapshotId { get; set; }
    public bool? Encrypted { get; set; }
    public string? KmsKeyId { get; set; }
    public int? Iops { get; set; }
    public int? Throughput { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }

    internal override string Operation => "CreateVolume";

    internal override void Write(QueryWriter w)
    {
        w.Add("AvailabilityZone", AvailabilityZone);
        w.Add("Size", Size);
        w.Add("VolumeType", VolumeType);
        w.Add("SnapshotId", SnapshotId);
        w.Add("Encrypted", Encrypted);
        w.Add("KmsKeyId", KmsKeyId);
        w.Add("Iops", Iops);
        w.Add("Throughput", Throughput);
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
    }
}

internal sealed class CreateVolumeResponse : Ec2Response
{
    public Volume Volume { get; set; } = new();

    public static CreateVolumeResponse Read(XElement e) => new()
    {
        Volume = Volume.Read(e),
    };
}

internal sealed class Volume
{
    public string VolumeId { get; set; } = "";
    public string? State { get; set; }
    public string? VolumeType { get; set; }
    public int? Size { get; set; }
    public int? Iops { get; set; }
    public int? Throughput { get; set; }
    public string? AvailabilityZone { get; set; }
    public string? SnapshotId { get; set; }
    public DateTimeOffset? CreateTime { get; set; }
    public bool? Encrypted { get; set; }
    public bool? MultiAttachEnabled { get; set; }
    public List<VolumeAttachment> Attachments { get; set; } = [];
    public List<Tag> Tags { get; set; } = [];

    public static Volume Read(XElement e) => new()
    {
        VolumeId = e.Text("volumeId") ?? "",
        State = e.Text("status"),
        VolumeType = e.Text("volumeType"),
        Size = e.Int("size"),
        Iops = e.Int("iops"),
        Throughput = e.Int("throughput"),
        AvailabilityZone = e.Text("availabilityZone"),
        SnapshotId = e.Text("snapshotId"),
        CreateTime = e.Time("createTime"),
        Encrypted = e.Bool("encrypted"),
        MultiAttachEnabled = e.Bool("multiAttachEnabled"),
        Attachments = e.Items("attachmentSet", VolumeAttachment.Read),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class VolumeAttachment
{
    public string? VolumeId { get; set; }
    public string? InstanceId { get; set; }
    public string? Device { get; set; }
    public string? State { get; set; }
    public DateTimeOffset? AttachTime { get; set; }
    public bool? DeleteOnTermination { get; set; }

    public static VolumeAttachment Read(XElement e) => new()
    {
        VolumeId = e.Text("volumeId"),
        InstanceId = e.Text("instanceId"),
        Device = e.Text("device"),
        State = e.Text("status"),
        AttachTime = e.Time("attachTime"),
        DeleteOnTermination = e.Bool("deleteOnTermination"),
    };
}

internal sealed class DescribeVolumesRequest : Ec2Request, IPagedRequest
{
    public List<string> VolumeIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }

    internal override string Operation => "DescribeVolumes";

    bool IPagedRequest.NamesItems => VolumeIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("VolumeId", VolumeIds);
        w.Add("Filter", Filters);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
    }
}

internal sealed class DescribeVolumesResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<Volume> Volumes { get; set; } = [];

    public static DescribeVolumesResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Volumes = e.Items("volumeSet", Volume.Read),
    };
}

internal sealed class DetachVolumeRequest : Ec2Request
{
    public string? Device { get; set; }
    public bool? Force { get; set; }
    public string? InstanceId { get; set; }
    public required string VolumeId { get; set; }

    internal override string Operation => "DetachVolume";

    internal override void Write(QueryWriter w)
    {
        w.Add("Device", Device);
        w.Add("Force", Force);
        w.Add("InstanceId", InstanceId);
        w.Add("VolumeId", VolumeId);
    }
}

internal sealed class DetachVolumeResponse : Ec2Response
{
    public VolumeAttachment Attachment { get; set; } = new();

    public static DetachVolumeResponse Read(XElement e) => new()
    {
        Attachment = VolumeAttachment.Read(e),
    };
}

internal sealed class DeleteVolumeRequest : Ec2Request
{
    public required string VolumeId { get; set; }

    internal override string Operation => "DeleteVolume";

    internal override void Write(QueryWriter w)
    {
        w.Add("VolumeId", VolumeId);
    }
}

internal sealed class DeleteVolumeResponse : Ec2Response
{
    public static DeleteVolumeResponse Read(XElement e) => new();
}
