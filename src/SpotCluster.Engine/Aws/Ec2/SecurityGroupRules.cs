// Rules of security groups.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class AuthorizeSecurityGroupIngressRequest : Ec2Request
{
    public string? GroupId { get; set; }
    public List<IpPermission> IpPermissions { get; set; } = [];
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "AuthorizeSecurityGroupIngress";

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupId", GroupId);
        w.Add("IpPermissions", IpPermissions);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class AuthorizeSecurityGroupIngressResponse : Ec2Response
{
    public bool? Return { get; set; }
    public List<SecurityGroupRule> SecurityGroupRules { get; set; } = [];

    public static AuthorizeSecurityGroupIngressResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
        SecurityGroupRules = e.Items("securityGroupRuleSet", SecurityGroupRule.Read),
    };
}

internal sealed class SecurityGroupRule
{
    public string SecurityGroupRuleId { get; set; } = "";
    public string? GroupId { get; set; }
    public string? GroupOwnerId { get; set; }
    public bool? IsEgress { get; set; }
    public string? IpProtocol { get; set; }
    public int? FromPort { get; set; }
    public int? ToPort { get; set; }
    public string? CidrIpv4 { get; set; }
    public string? CidrIpv6 { get; set; }
    public string? PrefixListId { get; set; }
    public ReferencedSecurityGroup? ReferencedGroupInfo { get; set; }
    public string? Description { get; set; }
    public List<Tag> Tags { get; set; } = [];
    public string? SecurityGroupRuleArn { get; set; }

    public static SecurityGroupRule Read(XElement e) => new()
    {
        SecurityGroupRuleId = e.Text("securityGroupRuleId") ?? "",
        GroupId = e.Text("groupId"),
        GroupOwnerId = e.Text("groupOwnerId"),
        IsEgress = e.Bool("isEgress"),
        IpProtocol = e.Text("ipProtocol"),
        FromPort = e.Int("fromPort"),
        ToPort = e.Int("toPort"),
        CidrIpv4 = e.Text("cidrIpv4"),
        CidrIpv6 = e.Text("cidrIpv6"),
        PrefixListId = e.Text("prefixListId"),
        ReferencedGroupInfo = e.Structure("referencedGroupInfo", ReferencedSecurityGroup.Read),
        Description = e.Text("description"),
        Tags = e.Items("tagSet", Tag.Read),
        SecurityGroupRuleArn = e.Text("securityGroupRuleArn"),
    };
}

internal sealed class ReferencedSecurityGroup
{
    public string? GroupId { get; set; }
    public string? PeeringStatus { get; set; }
    public string? UserId { get; set; }
    public string? VpcId { get; set; }
    public string? VpcPeeringConnectionId { get; set; }

    public static ReferencedSecurityGroup Read(XElement e) => new()
    {
        GroupId = e.Text("groupId"),
        PeeringStatus = e.Text("peeringStatus"),
        UserId = e.Text("userId"),
        VpcId = e.Text("vpcId"),
        VpcPeeringConnectionId = e.Text("vpcPeeringConnectionId"),
    };
}

internal sealed class RevokeSecurityGroupIngressRequest : Ec2Request
{
    public string? GroupId { get; set; }
    public List<IpPermission> IpPermissions { get; set; } = [];
    public List<string> SecurityGroupRuleIds { get; set; } = [];

    internal override string Operation => "RevokeSecurityGroupIngress";

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupId", GroupId);
        w.Add("IpPermissions", IpPermissions);
        w.Add("SecurityGroupRuleId", SecurityGroupRuleIds);
    }
}

internal sealed class RevokeSecurityGroupIngressResponse : Ec2Response
{
    public bool? Return { get; set; }
    public List<IpPermission> UnknownIpPermissions { get; set; } = [];
    public List<RevokedSecurityGroupRule> RevokedSecurityGroupRules { get; set; } = [];

    public static RevokeSecurityGroupIngressResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
        UnknownIpPermissions = e.Items("unknownIpPermissionSet", IpPermission.Read),
        RevokedSecurityGroupRules = e.Items("revokedSecurityGroupRuleSet", RevokedSecurityGroupRule.Read),
    };
}

internal sealed class RevokedSecurityGroupRule
{
    public string? SecurityGroupRuleId { get; set; }
    public string? GroupId { get; set; }
    public bool? IsEgress { get; set; }
    public string? IpProtocol { get; set; }
    public int? FromPort { get; set; }
    public int? ToPort { get; set; }
    public string? CidrIpv4 { get; set; }
    public string? CidrIpv6 { get; set; }
    public string? PrefixListId { get; set; }
    public string? ReferencedGroupId { get; set; }
    public string? Description { get; set; }

    public static RevokedSecurityGroupRule Read(XElement e) => new()
    {
        SecurityGroupRuleId = e.Text("securityGroupRuleId"),
        GroupId = e.Text("groupId"),
        IsEgress = e.Bool("isEgress"),
        IpProtocol = e.Text("ipProtocol"),
        FromPort = e.Int("fromPort"),
        ToPort = e.Int("toPort"),
        CidrIpv4 = e.Text("cidrIpv4"),
        CidrIpv6 = e.Text("cidrIpv6"),
        PrefixListId = e.Text("prefixListId"),
        ReferencedGroupId = e.Text("referencedGroupId"),
        Description = e.Text("description"),
    };
}

internal sealed class RevokeSecurityGroupEgressRequest : Ec2Request
{
    public required string GroupId { get; set; }
    public List<IpPermission> IpPermissions { get; set; } = [];
    public List<string> SecurityGroupRuleIds { get; set; } = [];

    internal override string Operation => "RevokeSecurityGroupEgress";

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupId", GroupId);
        w.Add("IpPermissions", IpPermissions);
        w.Add("SecurityGroupRuleId", SecurityGroupRuleIds);
    }
}

internal sealed class RevokeSecurityGroupEgressResponse : Ec2Response
{
    public bool? Return { get; set; }
    public List<IpPermission> UnknownIpPermissions { get; set; } = [];
    public List<RevokedSecurityGroupRule> RevokedSecurityGroupRules { get; set; } = [];

    public static RevokeSecurityGroupEgressResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
        UnknownIpPermissions = e.Items("unknownIpPermissionSet", IpPermission.Read),
        RevokedSecurityGroupRules = e.Items("revokedSecurityGroupRuleSet", RevokedSecurityGroupRule.Read),
    };
}

internal sealed class DescribeSecurityGroupRulesRequest : Ec2Request, IPagedRequest
{
    public List<Filter> Filters { get; set; } = [];
    public List<string> SecurityGroupRuleIds { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }

    internal override string Operation => "DescribeSecurityGroupRules";

    bool IPagedRequest.NamesItems => SecurityGroupRuleIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("Filter", Filters);
        w.Add("SecurityGroupRuleId", SecurityGroupRuleIds);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
    }
}

internal sealed class DescribeSecurityGroupRulesResponse : Ec2Response, IPagedResponse
{
    public List<SecurityGroupRule> SecurityGroupRules { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeSecurityGroupRulesResponse Read(XElement e) => new()
    {
        SecurityGroupRules = e.Items("securityGroupRuleSet", SecurityGroupRule.Read),
        NextToken = e.Text("nextToken"),
    };
}
