using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>NAT gateways. They take their interfaces with them, some time after the call.</summary>
internal sealed class NatGatewayKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.NatGateway;

    public override bool DeletesAtOnce => false;

    public override VpcListing InVpc => VpcListing.Thorough;

    protected override string IdFilter => "nat-gateway-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var gateway in Ec2.DescribeAllNatGatewaysAsync(new DescribeNatGatewaysRequest { Filter = filters }, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(gateway.NatGatewayId, gateway.Tags, gateway.VpcId, gateway.State, gateway.CreateTime),
                Live = gateway.State != "deleted",
                Holds =
                [
                    .. Keys(ResourceTypes.Subnet, gateway.SubnetId),
                    .. Keys(ResourceTypes.Address, gateway.NatGatewayAddresses.Select(address => address.AllocationId)),
                ],
                Companions = Keys(ResourceTypes.Address, gateway.NatGatewayAddresses.Select(address => address.AllocationId)).ToList(),
                Takes = Keys(ResourceTypes.NetworkInterface, gateway.NatGatewayAddresses.Select(address => address.NetworkInterfaceId)).ToList(),
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteNatGatewayAsync(new DeleteNatGatewayRequest { NatGatewayId = node.Key.Id }, cancellationToken);
}
