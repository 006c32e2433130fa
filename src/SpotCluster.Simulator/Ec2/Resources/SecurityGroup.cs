namespace SpotCluster.Simulator.Ec2.Resources;

internal sealed class SecurityGroup : Ec2Resource
{
    public override string Kind => "security-group";

    public override string VpcId => InVpc;

    public required string InVpc { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>True for the group that a VPC is born with, which nobody can delete.</summary>
    public bool IsDefault => Name == "default";

    public List<SecurityGroupRule> Rules { get; } = [];

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "group-id" => One(Id),
        "group-name" => One(Name),
        "vpc-id" => One(VpcId),
        "description" => One(Description),
        "ip-permission.group-id" => Rules.Where(rule => !rule.IsEgress).Select(rule => rule.ReferencedGroupId),
        "egress.ip-permission.group-id" => Rules.Where(rule => rule.IsEgress).Select(rule => rule.ReferencedGroupId),
        "ip-permission.cidr" => Rules.Where(rule => !rule.IsEgress).Select(rule => rule.CidrIpv4),
        "ip-permission.from-port" => Rules.Where(rule => !rule.IsEgress).Select(rule => rule.FromPortText),
        "ip-permission.to-port" => Rules.Where(rule => !rule.IsEgress).Select(rule => rule.ToPortText),
        "ip-permission.protocol" => Rules.Where(rule => !rule.IsEgress).Select(rule => rule.Protocol),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class SecurityGroupRule : Ec2Resource
{
    public override string Kind => "security-group-rule";

    public override string VpcId => Group.VpcId;

    public required SecurityGroup Group { get; init; }

    public required bool IsEgress { get; init; }

    public required string Protocol { get; init; }

    public int? FromPort { get; init; }

    public int? ToPort { get; init; }

    public string? CidrIpv4 { get; init; }

    public string? CidrIpv6 { get; init; }

    public string? PrefixListId { get; init; }

    public string? ReferencedGroupId { get; init; }

    public string? Description { get; init; }

    public string? FromPortText => FromPort?.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public string? ToPortText => ToPort?.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public bool SameAs(SecurityGroupRule other) =>
        IsEgress == other.IsEgress && Protocol == other.Protocol && FromPort == other.FromPort && ToPort == other.ToPort
        && CidrIpv4 == other.CidrIpv4 && CidrIpv6 == other.CidrIpv6 && PrefixListId == other.PrefixListId
        && ReferencedGroupId == other.ReferencedGroupId;

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "group-id" => One(Group.Id),
        "security-group-rule-id" => One(Id),
        _ => null,
    };
}
