// Snapshots.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class CreateSnapshotRequest : Ec2Request
{
    public required string VolumeId { get; set; }
    public string? Description { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "CreateSnapshot";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("VolumeId", VolumeId);
        w.Add("Description", Description);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class CreateSnapshotResponse : Ec2Response
{
    public Snapshot Snapshot { get; set; } = new();

    public static CreateSnapshotResponse Read(XElement e) => new()
    {
        Snapshot = Snapshot.Read(e),
    };
}

internal sealed class Snapshot
{
    public string SnapshotId { get; set; } = "";
    public string? VolumeId { get; set; }
    public string? State { get; set; }
    public string? StateMessage { get; set; }
    public DateTimeOffset? StartTime { get; set; }
    public string? Progress { get; set; }
    public string? OwnerId { get; set; }
    public string? OwnerAlias { get; set; }
    public string? Description { get; set; }
    public int? VolumeSize { get; set; }
    public bool? Encrypted { get; set; }
    public string? StorageTier { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static Snapshot Read(XElement e) => new()
    {
        SnapshotId = e.Text("snapshotId") ?? "",
        VolumeId = e.Text("volumeId"),
        State = e.Text("status"),
        StateMessage = e.Text("statusMessage"),
        StartTime = e.Time("startTime"),
        Progress = e.Text("progress"),
        OwnerId = e.Text("ownerId"),
        OwnerAlias = e.Text("ownerAlias"),
        Description = e.Text("description"),
        VolumeSize = e.Int("volumeSize"),
        Encrypted = e.Bool("encrypted"),
        StorageTier = e.Text("storageTier"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

/// <summary>Without an owner every public snapshot is listed.</summary>
internal sealed class DescribeSnapshotsRequest : Ec2Request, IPagedRequest
{
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }
    public List<string> OwnerIds { get; set; } = [];
    public List<string> RestorableByUserIds { get; set; } = [];
    public List<string> SnapshotIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeSnapshots";

    bool IPagedRequest.NamesItems => SnapshotIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
        w.Add("Owner", OwnerIds);
        w.Add("RestorableBy", RestorableByUserIds);
        w.Add("SnapshotId", SnapshotIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeSnapshotsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<Snapshot> Snapshots { get; set; } = [];

    public static DescribeSnapshotsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Snapshots = e.Items("snapshotSet", Snapshot.Read),
    };
}

internal sealed class DeleteSnapshotRequest : Ec2Request
{
    public required string SnapshotId { get; set; }

    internal override string Operation => "DeleteSnapshot";

    internal override void Write(QueryWriter w)
    {
        w.Add("SnapshotId", SnapshotId);
    }
}

internal sealed class DeleteSnapshotResponse : Ec2Response
{
    public static DeleteSnapshotResponse Read(XElement e) => new();
}
