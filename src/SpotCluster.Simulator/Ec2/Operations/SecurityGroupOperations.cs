using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Security groups and their rules.</summary>
internal static class SecurityGroupOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateSecurityGroup"] = CreateSecurityGroup;
        table["DescribeSecurityGroups"] = DescribeSecurityGroups;
        table["DescribeSecurityGroupRules"] = call =>
            call.Describe(call.Region.SecurityGroupRules, "SecurityGroupRuleId", "securityGroupRuleSet", rule => WriteRule(call, rule));
        table["AuthorizeSecurityGroupIngress"] = call => Authorize(call, isEgress: false);
        table["AuthorizeSecurityGroupEgress"] = call => Authorize(call, isEgress: true);
        table["RevokeSecurityGroupIngress"] = call => Revoke(call, isEgress: false);
        table["RevokeSecurityGroupEgress"] = call => Revoke(call, isEgress: true);
        table["DeleteSecurityGroup"] = DeleteSecurityGroup;
    }

    public static SecurityGroup Create(Ec2Region region, Vpc vpc, string name, string description, bool belongsToAws)
    {
        var group = region.Add(region.SecurityGroups, new SecurityGroup
        {
            Id = region.NewId("sg-"),
            CreatedAt = region.Now,
            BelongsToAws = belongsToAws,
            InVpc = vpc.Id,
            Name = name,
            Description = description,
        });
        AddRule(region, new SecurityGroupRule
        {
            Id = region.NewId("sgr-"),
            CreatedAt = region.Now,
            BelongsToAws = belongsToAws,
            Group = group,
            IsEgress = true,
            Protocol = "-1",
            CidrIpv4 = "0.0.0.0/0",
        });
        if (name == "default")
        {
            AddRule(region, new SecurityGroupRule
            {
                Id = region.NewId("sgr-"),
                CreatedAt = region.Now,
                BelongsToAws = belongsToAws,
                Group = group,
                IsEgress = false,
                Protocol = "-1",
                ReferencedGroupId = group.Id,
            });
        }

        return group;
    }

    public static void Remove(Ec2Region region, SecurityGroup group)
    {
        foreach (var rule in group.Rules)
        {
            region.Remove(region.SecurityGroupRules, rule);
        }

        region.Remove(region.SecurityGroups, group);
    }

    private static void AddRule(Ec2Region region, SecurityGroupRule rule) =>
        rule.Group.Rules.Add(region.Add(region.SecurityGroupRules, rule));

    private static void CreateSecurityGroup(Ec2Call call)
    {
        var region = call.Region;
        var name = call.Query.Required("GroupName");
        var description = call.Query.Required("GroupDescription");
        var vpc = call.Query.Text("VpcId") is { } id
            ? region.Require(region.Vpcs, id)
            : region.Vpcs.All.FirstOrDefault(item => item.IsDefault) ?? throw new ServiceFaultException(400, "VPCIdNotSpecified", "No default VPC for this user");
        if (name.Length > 255 || name.StartsWith("sg-", StringComparison.Ordinal))
        {
            throw AwsFaults.Invalid($"Invalid value '{name}' for GroupName.");
        }

        if (region.SecurityGroups.All.Any(group => group.VpcId == vpc.Id && group.Name == name))
        {
            throw new ServiceFaultException(400, "InvalidGroup.Duplicate", $"The security group '{name}' already exists for VPC '{vpc.Id}'");
        }

        TagRules.Check(call.TagsFor("security-group"));
        var group = call.Tagged(Create(region, vpc, name, description, belongsToAws: false));
        call.Ok();
        call.Body.Text("groupId", group.Id);
        call.WriteTags(group);
    }

    private static void DescribeSecurityGroups(Ec2Call call)
    {
        var names = call.Query.Texts("GroupName");
        call.Describe(
            call.Region.SecurityGroups,
            "GroupId",
            "securityGroupInfo",
            group => Write(call, group),
            group => names.Count == 0 || names.Contains(group.Name));
    }

    private static SecurityGroup Find(Ec2Call call)
    {
        if (call.Query.Text("GroupId") is { } id)
        {
            return call.Region.Require(call.Region.SecurityGroups, id);
        }

        var name = call.Query.Text("GroupName") ?? throw AwsFaults.Missing("GroupId");
        var vpc = call.Region.Vpcs.All.FirstOrDefault(item => item.IsDefault);
        return call.Region.SecurityGroups.All.FirstOrDefault(group => group.VpcId == vpc?.Id && group.Name == name)
            ?? throw AwsFaults.NotFound("InvalidGroup.NotFound", $"The security group '{name}' does not exist in default VPC '{vpc?.Id}'");
    }

    private static List<SecurityGroupRule> ReadRules(Ec2Call call, SecurityGroup group, bool isEgress)
    {
        var permissions = call.Query.List("IpPermissions").ToList();
        if (permissions.Count == 0 && call.Query.Text("IpProtocol") is not null)
        {
            permissions.Add(call.Query);
        }

        var rules = new List<SecurityGroupRule>();
        foreach (var permission in permissions)
        {
            var protocol = permission.Required("IpProtocol");
            protocol = protocol switch { "6" => "tcp", "17" => "udp", "1" => "icmp", "all" => "-1", _ => protocol };
            int? from = protocol == "-1" ? null : permission.Number("FromPort");
            int? to = protocol == "-1" ? null : permission.Number("ToPort");
            if (protocol is "tcp" or "udp" && (from is null || to is null || from > to || from < 0 || to > 65535))
            {
                throw AwsFaults.Invalid("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.");
            }

            SecurityGroupRule Make(string? description, string? cidr = null, string? cidrIpv6 = null, string? groupId = null) => new()
            {
                Id = call.Region.NewId("sgr-"),
                CreatedAt = call.Now,
                Group = group,
                IsEgress = isEgress,
                Protocol = protocol,
                FromPort = from,
                ToPort = to,
                CidrIpv4 = cidr is null || CidrBlock.TryParse(cidr) is not null ? cidr : throw AwsFaults.Invalid($"CIDR block {cidr} is malformed"),
                CidrIpv6 = cidrIpv6,
                ReferencedGroupId = groupId,
                Description = description,
            };

            if (permission.Text("CidrIp") is { } single)
            {
                rules.Add(Make(null, cidr: single));
            }

            rules.AddRange(permission.List("IpRanges").Select(range => Make(range.Text("Description"), cidr: range.Required("CidrIp"))));
            rules.AddRange(permission.List("Ipv6Ranges").Select(range => Make(range.Text("Description"), cidrIpv6: range.Required("CidrIpv6"))));
            foreach (var pair in permission.List("Groups"))
            {
                var referenced = pair.Text("GroupId") is { } id
                    ? call.Region.Require(call.Region.SecurityGroups, id)
                    : call.Region.SecurityGroups.All.FirstOrDefault(item => item.VpcId == group.VpcId && item.Name == pair.Text("GroupName"))
                        ?? throw AwsFaults.NotFound("InvalidGroup.NotFound", $"The security group '{pair.Text("GroupName")}' does not exist");
                rules.Add(Make(pair.Text("Description"), groupId: referenced.Id));
            }
        }

        return rules;
    }

    private static void Authorize(Ec2Call call, bool isEgress)
    {
        var group = Find(call);
        var rules = ReadRules(call, group, isEgress);
        if (rules.Count == 0)
        {
            throw AwsFaults.Missing("IpPermissions");
        }

        if (rules.FirstOrDefault(rule => group.Rules.Any(rule.SameAs)) is { } duplicate)
        {
            throw new ServiceFaultException(
                400, "InvalidPermission.Duplicate", $"the specified rule \"peer: {Peer(duplicate)}, {duplicate.Protocol}, from port: {duplicate.FromPortText}, to port: {duplicate.ToPortText}, ALLOW\" already exists");
        }

        TagRules.Check(call.TagsFor("security-group-rule"));
        foreach (var rule in rules)
        {
            AddRule(call.Region, rule);
            call.Tagged(rule);
        }

        call.Ok();
        call.Body.List("securityGroupRuleSet", rules, rule => WriteRule(call, rule));
    }

    private static void Revoke(Ec2Call call, bool isEgress)
    {
        var group = Find(call);
        var ids = call.Query.Texts("SecurityGroupRuleId");
        List<SecurityGroupRule> doomed;
        if (ids.Count > 0)
        {
            doomed = [.. call.Named(call.Region.SecurityGroupRules, ids).Where(rule => rule.Group == group && rule.IsEgress == isEgress)];
        }
        else
        {
            doomed = [];
            foreach (var wanted in ReadRules(call, group, isEgress))
            {
                doomed.Add(group.Rules.FirstOrDefault(wanted.SameAs)
                    ?? throw new ServiceFaultException(400, "InvalidPermission.NotFound", "The specified rule does not exist in this security group."));
            }
        }

        foreach (var rule in doomed)
        {
            group.Rules.Remove(rule);
            call.Region.Remove(call.Region.SecurityGroupRules, rule);
        }

        call.Ok();
    }

    private static void DeleteSecurityGroup(Ec2Call call)
    {
        var group = Find(call);
        if (group.IsDefault)
        {
            throw new ServiceFaultException(400, "CannotDelete", $"the specified group: \"{group.Id}\" name: \"default\" cannot be deleted by a user");
        }

        var inUse = call.Region.Interfaces.All.Any(eni => eni.Groups.Contains(group))
            || call.Region.SecurityGroups.All.Any(other => other != group && other.Rules.Any(rule => rule.ReferencedGroupId == group.Id));
        if (inUse)
        {
            throw AwsFaults.Dependency($"resource {group.Id} has a dependent object");
        }

        Remove(call.Region, group);
        call.Ok();
        call.Body.Text("groupId", group.Id);
    }

    private static string? Peer(SecurityGroupRule rule) => rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.ReferencedGroupId ?? rule.PrefixListId;

    private static void Write(Ec2Call call, SecurityGroup group)
    {
        call.Body.Text("ownerId", call.Account.Id)
            .Text("groupId", group.Id)
            .Text("groupName", group.Name)
            .Text("groupDescription", group.Description)
            .Text("vpcId", group.VpcId)
            .Text("securityGroupArn", $"arn:aws:ec2:{call.Region.Name}:{call.Account.Id}:security-group/{group.Id}");
        WritePermissions(call, "ipPermissions", group.Rules.Where(rule => !rule.IsEgress));
        WritePermissions(call, "ipPermissionsEgress", group.Rules.Where(rule => rule.IsEgress));
        call.WriteTags(group);
    }

    private static void WritePermissions(Ec2Call call, string name, IEnumerable<SecurityGroupRule> rules)
    {
        var body = call.Body;
        body.List(name, rules.GroupBy(rule => (rule.Protocol, rule.FromPort, rule.ToPort)), permission => body
            .Text("ipProtocol", permission.Key.Protocol)
            .Text("fromPort", permission.Key.FromPort)
            .Text("toPort", permission.Key.ToPort)
            .List("groups", permission.Where(rule => rule.ReferencedGroupId is not null), rule => body
                .Text("userId", call.Account.Id)
                .Text("groupId", rule.ReferencedGroupId)
                .Text("description", rule.Description))
            .List("ipRanges", permission.Where(rule => rule.CidrIpv4 is not null), rule => body
                .Text("cidrIp", rule.CidrIpv4)
                .Text("description", rule.Description))
            .List("ipv6Ranges", permission.Where(rule => rule.CidrIpv6 is not null), rule => body
                .Text("cidrIpv6", rule.CidrIpv6)
                .Text("description", rule.Description))
            .List("prefixListIds", []));
    }

    private static void WriteRule(Ec2Call call, SecurityGroupRule rule)
    {
        var body = call.Body;
        body.Text("securityGroupRuleId", rule.Id)
            .Text("groupId", rule.Group.Id)
            .Text("groupOwnerId", call.Account.Id)
            .Text("isEgress", rule.IsEgress)
            .Text("ipProtocol", rule.Protocol)
            .Text("fromPort", rule.FromPort ?? -1)
            .Text("toPort", rule.ToPort ?? -1)
            .Text("cidrIpv4", rule.CidrIpv4)
            .Text("cidrIpv6", rule.CidrIpv6)
            .Text("description", rule.Description);
        if (rule.ReferencedGroupId is { } referenced)
        {
            body.Element("referencedGroupInfo", () => body.Text("groupId", referenced).Text("userId", call.Account.Id));
        }

        call.WriteTags(rule);
    }
}
