using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Internet gateways: detached once nothing in the VPC has a public address, then deleted.</summary>
internal sealed class InternetGatewayKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.InternetGateway;

    public override VpcListing InVpc => VpcListing.Always;

    public override IReadOnlyList<string> AfterInVpc { get; } =
        [ResourceTypes.Instance, ResourceTypes.NetworkInterface, ResourceTypes.NatGateway];

    protected override string IdFilter => "internet-gateway-id";

    protected override string VpcFilter => "attachment.vpc-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeInternetGatewaysRequest { Filters = filters };
        await foreach (var gateway in Ec2.DescribeAllInternetGatewaysAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(gateway.InternetGatewayId, gateway.Tags, gateway.Attachments.Select(attachment => attachment.VpcId).FirstOrDefault()),
            };
        }
    }

    protected override async Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        if (node.Resource.VpcId is { } vpcId)
        {
            try
            {
                await Ec2.DetachInternetGatewayAsync(
                    new DetachInternetGatewayRequest { InternetGatewayId = node.Key.Id, VpcId = vpcId }, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error) when (error.ServiceCode == "Gateway.NotAttached")
            {
                // An earlier run got as far as this.
            }
        }

        await Ec2.DeleteInternetGatewayAsync(new DeleteInternetGatewayRequest { InternetGatewayId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
    }
}
