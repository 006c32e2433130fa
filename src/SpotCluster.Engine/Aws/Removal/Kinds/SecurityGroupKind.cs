using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>
/// Security groups. One whose rules name another holds that one. The default group of a VPC goes with it and is of
/// interest only when its rules name another, or when it has tags.
/// </summary>
internal sealed class SecurityGroupKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.SecurityGroup;

    public override bool IsHeldFromElsewhere => true;

    public override VpcListing InVpc => VpcListing.Always;

    protected override string IdFilter => "group-id";

    public override async Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken)
    {
        if (held.Key.Type != ResourceTypes.SecurityGroup)
        {
            return [];
        }

        var lists = await Task.WhenAll(
            ListByAsync("ip-permission.group-id", [held.Key.Id], cancellationToken),
            ListByAsync("egress.ip-permission.group-id", [held.Key.Id], cancellationToken)).ConfigureAwait(false);
        return lists[0].Concat(lists[1]).DistinctBy(node => node.Key).ToList();
    }

    public override async Task<ResourceNode?> ReleaseAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        var rules = (Rules)node.Detail!;
        if (rules.Ingress.Count > 0)
        {
            await Ec2.RevokeSecurityGroupIngressAsync(
                new RevokeSecurityGroupIngressRequest { GroupId = node.Key.Id, IpPermissions = rules.Ingress }, cancellationToken).ConfigureAwait(false);
        }

        if (rules.Egress.Count > 0)
        {
            await Ec2.RevokeSecurityGroupEgressAsync(
                new RevokeSecurityGroupEgressRequest { GroupId = node.Key.Id, IpPermissions = rules.Egress }, cancellationToken).ConfigureAwait(false);
        }

        return node with { Holds = [], Detail = new Rules([], []) };
    }

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeSecurityGroupsRequest { Filters = filters };
        await foreach (var group in Ec2.DescribeAllSecurityGroupsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var rules = new Rules(Naming(group.IpPermissions, group.GroupId), Naming(group.IpPermissionsEgress, group.GroupId));
            var named = Keys(ResourceTypes.SecurityGroup, rules.Ingress.Concat(rules.Egress).SelectMany(rule => rule.UserIdGroupPairs).Select(pair => pair.GroupId)).ToList();
            var isDefault = group.GroupName == "default";
            if (isDefault && named.Count == 0 && group.Tags.Count == 0)
            {
                continue;
            }

            yield return new ResourceNode
            {
                Resource = Resource(group.GroupId, group.Tags, group.VpcId, name: group.GroupName),
                Holds = named,
                DeletedWith = isDefault && group.VpcId is { } vpcId ? new ResourceKey(ResourceTypes.Vpc, vpcId) : null,
                Detail = rules,
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteSecurityGroupAsync(new DeleteSecurityGroupRequest { GroupId = node.Key.Id }, cancellationToken);

    /// <summary>The parts of the rules that name other groups, in the form that revokes just these.</summary>
    private static List<IpPermission> Naming(List<IpPermission> rules, string own) => rules
        .Select(rule => new IpPermission
        {
            IpProtocol = rule.IpProtocol,
            FromPort = rule.FromPort,
            ToPort = rule.ToPort,
            UserIdGroupPairs = rule.UserIdGroupPairs.Where(pair => pair.GroupId is not null && pair.GroupId != own)
                .Select(pair => new UserIdGroupPair { GroupId = pair.GroupId, UserId = pair.UserId }).ToList(),
        })
        .Where(rule => rule.UserIdGroupPairs.Count > 0)
        .ToList();

    private sealed record Rules(List<IpPermission> Ingress, List<IpPermission> Egress);
}
