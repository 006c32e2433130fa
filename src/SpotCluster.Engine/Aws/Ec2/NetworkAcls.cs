// Network ACLs.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreateNetworkAclRequest : Ec2Request, ITokenRequest
{
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }
    public required string VpcId { get; set; }

    internal override string Operation => "CreateNetworkAcl";

    internal override void Write(QueryWriter w)
    {
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
        w.Add("VpcId", VpcId);
    }
}

internal sealed class CreateNetworkAclResponse : Ec2Response
{
    public required NetworkAcl NetworkAcl { get; set; }

    public static CreateNetworkAclResponse Read(XElement e) => new()
    {
        NetworkAcl = e.RequiredStructure("networkAcl", NetworkAcl.Read),
    };
}

internal sealed class NetworkAcl
{
    public List<NetworkAclAssociation> Associations { get; set; } = [];
    public List<NetworkAclEntry> Entries { get; set; } = [];
    public bool? IsDefault { get; set; }
    public string NetworkAclId { get; set; } = "";
    public List<Tag> Tags { get; set; } = [];
    public string? VpcId { get; set; }
    public string? OwnerId { get; set; }

    public static NetworkAcl Read(XElement e) => new()
    {
        Associations = e.Items("associationSet", NetworkAclAssociation.Read),
        Entries = e.Items("entrySet", NetworkAclEntry.Read),
        IsDefault = e.Bool("default"),
        NetworkAclId = e.Text("networkAclId") ?? "",
        Tags = e.Items("tagSet", Tag.Read),
        VpcId = e.Text("vpcId"),
        OwnerId = e.Text("ownerId"),
    };
}

internal sealed class NetworkAclAssociation
{
    public string NetworkAclAssociationId { get; set; } = "";
    public string? NetworkAclId { get; set; }
    public string? SubnetId { get; set; }

    public static NetworkAclAssociation Read(XElement e) => new()
    {
        NetworkAclAssociationId = e.Text("networkAclAssociationId") ?? "",
        NetworkAclId = e.Text("networkAclId"),
        SubnetId = e.Text("subnetId"),
    };
}

internal sealed class NetworkAclEntry
{
    public string? CidrBlock { get; set; }
    public bool? Egress { get; set; }
    public IcmpTypeCode? IcmpTypeCode { get; set; }
    public string? Ipv6CidrBlock { get; set; }
    public PortRange? PortRange { get; set; }
    public string? Protocol { get; set; }
    public string? RuleAction { get; set; }
    public int? RuleNumber { get; set; }

    public static NetworkAclEntry Read(XElement e) => new()
    {
        CidrBlock = e.Text("cidrBlock"),
        Egress = e.Bool("egress"),
        IcmpTypeCode = e.Structure("icmpTypeCode", IcmpTypeCode.Read),
        Ipv6CidrBlock = e.Text("ipv6CidrBlock"),
        PortRange = e.Structure("portRange", PortRange.Read),
        Protocol = e.Text("protocol"),
        RuleAction = e.Text("ruleAction"),
        RuleNumber = e.Int("ruleNumber"),
    };
}

internal sealed class IcmpTypeCode
{
    public int? Code { get; set; }
    public int? Type { get; set; }

    public static IcmpTypeCode Read(XElement e) => new()
    {
        Code = e.Int("code"),
        Type = e.Int("type"),
    };
}

internal sealed class PortRange
{
    public int? From { get; set; }
    public int? To { get; set; }

    public static PortRange Read(XElement e) => new()
    {
        From = e.Int("from"),
        To = e.Int("to"),
    };
}

internal sealed class DescribeNetworkAclsRequest : Ec2Request, IPagedRequest
{
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<string> NetworkAclIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeNetworkAcls";

    bool IPagedRequest.NamesItems => NetworkAclIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("NetworkAclId", NetworkAclIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeNetworkAclsResponse : Ec2Response, IPagedResponse
{
    public List<NetworkAcl> NetworkAcls { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeNetworkAclsResponse Read(XElement e) => new()
    {
        NetworkAcls = e.Items("networkAclSet", NetworkAcl.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class DeleteNetworkAclRequest : Ec2Request
{
    public required string NetworkAclId { get; set; }

    internal override string Operation => "DeleteNetworkAcl";

    internal override void Write(QueryWriter w)
    {
        w.Add("NetworkAclId", NetworkAclId);
    }
}

internal sealed class DeleteNetworkAclResponse : Ec2Response
{
    public static DeleteNetworkAclResponse Read(XElement e) => new();
}
