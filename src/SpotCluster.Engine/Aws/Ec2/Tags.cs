// Tags: on resources, and the inventory by tag.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Everything of a region that carries a tag, of every resource type.</summary>
internal sealed class DescribeTagsRequest : Ec2Request, IPagedRequest
{
    public List<Filter> Filters { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }

    internal override string Operation => "DescribeTags";

    bool IPagedRequest.NamesItems => false;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("Filter", Filters);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class DescribeTagsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<TagDescription> Tags { get; set; } = [];

    public static DescribeTagsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Tags = e.Items("tagSet", TagDescription.Read),
    };
}

internal sealed class TagDescription
{
    public string Key { get; set; } = "";
    public string ResourceId { get; set; } = "";
    public string ResourceType { get; set; } = "";
    public string Value { get; set; } = "";

    public static TagDescription Read(XElement e) => new()
    {
        Key = e.Text("key") ?? "",
        ResourceId = e.Text("resourceId") ?? "",
        ResourceType = e.Text("resourceType") ?? "",
        Value = e.Text("value") ?? "",
    };
}

internal sealed class CreateTagsRequest : Ec2Request
{
    public required List<string> Resources { get; set; }
    public required List<Tag> Tags { get; set; }

    internal override string Operation => "CreateTags";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("ResourceId", Resources);
        w.AddRequired("Tag", Tags);
    }
}

internal sealed class CreateTagsResponse : Ec2Response
{
    public static CreateTagsResponse Read(XElement e) => new();
}

internal sealed class Tag : IQueryStructure
{
    public string Key { get; set; } = "";
    public string Value { get; set; } = "";

    public void Write(QueryWriter w)
    {
        w.Add("Key", Key);
        w.Add("Value", Value);
    }

    public static Tag Read(XElement e) => new()
    {
        Key = e.Text("key") ?? "",
        Value = e.Text("value") ?? "",
    };
}

internal sealed class DeleteTagsRequest : Ec2Request
{
    public required List<string> Resources { get; set; }
    public List<Tag> Tags { get; set; } = [];

    internal override string Operation => "DeleteTags";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("ResourceId", Resources);
        w.Add("Tag", Tags);
    }
}

internal sealed class DeleteTagsResponse : Ec2Response
{
    public static DeleteTagsResponse Read(XElement e) => new();
}

internal sealed class TagSpecification : IQueryStructure
{
    public string? ResourceType { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public void Write(QueryWriter w)
    {
        w.Add("ResourceType", ResourceType);
        w.Add("Tag", Tags);
    }
}
