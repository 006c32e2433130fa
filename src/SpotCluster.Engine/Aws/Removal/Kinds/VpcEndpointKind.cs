using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>VPC endpoints. They take their interfaces with them, some time after the call.</summary>
internal sealed class VpcEndpointKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.VpcEndpoint;

    public override int MaxBatch => 25;

    public override bool DeletesAtOnce => false;

    public override VpcListing InVpc => VpcListing.Thorough;

    protected override string IdFilter => "vpc-endpoint-id";

    public override async Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
    {
        var request = new DeleteVpcEndpointsRequest { VpcEndpointIds = batch.Select(node => node.Key.Id).ToList() };
        var response = await Ec2.DeleteVpcEndpointsAsync(request, cancellationToken).ConfigureAwait(false);
        var refusals = new Dictionary<string, SpotException>(StringComparer.Ordinal);
        foreach (var item in response.Unsuccessful)
        {
            refusals[item.ResourceId] = Refusal(item.ResourceId, item.Error?.Code, item.Error?.Message);
        }

        return refusals;
    }

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var endpoint in Ec2.DescribeAllVpcEndpointsAsync(new DescribeVpcEndpointsRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(endpoint.VpcEndpointId, endpoint.Tags, endpoint.VpcId, endpoint.State, endpoint.CreationTimestamp),
                Live = !string.Equals(endpoint.State, "deleted", StringComparison.OrdinalIgnoreCase),
                Holds =
                [
                    .. Keys(ResourceTypes.Subnet, endpoint.SubnetIds),
                    .. Keys(ResourceTypes.SecurityGroup, endpoint.Groups.Select(group => group.GroupId)),
                ],
                Takes = Keys(ResourceTypes.NetworkInterface, endpoint.NetworkInterfaceIds).ToList(),
            };
        }
    }
}
