// Machine images.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Without an owner every public image is listed.</summary>
internal sealed class DescribeImagesRequest : Ec2Request, IPagedRequest
{
    public List<string> ExecutableUsers { get; set; } = [];
    public List<string> ImageIds { get; set; } = [];
    public List<string> Owners { get; set; } = [];
    public bool? IncludeDeprecated { get; set; }
    public bool? IncludeDisabled { get; set; }
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeImages";

    bool IPagedRequest.NamesItems => ImageIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("ExecutableBy", ExecutableUsers);
        w.Add("ImageId", ImageIds);
        w.Add("Owner", Owners);
        w.Add("IncludeDeprecated", IncludeDeprecated);
        w.Add("IncludeDisabled", IncludeDisabled);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeImagesResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<Image> Images { get; set; } = [];

    public static DescribeImagesResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Images = e.Items("imagesSet", Image.Read),
    };
}

internal sealed class Image
{
    public string ImageId { get; set; } = "";
    public string? Name { get; set; }
    public string? Description { get; set; }
    public string? State { get; set; }
    public StateReason? StateReason { get; set; }
    public string? Architecture { get; set; }
    public string? OwnerId { get; set; }
    public string? ImageOwnerAlias { get; set; }
    public bool? Public { get; set; }
    public string? CreationDate { get; set; }
    public string? DeprecationTime { get; set; }
    public string? PlatformDetails { get; set; }
    public string? RootDeviceName { get; set; }
    public string? RootDeviceType { get; set; }
    public string? VirtualizationType { get; set; }
    public string? ImageType { get; set; }
    public string? BootMode { get; set; }
    public List<BlockDeviceMapping> BlockDeviceMappings { get; set; } = [];
    public List<Tag> Tags { get; set; } = [];
    public string? SourceInstanceId { get; set; }

    public static Image Read(XElement e) => new()
    {
        ImageId = e.Text("imageId") ?? "",
        Name = e.Text("name"),
        Description = e.Text("description"),
        State = e.Text("imageState"),
        StateReason = e.Structure("stateReason", StateReason.Read),
        Architecture = e.Text("architecture"),
        OwnerId = e.Text("imageOwnerId"),
        ImageOwnerAlias = e.Text("imageOwnerAlias"),
        Public = e.Bool("isPublic"),
        CreationDate = e.Text("creationDate"),
        DeprecationTime = e.Text("deprecationTime"),
        PlatformDetails = e.Text("platformDetails"),
        RootDeviceName = e.Text("rootDeviceName"),
        RootDeviceType = e.Text("rootDeviceType"),
        VirtualizationType = e.Text("virtualizationType"),
        ImageType = e.Text("imageType"),
        BootMode = e.Text("bootMode"),
        BlockDeviceMappings = e.Items("blockDeviceMapping", BlockDeviceMapping.Read),
        Tags = e.Items("tagSet", Tag.Read),
        SourceInstanceId = e.Text("sourceInstanceId"),
    };
}

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class CreateImageRequest : Ec2Request
{
    public required string InstanceId { get; set; }
    public required string Name { get; set; }
    public string? Description { get; set; }
    public bool? NoReboot { get; set; }
    public List<BlockDeviceMapping> BlockDeviceMappings { get; set; } = [];
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "CreateImage";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceId", InstanceId);
        w.Add("Name", Name);
        w.Add("Description", Description);
        w.Add("NoReboot", NoReboot);
        w.Add("BlockDeviceMapping", BlockDeviceMappings);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class CreateImageResponse : Ec2Response
{
    public required string ImageId { get; set; }

    public static CreateImageResponse Read(XElement e) => new()
    {
        ImageId = e.RequiredText("imageId"),
    };
}

internal sealed class DeregisterImageRequest : Ec2Request
{
    public required string ImageId { get; set; }
    public bool? DeleteAssociatedSnapshots { get; set; }

    internal override string Operation => "DeregisterImage";

    internal override void Write(QueryWriter w)
    {
        w.Add("ImageId", ImageId);
        w.Add("DeleteAssociatedSnapshots", DeleteAssociatedSnapshots);
    }
}

internal sealed class DeregisterImageResponse : Ec2Response
{
    public bool? Return { get; set; }
    public List<DeleteSnapshotReturnCode> DeleteSnapshotResults { get; set; } = [];

    public static DeregisterImageResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
        DeleteSnapshotResults = e.Items("deleteSnapshotResultSet", DeleteSnapshotReturnCode.Read),
    };
}

internal sealed class DeleteSnapshotReturnCode
{
    public string? SnapshotId { get; set; }
    public string? ReturnCode { get; set; }

    public static DeleteSnapshotReturnCode Read(XElement e) => new()
    {
        SnapshotId = e.Text("snapshotId"),
        ReturnCode = e.Text("returnCode"),
    };
}
