using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Elastic IP addresses: released after what they are mapped to is gone.</summary>
internal sealed class AddressKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Address;

    protected override string IdFilter => "allocation-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var response = await Ec2.DescribeAddressesAsync(new DescribeAddressesRequest { Filters = filters }, cancellationToken).ConfigureAwait(false);
        foreach (var address in response.Addresses.Where(address => address.AllocationId is not null))
        {
            var resource = Resource(address.AllocationId!, address.Tags, name: address.PublicIp);
            resource.HourlyPrice = AwsPriceList.PublicIpPerHour;
            yield return new ResourceNode
            {
                Resource = resource,
                After =
                [
                    .. Keys(ResourceTypes.Instance, address.InstanceId),
                    .. Keys(ResourceTypes.NetworkInterface, address.NetworkInterfaceId),
                ],
                Owner = address.ServiceManaged,
                Detail = address.AssociationId,
            };
        }
    }

    protected override async Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        try
        {
            await Ec2.ReleaseAddressAsync(new ReleaseAddressRequest { AllocationId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ServiceCode == "InvalidIPAddress.InUse" && node.Detail is string association && node.After.Count == 0)
        {
            // Mapped, but to no machine and no interface that there is: an end that was left loose.
            await Ec2.DisassociateAddressAsync(new DisassociateAddressRequest { AssociationId = association }, cancellationToken).ConfigureAwait(false);
            await Ec2.ReleaseAddressAsync(new ReleaseAddressRequest { AllocationId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
        }
    }
}
