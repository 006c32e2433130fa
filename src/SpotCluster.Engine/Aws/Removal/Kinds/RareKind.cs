using System.Runtime.CompilerServices;
using Amazon.EC2;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>
/// Kinds that clusters themselves never have, and whose users leave them behind: each is a row that says how it is listed
/// and deleted. They are listed when they have the tag, and when the delete of a VPC was refused.
/// </summary>
internal sealed class RareKind(IEc2Client ec2, RareKind.Row row) : Ec2ResourceKind(ec2)
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Row> Rows =
    [
        new(ResourceTypes.VpnGateway, "vpn-gateway-id")
        {
            VpcFilter = "attachment.vpc-id",
            List = (ec2, filters, stop) => OnePage(
                ec2.DescribeVpnGatewaysAsync(new DescribeVpnGatewaysRequest { Filters = filters }, stop),
                answer => answer.VpnGateways.Select(item => new Found(item.VpnGatewayId, item.Tags, item.State)
                {
                    VpcId = item.VpcAttachments.Where(attachment => attachment.State != AttachmentStatus.Detached).Select(attachment => attachment.VpcId).FirstOrDefault(),
                })),
            Delete = DeleteVpnGatewayAsync,
        },
        new(ResourceTypes.VpnConnection, "vpn-connection-id")
        {
            List = (ec2, filters, stop) => OnePage(
                ec2.DescribeVpnConnectionsAsync(new DescribeVpnConnectionsRequest { Filters = filters }, stop),
                answer => answer.VpnConnections.Select(item => new Found(item.VpnConnectionId, item.Tags, item.State)
                {
                    Holds =
                    [
                        .. Keys(ResourceTypes.VpnGateway, item.VpnGatewayId),
                        .. Keys(ResourceTypes.CustomerGateway, item.CustomerGatewayId),
                        .. Keys(ResourceTypes.TransitGateway, item.TransitGatewayId),
                    ],
                })),
            Delete = (ec2, node, stop) => ec2.DeleteVpnConnectionAsync(new DeleteVpnConnectionRequest { VpnConnectionId = node.Key.Id }, stop),
        },
        new(ResourceTypes.CustomerGateway, "customer-gateway-id")
        {
            List = (ec2, filters, stop) => OnePage(
                ec2.DescribeCustomerGatewaysAsync(new DescribeCustomerGatewaysRequest { Filters = filters }, stop),
                answer => answer.CustomerGateways.Select(item => new Found(item.CustomerGatewayId, item.Tags, item.State))),
            Delete = (ec2, node, stop) => ec2.DeleteCustomerGatewayAsync(new DeleteCustomerGatewayRequest { CustomerGatewayId = node.Key.Id }, stop),
        },
        new(ResourceTypes.FlowLog, "flow-log-id")
        {
            // A filter would want the ids of all subnets and interfaces, which are listed at the same time.
            InVpc = VpcListing.Always,
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeFlowLogsRequest { Filter = filters }, ec2.DescribeFlowLogsAsync, page => page.FlowLogs, stop),
                item => new Found(item.FlowLogId, item.Tags, item.FlowLogStatus) { CreatedAt = item.CreationTime, Host = HostOf(item.ResourceId) }),
            Delete = async (ec2, node, stop) => Require(
                (await ec2.DeleteFlowLogsAsync(new DeleteFlowLogsRequest { FlowLogIds = [node.Key.Id] }, stop).ConfigureAwait(false)).Unsuccessful, node),
        },
        new(ResourceTypes.InstanceConnectEndpoint, "instance-connect-endpoint-id")
        {
            HasInterface = true,
            VpcFilter = "vpc-id",
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeInstanceConnectEndpointsRequest { Filters = filters }, ec2.DescribeInstanceConnectEndpointsAsync, page => page.InstanceConnectEndpoints, stop, pageSize: 50),
                item => new Found(item.InstanceConnectEndpointId, item.Tags, item.State)
                {
                    VpcId = item.VpcId,
                    Holds = [.. Keys(ResourceTypes.Subnet, item.SubnetId), .. Keys(ResourceTypes.SecurityGroup, item.SecurityGroupIds)],
                    Takes = [.. Keys(ResourceTypes.NetworkInterface, item.NetworkInterfaceIds)],
                }),
            Delete = (ec2, node, stop) => ec2.DeleteInstanceConnectEndpointAsync(
                new DeleteInstanceConnectEndpointRequest { InstanceConnectEndpointId = node.Key.Id }, stop),
        },
        new(ResourceTypes.TransitGatewayAttachment, "transit-gateway-attachment-id")
        {
            HasInterface = true,
            VpcFilter = "vpc-id",
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeTransitGatewayVpcAttachmentsRequest { Filters = filters }, ec2.DescribeTransitGatewayVpcAttachmentsAsync, page => page.TransitGatewayVpcAttachments, stop),
                item => new Found(item.TransitGatewayAttachmentId, item.Tags, item.State)
                {
                    VpcId = item.VpcId,
                    Holds = [.. Keys(ResourceTypes.Subnet, item.SubnetIds), .. Keys(ResourceTypes.TransitGateway, item.TransitGatewayId)],
                }),
            Delete = (ec2, node, stop) => ec2.DeleteTransitGatewayVpcAttachmentAsync(
                new DeleteTransitGatewayVpcAttachmentRequest { TransitGatewayAttachmentId = node.Key.Id }, stop),
        },
        new(ResourceTypes.TransitGatewayRouteTable, "transit-gateway-route-table-id")
        {
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeTransitGatewayRouteTablesRequest { Filters = filters }, ec2.DescribeTransitGatewayRouteTablesAsync, page => page.TransitGatewayRouteTables, stop),
                item => new Found(item.TransitGatewayRouteTableId, item.Tags, item.State)
                {
                    IsOfAws = item.DefaultAssociationRouteTable == true,
                    Holds = [.. Keys(ResourceTypes.TransitGateway, item.TransitGatewayId)],
                }),
            Delete = (ec2, node, stop) => ec2.DeleteTransitGatewayRouteTableAsync(
                new DeleteTransitGatewayRouteTableRequest { TransitGatewayRouteTableId = node.Key.Id }, stop),
        },
        new(ResourceTypes.TransitGateway, "transit-gateway-id")
        {
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeTransitGatewaysRequest { Filters = filters }, ec2.DescribeTransitGatewaysAsync, page => page.TransitGateways, stop),
                item => new Found(item.TransitGatewayId, item.Tags, item.State)),
            Delete = (ec2, node, stop) => ec2.DeleteTransitGatewayAsync(new DeleteTransitGatewayRequest { TransitGatewayId = node.Key.Id }, stop),
        },
        new(ResourceTypes.CarrierGateway, "carrier-gateway-id")
        {
            VpcFilter = "vpc-id",
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeCarrierGatewaysRequest { Filters = filters }, ec2.DescribeCarrierGatewaysAsync, page => page.CarrierGateways, stop),
                item => new Found(item.CarrierGatewayId, item.Tags, item.State) { VpcId = item.VpcId }),
            Delete = (ec2, node, stop) => ec2.DeleteCarrierGatewayAsync(new DeleteCarrierGatewayRequest { CarrierGatewayId = node.Key.Id }, stop),
        },
        new(ResourceTypes.PrefixList, "prefix-list-id")
        {
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeManagedPrefixListsRequest { Filters = filters }, ec2.DescribeManagedPrefixListsAsync, page => page.PrefixLists, stop, pageSize: 100),
                item => new Found(item.PrefixListId, item.Tags, item.State) { IsOfAws = item.OwnerId == "AWS" }),
            Delete = (ec2, node, stop) => ec2.DeleteManagedPrefixListAsync(new DeleteManagedPrefixListRequest { PrefixListId = node.Key.Id }, stop),
        },
        new(ResourceTypes.EndpointService, "service-id")
        {
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeVpcEndpointServiceConfigurationsRequest { Filters = filters }, ec2.DescribeVpcEndpointServiceConfigurationsAsync, page => page.ServiceConfigurations, stop),
                item => new Found(item.ServiceId, item.Tags, item.ServiceState)
                {
                    Holds = [.. Keys(ResourceTypes.LoadBalancer, item.NetworkLoadBalancerArns.Concat(item.GatewayLoadBalancerArns))],
                }),
            Delete = async (ec2, node, stop) => Require(
                (await ec2.DeleteVpcEndpointServiceConfigurationsAsync(
                    new DeleteVpcEndpointServiceConfigurationsRequest { ServiceIds = [node.Key.Id] }, stop).ConfigureAwait(false)).Unsuccessful,
                node),
        },
        new(ResourceTypes.ClientVpnEndpoint, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeClientVpnEndpointsRequest { ClientVpnEndpointIds = ids }, ec2.DescribeClientVpnEndpointsAsync, page => page.ClientVpnEndpoints, stop, ids),
                item => new Found(item.ClientVpnEndpointId, item.Tags, item.Status?.Code)
                {
                    VpcId = item.VpcId,
                    Holds = [.. Keys(ResourceTypes.SecurityGroup, item.SecurityGroupIds)],
                }),
            Delete = DeleteClientVpnEndpointAsync,
        },
        new(ResourceTypes.DedicatedHost, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeHostsRequest { HostIds = ids }, ec2.DescribeHostsAsync, page => page.Hosts, stop, ids, pageSize: 500),
                item => new Found(item.HostId, item.Tags, item.State)
                {
                    CreatedAt = item.AllocationTime,
                    After = [.. Keys(ResourceTypes.Instance, item.Instances.Select(instance => instance.InstanceId))],
                }),
            Delete = async (ec2, node, stop) => Require(
                (await ec2.ReleaseHostsAsync(new ReleaseHostsRequest { HostIds = [node.Key.Id] }, stop).ConfigureAwait(false)).Unsuccessful, node),
        },
        new(ResourceTypes.VerifiedAccessEndpoint, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeVerifiedAccessEndpointsRequest { VerifiedAccessEndpointIds = ids }, ec2.DescribeVerifiedAccessEndpointsAsync, page => page.VerifiedAccessEndpoints, stop, ids, pageSize: 200),
                item => new Found(item.VerifiedAccessEndpointId, item.Tags, item.Status?.Code)
                {
                    Holds =
                    [
                        .. Keys(ResourceTypes.VerifiedAccessGroup, item.VerifiedAccessGroupId),
                        .. Keys(ResourceTypes.SecurityGroup, item.SecurityGroupIds),
                        .. Keys(ResourceTypes.Subnet, item.LoadBalancerOptions?.SubnetIds ?? []),
                        .. Keys(ResourceTypes.LoadBalancer, item.LoadBalancerOptions?.LoadBalancerArn),
                        .. Keys(ResourceTypes.NetworkInterface, item.NetworkInterfaceOptions?.NetworkInterfaceId),
                    ],
                }),
            Delete = (ec2, node, stop) => ec2.DeleteVerifiedAccessEndpointAsync(new DeleteVerifiedAccessEndpointRequest { VerifiedAccessEndpointId = node.Key.Id }, stop),
        },
        new(ResourceTypes.VerifiedAccessGroup, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeVerifiedAccessGroupsRequest { VerifiedAccessGroupIds = ids }, ec2.DescribeVerifiedAccessGroupsAsync, page => page.VerifiedAccessGroups, stop, ids, pageSize: 200),
                item => new Found(item.VerifiedAccessGroupId, item.Tags, string.IsNullOrEmpty(item.DeletionTime) ? null : "deleted")
                {
                    Holds = [.. Keys(ResourceTypes.VerifiedAccessInstance, item.VerifiedAccessInstanceId)],
                }),
            Delete = (ec2, node, stop) => ec2.DeleteVerifiedAccessGroupAsync(new DeleteVerifiedAccessGroupRequest { VerifiedAccessGroupId = node.Key.Id }, stop),
        },
        new(ResourceTypes.VerifiedAccessInstance, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeVerifiedAccessInstancesRequest { VerifiedAccessInstanceIds = ids }, ec2.DescribeVerifiedAccessInstancesAsync, page => page.VerifiedAccessInstances, stop, ids, pageSize: 200),
                item => new Found(item.VerifiedAccessInstanceId, item.Tags, null)
                {
                    Holds = [.. Keys(ResourceTypes.VerifiedAccessTrustProvider, item.VerifiedAccessTrustProviders.Select(provider => provider.VerifiedAccessTrustProviderId))],
                }),
            Delete = DeleteVerifiedAccessInstanceAsync,
        },
        new(ResourceTypes.VerifiedAccessTrustProvider, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(
                    new DescribeVerifiedAccessTrustProvidersRequest { VerifiedAccessTrustProviderIds = ids },
                    ec2.DescribeVerifiedAccessTrustProvidersAsync,
                    page => page.VerifiedAccessTrustProviders,
                    stop,
                    ids,
                    pageSize: 200),
                item => new Found(item.VerifiedAccessTrustProviderId, item.Tags, null)),
            Delete = (ec2, node, stop) => ec2.DeleteVerifiedAccessTrustProviderAsync(
                new DeleteVerifiedAccessTrustProviderRequest { VerifiedAccessTrustProviderId = node.Key.Id }, stop),
        },
        new(ResourceTypes.IpamPool, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeIpamPoolsRequest { IpamPoolIds = ids }, ec2.DescribeIpamPoolsAsync, page => page.IpamPools, stop, ids),
                item => new Found(item.IpamPoolId, item.Tags, item.State)
                {
                    Holds = [.. Keys(ResourceTypes.IpamScope, LastOf(item.IpamScopeArn)), .. Keys(ResourceTypes.IpamPool, item.SourceIpamPoolId)],
                }),
            Delete = DeleteIpamPoolAsync,
        },
        new(ResourceTypes.IpamScope, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeIpamScopesRequest { IpamScopeIds = ids }, ec2.DescribeIpamScopesAsync, page => page.IpamScopes, stop, ids),
                item => new Found(item.IpamScopeId, item.Tags, item.State)
                {
                    IsOfAws = item.IsDefault == true,
                    Holds = [.. Keys(ResourceTypes.Ipam, LastOf(item.IpamArn))],
                }),
            Delete = (ec2, node, stop) => ec2.DeleteIpamScopeAsync(new DeleteIpamScopeRequest { IpamScopeId = node.Key.Id }, stop),
        },
        new(ResourceTypes.Ipam, "")
        {
            Named = (ec2, ids, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeIpamsRequest { IpamIds = ids }, ec2.DescribeIpamsAsync, page => page.Ipams, stop, ids),
                item => new Found(item.IpamId, item.Tags, item.State)),
            Delete = (ec2, node, stop) => ec2.DeleteIpamAsync(new DeleteIpamRequest { IpamId = node.Key.Id }, stop),
        },
    ];

    public override string Type => row.Type;

    public override bool DeletesAtOnce => false;

    public override VpcListing InVpc => row.InVpc;

    public override bool HasInterface => row.HasInterface;

    protected override string IdFilter => row.IdFilter;

    public override Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) => row.Named is { } named
        ? ListByIdAsync(ids, part => ToNodesAsync(named(Ec2, part, cancellationToken), cancellationToken))
        : base.ListAsync(ids, cancellationToken);

    // As a whole: what lies elsewhere is of nobody's concern.
    public override async Task<IReadOnlyList<ResourceNode>> ListInVpcsAsync(IReadOnlyList<string> vpcIds, CancellationToken cancellationToken) =>
        InVpc == VpcListing.None ? [] : await DescribeAsync([], cancellationToken).CollectAsync().ConfigureAwait(false);

    public override Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
        held.Key.Type == ResourceTypes.Vpc && row.VpcFilter is { } filter
            ? ListByAsync(filter, [held.Key.Id], cancellationToken)
            : base.ListHoldersAsync(held, cancellationToken);

    protected override IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, CancellationToken cancellationToken) =>
        ToNodesAsync(row.List!(Ec2, filters, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<ResourceNode> ToNodesAsync(IAsyncEnumerable<Found> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (!item.IsOfAws)
            {
                yield return new ResourceNode
                {
                    Resource = Resource(item.Id, item.Tags, item.VpcId, item.State, item.CreatedAt is { } time ? new DateTimeOffset(time.ToUniversalTime()) : null),
                    Live = item.State?.ToLowerInvariant() is not ("deleted" or "delete-complete" or "failed" or "rejected" or "released" or "released-permanent-failure"),
                    After = item.After,
                    Host = item.Host,
                    Holds = [.. item.Holds, .. Keys(ResourceTypes.Vpc, item.VpcId)],
                    Takes = item.Takes,
                };
            }
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) => row.Delete(Ec2, node, cancellationToken);

    // Detaching takes a while, and the delete is refused until it is done.
    private static async Task DeleteVpnGatewayAsync(IEc2Client ec2, ResourceNode node, CancellationToken cancellationToken)
    {
        var isDetaching = false;
        if (node.Resource.VpcId is { } vpcId)
        {
            try
            {
                await ec2.DetachVpnGatewayAsync(new DetachVpnGatewayRequest { VpnGatewayId = node.Key.Id, VpcId = vpcId }, cancellationToken).ConfigureAwait(false);
                isDetaching = true;
            }
            catch (SpotException error) when (error.ServiceCode is "IncorrectState" or "InvalidVpnGatewayAttachment.NotFound")
            {
                // It is about to be detached, or it is.
                isDetaching = error.ServiceCode == "IncorrectState";
            }
        }

        try
        {
            await ec2.DeleteVpnGatewayAsync(new DeleteVpnGatewayRequest { VpnGatewayId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (isDetaching && error.ServiceCode == "IncorrectState")
        {
            throw InProgress(ec2, node, $"it is being detached from {node.Resource.VpcId}");
        }
    }

    private static SpotException InProgress(IEc2Client ec2, ResourceNode node, string what) =>
        new(SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidOperation, $"{node.Key.Id} in {ec2.Region}: {what}.")
        {
            Target = node.Key.Id,
            Region = ec2.Region,
            ServiceCode = AwsRefusals.InProgress,
        };

    // It is refused while a subnet is associated, and disassociating takes minutes.
    private static async Task DeleteClientVpnEndpointAsync(IEc2Client ec2, ResourceNode node, CancellationToken cancellationToken)
    {
        var request = new DescribeClientVpnTargetNetworksRequest { ClientVpnEndpointId = node.Key.Id };
        var networks = await Ec2Paging.ItemsAsync(request, ec2.DescribeClientVpnTargetNetworksAsync, page => page.ClientVpnTargetNetworks, cancellationToken)
            .CollectAsync().ConfigureAwait(false);
        var open = networks.Where(network => network.Status?.Code?.Value != "disassociated").ToList();
        foreach (var network in open.Where(network => network.Status?.Code?.Value != "disassociating"))
        {
            await ec2.DisassociateClientVpnTargetNetworkAsync(
                new DisassociateClientVpnTargetNetworkRequest { ClientVpnEndpointId = node.Key.Id, AssociationId = network.AssociationId }, cancellationToken).ConfigureAwait(false);
        }

        if (open.Count > 0)
        {
            throw InProgress(ec2, node, $"subnet {open[0].TargetNetworkId} is being disassociated");
        }

        await ec2.DeleteClientVpnEndpointAsync(new DeleteClientVpnEndpointRequest { ClientVpnEndpointId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DeleteVerifiedAccessInstanceAsync(IEc2Client ec2, ResourceNode node, CancellationToken cancellationToken)
    {
        foreach (var provider in node.Holds.Where(key => key.Type == ResourceTypes.VerifiedAccessTrustProvider))
        {
            await AwsRefusals.UnlessDoneAsync(ec2.DetachVerifiedAccessTrustProviderAsync(
                new DetachVerifiedAccessTrustProviderRequest { VerifiedAccessInstanceId = node.Key.Id, VerifiedAccessTrustProviderId = provider.Id }, cancellationToken)).ConfigureAwait(false);
        }

        await ec2.DeleteVerifiedAccessInstanceAsync(new DeleteVerifiedAccessInstanceRequest { VerifiedAccessInstanceId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
    }

    // A pool goes once its ranges are given back. The option to delete with it what others allocated from it is never used.
    private static async Task DeleteIpamPoolAsync(IEc2Client ec2, ResourceNode node, CancellationToken cancellationToken)
    {
        var request = new GetIpamPoolCidrsRequest { IpamPoolId = node.Key.Id };
        var ranges = await Ec2Paging.ItemsAsync(request, ec2.GetIpamPoolCidrsAsync, page => page.IpamPoolCidrs, cancellationToken).CollectAsync().ConfigureAwait(false);
        foreach (var range in ranges.Where(range => range.State?.Value == "provisioned"))
        {
            await ec2.DeprovisionIpamPoolCidrAsync(new DeprovisionIpamPoolCidrRequest { IpamPoolId = node.Key.Id, Cidr = range.Cidr }, cancellationToken).ConfigureAwait(false);
        }

        await ec2.DeleteIpamPoolAsync(new DeleteIpamPoolRequest { IpamPoolId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a flow log records: a VPC, a subnet, an interface, or a gateway.</summary>
    private static ResourceKey? HostOf(string? id) => id?.Split('-')[0] switch
    {
        "vpc" => new ResourceKey(ResourceTypes.Vpc, id),
        "subnet" => new ResourceKey(ResourceTypes.Subnet, id),
        "eni" => new ResourceKey(ResourceTypes.NetworkInterface, id),
        "tgw" => new ResourceKey(ResourceTypes.TransitGateway, id),
        _ => null,
    };

    private static string? LastOf(string? arn) => arn?.Split('/').Last();

    private static void Require(List<UnsuccessfulItem> refusals, ResourceNode node)
    {
        if (refusals.Count > 0)
        {
            var error = refusals[0].Error;
            throw new SpotException(
                SpotErrorIds.RequestRefused,
                SpotErrorCategory.InvalidOperation,
                $"{node.Key.Id} in {node.Resource.Region}: {error?.Message ?? error?.Code ?? "refused without a reason"}")
            {
                Target = node.Key.Id,
                Region = node.Resource.Region,
                ServiceCode = error?.Code,
            };
        }
    }

    private static async IAsyncEnumerable<Found> OnePage<T>(Task<T> asking, Func<T, IEnumerable<Found>> read)
    {
        foreach (var item in read(await asking.ConfigureAwait(false)))
        {
            yield return item;
        }
    }

    private static async IAsyncEnumerable<Found> Pages<T>(IAsyncEnumerable<T> items, Func<T, Found> read)
    {
        await foreach (var item in items.ConfigureAwait(false))
        {
            yield return read(item);
        }
    }

    /// <summary>How one kind is listed and deleted.</summary>
    /// <param name="Type">EC2's resource-type word.</param>
    /// <param name="IdFilter">The filter that takes ids; empty for a kind that has none.</param>
    internal sealed record Row(string Type, string IdFilter)
    {
        /// <summary>The filter by VPC of a kind that can hold one; null for others.</summary>
        public string? VpcFilter { get; init; }

        public VpcListing InVpc { get; init; }

        /// <summary>Each has an interface in its VPC that names it.</summary>
        public bool HasInterface { get; init; }

        /// <summary>Those that fit filters; null for a kind that has no filter for ids.</summary>
        public Func<IEc2Client, List<Filter>, CancellationToken, IAsyncEnumerable<Found>>? List { get; init; }

        /// <summary>Those with the ids, all of which must exist.</summary>
        public Func<IEc2Client, List<string>, CancellationToken, IAsyncEnumerable<Found>>? Named { get; init; }

        public required Func<IEc2Client, ResourceNode, CancellationToken, Task> Delete { get; init; }
    }

    /// <summary>What a listing told of one resource.</summary>
    internal sealed record Found(string Id, List<Tag> Tags, string? State)
    {
        public string? VpcId { get; init; }

        public DateTime? CreatedAt { get; init; }

        public ResourceKey? Host { get; init; }

        public IReadOnlyList<ResourceKey> After { get; init; } = [];

        public IReadOnlyList<ResourceKey> Holds { get; init; } = [];

        public IReadOnlyList<ResourceKey> Takes { get; init; } = [];

        /// <summary>AWS itself made it and deletes it.</summary>
        public bool IsOfAws { get; init; }
    }
}
