using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Subnets: gone once no interface lies in them.</summary>
internal sealed class SubnetKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Subnet;

    public override VpcListing InVpc => VpcListing.Always;

    protected override string IdFilter => "subnet-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var subnet in Ec2.DescribeAllSubnetsAsync(new DescribeSubnetsRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(subnet.SubnetId, subnet.Tags, subnet.VpcId, subnet.State),
                OutOfReach = subnet.DefaultForAz == true,
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteSubnetAsync(new DeleteSubnetRequest { SubnetId = node.Key.Id }, cancellationToken);
}
