using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Egress-only internet gateways. EC2 has no filter for ids or VPCs here: all of the region are read and picked from.</summary>
internal sealed class EgressOnlyGatewayKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.EgressOnlyGateway;

    public override VpcListing InVpc => VpcListing.Thorough;

    protected override string IdFilter => throw new NotSupportedException("Egress-only gateways have no filter.");

    public override async Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        await PickAsync(node => ids.Contains(node.Key.Id, StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);

    public override async Task<IReadOnlyList<ResourceNode>> ListInVpcsAsync(IReadOnlyList<string> vpcIds, CancellationToken cancellationToken) =>
        await PickAsync(node => vpcIds.Contains(node.Resource.VpcId ?? "", StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeEgressOnlyInternetGatewaysRequest { Filters = filters };
        await foreach (var gateway in Ec2.DescribeAllEgressOnlyInternetGatewaysAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(
                    gateway.EgressOnlyInternetGatewayId, gateway.Tags, gateway.Attachments.Select(attachment => attachment.VpcId).FirstOrDefault()),
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteEgressOnlyInternetGatewayAsync(
            new DeleteEgressOnlyInternetGatewayRequest { EgressOnlyInternetGatewayId = node.Key.Id }, cancellationToken);

    private async Task<List<ResourceNode>> PickAsync(Func<ResourceNode, bool> fits, CancellationToken cancellationToken)
    {
        var nodes = new List<ResourceNode>();
        await foreach (var node in DescribeAsync([], cancellationToken).ConfigureAwait(false))
        {
            if (fits(node))
            {
                nodes.Add(node);
            }
        }

        return nodes;
    }
}
