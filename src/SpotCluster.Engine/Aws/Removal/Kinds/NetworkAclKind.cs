using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Network ACLs. The default one goes with its VPC and is left out unless it has tags.</summary>
internal sealed class NetworkAclKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.NetworkAcl;

    public override VpcListing InVpc => VpcListing.Thorough;

    protected override string IdFilter => "network-acl-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var acl in Ec2.DescribeAllNetworkAclsAsync(new DescribeNetworkAclsRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            var isDefault = acl.IsDefault == true;
            if (isDefault && acl.Tags.Count == 0)
            {
                continue;
            }

            yield return new ResourceNode
            {
                Resource = Resource(acl.NetworkAclId, acl.Tags, acl.VpcId),
                After = isDefault ? [] : Keys(ResourceTypes.Subnet, acl.Associations.Select(association => association.SubnetId)).ToList(),
                DeletedWith = isDefault && acl.VpcId is { } vpcId ? new ResourceKey(ResourceTypes.Vpc, vpcId) : null,
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteNetworkAclAsync(new DeleteNetworkAclRequest { NetworkAclId = node.Key.Id }, cancellationToken);
}
