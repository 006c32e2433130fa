using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Peering connections: of either side's VPC. Refused, expired and deleted ones are only memories.</summary>
internal sealed class PeeringKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Peering;

    public override VpcListing InVpc => VpcListing.Thorough;

    protected override string IdFilter => "vpc-peering-connection-id";

    public override async Task<IReadOnlyList<ResourceNode>> ListInVpcsAsync(IReadOnlyList<string> vpcIds, CancellationToken cancellationToken)
    {
        var sides = await Task.WhenAll(
            ListByAsync("requester-vpc-info.vpc-id", vpcIds, cancellationToken),
            ListByAsync("accepter-vpc-info.vpc-id", vpcIds, cancellationToken)).ConfigureAwait(false);
        return sides[0].Concat(sides[1].Select(node => At(node, vpcIds))).DistinctBy(node => node.Key).ToList();
    }

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeVpcPeeringConnectionsRequest { Filters = filters };
        await foreach (var peering in Ec2.DescribeAllVpcPeeringConnectionsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(peering.VpcPeeringConnectionId, peering.Tags, peering.RequesterVpcInfo?.VpcId, peering.Status?.Code),
                Live = peering.Status?.Code?.Value is not ("deleted" or "rejected" or "failed" or "expired"),
                Holds = Keys(ResourceTypes.Vpc, [peering.RequesterVpcInfo?.VpcId, peering.AccepterVpcInfo?.VpcId]).ToList(),
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteVpcPeeringConnectionAsync(new DeleteVpcPeeringConnectionRequest { VpcPeeringConnectionId = node.Key.Id }, cancellationToken);

    /// <summary>Seen from the accepter's VPC, which is ours.</summary>
    private static ResourceNode At(ResourceNode node, IReadOnlyList<string> vpcIds)
    {
        node.Resource.VpcId = node.Holds.Select(held => held.Id).FirstOrDefault(vpcIds.Contains) ?? node.Resource.VpcId;
        return node;
    }
}
