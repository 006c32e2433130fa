using System.Runtime.CompilerServices;
using Amazon.EC2;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Inventory.Kinds;

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
            List = (ec2, filters, stop) => Pages(
                Ec2Paging.ItemsAsync(new DescribeFlowLogsRequest { Filter = filters }, ec2.DescribeFlowLogsAsync, page => page.FlowLogs, stop),
                item => new Found(item.FlowLogId, item.Tags, item.FlowLogStatus)),
            Delete = async (ec2, node, stop) => Require(
                (await ec2.DeleteFlowLogsAsync(new DeleteFlowLogsRequest { FlowLogIds = [node.Key.Id] }, stop).ConfigureAwait(false)).Unsuccessful, node),
        },
        new(ResourceTypes.InstanceConnectEndpoint, "instance-connect-endpoint-id")
        {
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
    ];

    public override string Type => row.Type;

    public override bool DeletesAtOnce => false;

    protected override string IdFilter => row.IdFilter;

    public override Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
        held.Key.Type == ResourceTypes.Vpc && row.VpcFilter is { } filter
            ? ListByAsync(filter, [held.Key.Id], cancellationToken)
            : base.ListHoldersAsync(held, cancellationToken);

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in row.List(Ec2, filters, cancellationToken).ConfigureAwait(false))
        {
            if (!item.IsOfAws)
            {
                yield return new ResourceNode
                {
                    Resource = Resource(item.Id, item.Tags, item.VpcId, item.State),
                    Live = item.State?.ToLowerInvariant() is not ("deleted" or "delete-complete" or "failed" or "rejected"),
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
        if (node.Resource.VpcId is { } vpcId)
        {
            try
            {
                await ec2.DetachVpnGatewayAsync(new DetachVpnGatewayRequest { VpnGatewayId = node.Key.Id, VpcId = vpcId }, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error) when (error.ServiceCode is "IncorrectState" or "InvalidVpnGatewayAttachment.NotFound")
            {
                // It is detached, or about to be.
            }
        }

        await ec2.DeleteVpnGatewayAsync(new DeleteVpnGatewayRequest { VpnGatewayId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
    }

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
    /// <param name="IdFilter">The filter that takes ids.</param>
    internal sealed record Row(string Type, string IdFilter)
    {
        /// <summary>The filter by VPC of a kind that can hold one; null for others.</summary>
        public string? VpcFilter { get; init; }

        public required Func<IEc2Client, List<Filter>, CancellationToken, IAsyncEnumerable<Found>> List { get; init; }

        public required Func<IEc2Client, ResourceNode, CancellationToken, Task> Delete { get; init; }
    }

    /// <summary>What a listing told of one resource.</summary>
    internal sealed record Found(string Id, List<Tag> Tags, string? State)
    {
        public string? VpcId { get; init; }

        public IReadOnlyList<ResourceKey> Holds { get; init; } = [];

        public IReadOnlyList<ResourceKey> Takes { get; init; } = [];

        /// <summary>AWS itself made it and deletes it.</summary>
        public bool IsOfAws { get; init; }
    }
}
