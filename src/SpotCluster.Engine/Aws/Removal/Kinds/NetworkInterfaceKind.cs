using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Network interfaces. Most go with the machine, gateway or endpoint that they belong to, some time after it.</summary>
internal sealed class NetworkInterfaceKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    private static readonly HashSet<string> Ordinary = new(StringComparer.Ordinal) { "", "interface", "efa", "efa-only", "trunk", "branch" };

    public override string Type => ResourceTypes.NetworkInterface;

    public override bool DeletesAtOnce => false;

    public override PollPace Pace => PollPace.Interfaces;

    public override VpcListing InVpc => VpcListing.Always;

    protected override string IdFilter => "network-interface-id";

    public override async Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) => held.Key.Type switch
    {
        ResourceTypes.SecurityGroup => await ListByAsync("group-id", [held.Key.Id], cancellationToken).ConfigureAwait(false),
        ResourceTypes.Subnet => await ListByAsync("subnet-id", [held.Key.Id], cancellationToken).ConfigureAwait(false),
        ResourceTypes.Address => await ListByAsync("association.allocation-id", [held.Key.Id], cancellationToken).ConfigureAwait(false),
        ResourceTypes.Vpc or ResourceTypes.InternetGateway when held.Resource.VpcId is { } vpcId =>
            await ListByAsync("vpc-id", [vpcId], cancellationToken).ConfigureAwait(false),
        _ => [],
    };

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeNetworkInterfacesRequest { Filters = filters };
        await foreach (var item in Ec2.DescribeAllNetworkInterfacesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var addresses = Keys(ResourceTypes.Address, item.PrivateIpAddresses.Select(address => address.Association?.AllocationId).Prepend(item.Association?.AllocationId)).ToList();
            var machine = Keys(ResourceTypes.Instance, item.Attachment?.InstanceId).ToList();
            var owner = OwnerOf(item);
            var service = owner is null ? null : ServiceOf(item);
            yield return new ResourceNode
            {
                Resource = Resource(item.NetworkInterfaceId, item.TagSet, item.VpcId, item.Status),
                After = machine,
                Holds =
                [
                    .. Keys(ResourceTypes.Subnet, SharedText.OrNull(item.SubnetId)),
                    .. Keys(ResourceTypes.SecurityGroup, item.Groups.Select(group => SharedText.OrNull(group.GroupId))),
                    .. addresses,
                ],
                Companions = addresses,
                Leads = service is { } lead ? [lead] : [],
                Carrier = machine.Count > 0 ? machine[0] : service,
                Owner = owner,
            };
        }
    }

    protected override async Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        try
        {
            await Ec2.DeleteNetworkInterfaceAsync(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ServiceCode == "InvalidParameterValue" && error.Message.Contains("in use", StringComparison.OrdinalIgnoreCase))
        {
            // EC2 has no code of its own for an interface that is still attached.
            throw Refusal(node.Key.Id, "InvalidNetworkInterface.InUse", error.Message);
        }
    }

    /// <summary>The resource of another service that it is a part of, as the description tells; null for any other.</summary>
    private ResourceKey? ServiceOf(NetworkInterface item)
    {
        const string Balancer = "ELB ";
        if (item.Description is { } text && text.StartsWith(Balancer, StringComparison.Ordinal))
        {
            var name = text.Substring(Balancer.Length);
            var partition = Amazon.RegionEndpoint.GetBySystemName(Ec2.Region).PartitionName;
            return name.Contains('/')
                ? new ResourceKey(ResourceTypes.LoadBalancer, $"arn:{partition}:elasticloadbalancing:{Ec2.Region}:{item.OwnerId}:loadbalancer/{name}")
                : new ResourceKey(ResourceTypes.ClassicLoadBalancer, name);
        }

        var target = Regex.Match(item.Description ?? "", @"\b(?<id>(?<kind>fsmt|tgw-attach|eice|cvpn-endpoint)-[0-9a-f]+)\b", RegexOptions.CultureInvariant);
        return target.Groups["kind"].Value switch
        {
            "fsmt" => new ResourceKey(ResourceTypes.MountTarget, target.Groups["id"].Value),
            "tgw-attach" => new ResourceKey(ResourceTypes.TransitGatewayAttachment, target.Groups["id"].Value),
            "eice" => new ResourceKey(ResourceTypes.InstanceConnectEndpoint, target.Groups["id"].Value),
            "cvpn-endpoint" => new ResourceKey(ResourceTypes.ClientVpnEndpoint, target.Groups["id"].Value),
            _ => null,
        };
    }

    private static string? OwnerOf(NetworkInterface item)
    {
        if (item.InterfaceType?.Value is { } type && !Ordinary.Contains(type))
        {
            return type;
        }

        if (item.RequesterManaged == true)
        {
            return item.RequesterId ?? item.Attachment?.InstanceOwnerId ?? "an AWS service";
        }

        return item.Attachment is { InstanceId: null, InstanceOwnerId: { } owner } && owner != item.OwnerId ? owner : null;
    }
}
