// Security groups.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class CreateSecurityGroupRequest : Ec2Request
{
    public required string Description { get; set; }
    public required string GroupName { get; set; }
    public string? VpcId { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "CreateSecurityGroup";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupDescription", Description);
        w.Add("GroupName", GroupName);
        w.Add("VpcId", VpcId);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class CreateSecurityGroupResponse : Ec2Response
{
    public required string GroupId { get; set; }
    public List<Tag> Tags { get; set; } = [];
    public string? SecurityGroupArn { get; set; }

    public static CreateSecurityGroupResponse Read(XElement e) => new()
    {
        GroupId = e.RequiredText("groupId"),
        Tags = e.Items("tagSet", Tag.Read),
        SecurityGroupArn = e.Text("securityGroupArn"),
    };
}

internal sealed class DescribeSecurityGroupsRequest : Ec2Request, IPagedRequest
{
    public List<string> GroupIds { get; set; } = [];
    public List<string> GroupNames { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeSecurityGroups";

    bool IPagedRequest.NamesItems => GroupIds.Count > 0 || GroupNames.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupId", GroupIds);
        w.Add("GroupName", GroupNames);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeSecurityGroupsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<SecurityGroup> SecurityGroups { get; set; } = [];

    public static DescribeSecurityGroupsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        SecurityGroups = e.Items("securityGroupInfo", SecurityGroup.Read),
    };
}

internal sealed class SecurityGroup
{
    public string GroupId { get; set; } = "";
    public List<IpPermission> IpPermissionsEgress { get; set; } = [];
    public List<Tag> Tags { get; set; } = [];
    public string? VpcId { get; set; }
    public string? SecurityGroupArn { get; set; }
    public string? OwnerId { get; set; }
    public string GroupName { get; set; } = "";
    public string? Description { get; set; }
    public List<IpPermission> IpPermissions { get; set; } = [];

    public static SecurityGroup Read(XElement e) => new()
    {
        GroupId = e.Text("groupId") ?? "",
        IpPermissionsEgress = e.Items("ipPermissionsEgress", IpPermission.Read),
        Tags = e.Items("tagSet", Tag.Read),
        VpcId = e.Text("vpcId"),
        SecurityGroupArn = e.Text("securityGroupArn"),
        OwnerId = e.Text("ownerId"),
        GroupName = e.Text("groupName") ?? "",
        Description = e.Text("groupDescription"),
        IpPermissions = e.Items("ipPermissions", IpPermission.Read),
    };
}

internal sealed class IpPermission : IQueryStructure
{
    public string? IpProtocol { get; set; }
    public int? FromPort { get; set; }
    public int? ToPort { get; set; }
    public List<UserIdGroupPair> UserIdGroupPairs { get; set; } = [];
    public List<IpRange> Ipv4Ranges { get; set; } = [];
    public List<Ipv6Range> Ipv6Ranges { get; set; } = [];
    public List<PrefixListId> PrefixListIds { get; set; } = [];

    public void Write(QueryWriter w)
    {
        w.Add("IpProtocol", IpProtocol);
        w.Add("FromPort", FromPort);
        w.Add("ToPort", ToPort);
        w.Add("Groups", UserIdGroupPairs);
        w.Add("IpRanges", Ipv4Ranges);
        w.Add("Ipv6Ranges", Ipv6Ranges);
        w.Add("PrefixListIds", PrefixListIds);
    }

    public static IpPermission Read(XElement e) => new()
    {
        IpProtocol = e.Text("ipProtocol"),
        FromPort = e.Int("fromPort"),
        ToPort = e.Int("toPort"),
        UserIdGroupPairs = e.Items("groups", UserIdGroupPair.Read),
        Ipv4Ranges = e.Items("ipRanges", IpRange.Read),
        Ipv6Ranges = e.Items("ipv6Ranges", Ipv6Range.Read),
        PrefixListIds = e.Items("prefixListIds", PrefixListId.Read),
    };
}

internal sealed class UserIdGroupPair : IQueryStructure
{
    public string? Description { get; set; }
    public string? UserId { get; set; }
    public string? GroupName { get; set; }
    public string? GroupId { get; set; }
    public string? VpcId { get; set; }
    public string? VpcPeeringConnectionId { get; set; }
    public string? PeeringStatus { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Description", Description);
        w.Add("UserId", UserId);
        w.Add("GroupName", GroupName);
        w.Add("GroupId", GroupId);
        w.Add("VpcId", VpcId);
        w.Add("VpcPeeringConnectionId", VpcPeeringConnectionId);
        w.Add("PeeringStatus", PeeringStatus);
    }

    public static UserIdGroupPair Read(XElement e) => new()
    {
        Description = e.Text("description"),
        UserId = e.Text("userId"),
        GroupName = e.Text("groupName"),
        GroupId = e.Text("groupId"),
        VpcId = e.Text("vpcId"),
        VpcPeeringConnectionId = e.Text("vpcPeeringConnectionId"),
        PeeringStatus = e.Text("peeringStatus"),
    };
}

internal sealed class IpRange : IQueryStructure
{
    public string? Description { get; set; }
    public string? CidrIp { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Description", Description);
        w.Add("CidrIp", CidrIp);
    }

    public static IpRange Read(XElement e) => new()
    {
        Description = e.Text("description"),
        CidrIp = e.Text("cidrIp"),
    };
}

internal sealed class Ipv6Range : IQueryStructure
{
    public string? Description { get; set; }
    public string? CidrIpv6 { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Description", Description);
        w.Add("CidrIpv6", CidrIpv6);
    }

    public static Ipv6Range Read(XElement e) => new()
    {
        Description = e.Text("description"),
        CidrIpv6 = e.Text("cidrIpv6"),
    };
}

internal sealed class PrefixListId : IQueryStructure
{
    public string? Description { get; set; }
    public string? Id { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("Description", Description);
        w.Add("PrefixListId", Id);
    }

    public static PrefixListId Read(XElement e) => new()
    {
        Description = e.Text("description"),
        Id = e.Text("prefixListId"),
    };
}

internal sealed class DeleteSecurityGroupRequest : Ec2Request
{
    public string? GroupId { get; set; }
    public string? GroupName { get; set; }

    internal override string Operation => "DeleteSecurityGroup";

    internal override void Write(QueryWriter w)
    {
        w.Add("GroupId", GroupId);
        w.Add("GroupName", GroupName);
    }
}

internal sealed class DeleteSecurityGroupResponse : Ec2Response
{
    public bool? Return { get; set; }
    public string? GroupId { get; set; }

    public static DeleteSecurityGroupResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
        GroupId = e.Text("groupId"),
    };
}

internal sealed class GroupIdentifier
{
    public string? GroupId { get; set; }
    public string? GroupName { get; set; }

    public static GroupIdentifier Read(XElement e) => new()
    {
        GroupId = e.Text("groupId"),
        GroupName = e.Text("groupName"),
    };
}
