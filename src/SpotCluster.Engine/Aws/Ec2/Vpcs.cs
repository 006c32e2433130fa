// VPCs.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class CreateVpcRequest : Ec2Request
{
    public string? CidrBlock { get; set; }
    public string? InstanceTenancy { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "CreateVpc";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("CidrBlock", CidrBlock);
        w.Add("InstanceTenancy", InstanceTenancy);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class CreateVpcResponse : Ec2Response
{
    public required Vpc Vpc { get; set; }

    public static CreateVpcResponse Read(XElement e) => new()
    {
        Vpc = e.RequiredStructure("vpc", Vpc.Read),
    };
}

internal sealed class Vpc
{
    public string VpcId { get; set; } = "";
    public string? State { get; set; }
    public string? CidrBlock { get; set; }
    public bool? IsDefault { get; set; }
    public string? OwnerId { get; set; }
    public string? DhcpOptionsId { get; set; }
    public string? InstanceTenancy { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static Vpc Read(XElement e) => new()
    {
        VpcId = e.Text("vpcId") ?? "",
        State = e.Text("state"),
        CidrBlock = e.Text("cidrBlock"),
        IsDefault = e.Bool("isDefault"),
        OwnerId = e.Text("ownerId"),
        DhcpOptionsId = e.Text("dhcpOptionsId"),
        InstanceTenancy = e.Text("instanceTenancy"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class DescribeVpcsRequest : Ec2Request, IPagedRequest
{
    public List<Filter> Filters { get; set; } = [];
    public List<string> VpcIds { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }

    internal override string Operation => "DescribeVpcs";

    bool IPagedRequest.NamesItems => VpcIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("Filter", Filters);
        w.Add("VpcId", VpcIds);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
    }
}

internal sealed class DescribeVpcsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<Vpc> Vpcs { get; set; } = [];

    public static DescribeVpcsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Vpcs = e.Items("vpcSet", Vpc.Read),
    };
}

internal sealed class ModifyVpcAttributeRequest : Ec2Request
{
    public required string VpcId { get; set; }
    public bool? EnableDnsHostnames { get; set; }
    public bool? EnableDnsSupport { get; set; }

    internal override string Operation => "ModifyVpcAttribute";

    internal override void Write(QueryWriter w)
    {
        w.Add("VpcId", VpcId);
        w.Add("EnableDnsHostnames.Value", EnableDnsHostnames);
        w.Add("EnableDnsSupport.Value", EnableDnsSupport);
    }
}

internal sealed class ModifyVpcAttributeResponse : Ec2Response
{
    public static ModifyVpcAttributeResponse Read(XElement e) => new();
}

internal sealed class DeleteVpcRequest : Ec2Request
{
    public required string VpcId { get; set; }

    internal override string Operation => "DeleteVpc";

    internal override void Write(QueryWriter w)
    {
        w.Add("VpcId", VpcId);
    }
}

internal sealed class DeleteVpcResponse : Ec2Response
{
    public static DeleteVpcResponse Read(XElement e) => new();
}
