// Disks in a request or an image.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class BlockDeviceMapping : IQueryStructure
{
    public EbsBlockDevice? Ebs { get; set; }
    public string? NoDevice { get; set; }
    public string? DeviceName { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Ebs", Ebs);
        w.Add("NoDevice", NoDevice);
        w.Add("DeviceName", DeviceName);
    }

    public static BlockDeviceMapping Read(XElement e) => new()
    {
        Ebs = e.Structure("ebs", EbsBlockDevice.Read),
        NoDevice = e.Text("noDevice"),
        DeviceName = e.Text("deviceName"),
    };
}

internal sealed class EbsBlockDevice : IQueryStructure
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

    public static EbsBlockDevice Read(XElement e) => new()
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
