using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Inventory;

namespace SpotCluster.Engine.Aws.Inventory.Kinds;

/// <summary>Network ACLs. The default one goes with its VPC and is left out.</summary>
internal sealed class NetworkAclKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.NetworkAcl;

    public override VpcListing InVpc => VpcListing.Thorough;

    protected override string IdFilter => "network-acl-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var acl in Ec2.DescribeAllNetworkAclsAsync(new DescribeNetworkAclsRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            if (acl.IsDefault == true)
            {
                continue;
            }

            yield return new ResourceNode
            {
                Resource = Resource(acl.NetworkAclId, acl.Tags, acl.VpcId),
                After = Keys(ResourceTypes.Subnet, acl.Associations.Select(association => association.SubnetId)).ToList(),
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteNetworkAclAsync(new DeleteNetworkAclRequest { NetworkAclId = node.Key.Id }, cancellationToken);
}
