// Placement groups.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class CreatePlacementGroupRequest : Ec2Request
{
    public string? GroupName { get; set; }
    public string? Strategy { get; set; }
    public int? PartitionCount { get; set; }
    public string? SpreadLevel { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "CreatePlacementGroup";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupName", GroupName);
        w.Add("Strategy", Strategy);
        w.Add("PartitionCount", PartitionCount);
        w.Add("SpreadLevel", SpreadLevel);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class CreatePlacementGroupResponse : Ec2Response
{
    public required PlacementGroup PlacementGroup { get; set; }

    public static CreatePlacementGroupResponse Read(XElement e) => new()
    {
        PlacementGroup = e.RequiredStructure("placementGroup", PlacementGroup.Read),
    };
}

internal sealed class PlacementGroup
{
    public string? GroupId { get; set; }
    public string GroupName { get; set; } = "";
    public string? GroupArn { get; set; }
    public string? State { get; set; }
    public string? Strategy { get; set; }
    public int? PartitionCount { get; set; }
    public string? SpreadLevel { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static PlacementGroup Read(XElement e) => new()
    {
        GroupId = e.Text("groupId"),
        GroupName = e.Text("groupName") ?? "",
        GroupArn = e.Text("groupArn"),
        State = e.Text("state"),
        Strategy = e.Text("strategy"),
        PartitionCount = e.Int("partitionCount"),
        SpreadLevel = e.Text("spreadLevel"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class DescribePlacementGroupsRequest : Ec2Request
{
    public List<string> GroupIds { get; set; } = [];
    public List<string> GroupNames { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribePlacementGroups";

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupId", GroupIds);
        w.Add("GroupName", GroupNames);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribePlacementGroupsResponse : Ec2Response
{
    public List<PlacementGroup> PlacementGroups { get; set; } = [];

    public static DescribePlacementGroupsResponse Read(XElement e) => new()
    {
        PlacementGroups = e.Items("placementGroupSet", PlacementGroup.Read),
    };
}

internal sealed class DeletePlacementGroupRequest : Ec2Request
{
    public required string GroupName { get; set; }

    internal override string Operation => "DeletePlacementGroup";

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupName", GroupName);
    }
}

internal sealed class DeletePlacementGroupResponse : Ec2Response
{
    public static DeletePlacementGroupResponse Read(XElement e) => new();
}
