using System.Globalization;
using System.Xml.Linq;
using SpotCluster.Engine.Aws.Inventory;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>
/// Kinds of EC2 that clusters themselves never have, and whose users leave them behind: each is a row that says how it is
/// described and deleted. They are listed when they have the tag, and when the delete of a VPC was refused.
/// </summary>
internal sealed class Ec2QueryKind(ServiceClient ec2, Ec2QueryKind.Row row) : ServiceResourceKind(ec2.Region)
{
    /// <summary>Most values of one filter.</summary>
    private const int MostValues = 200;

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Row> Rows =
    [
        new(ResourceTypes.VpnGateway, "DescribeVpnGateways", "vpnGatewaySet", "vpnGatewayId", "vpn-gateway-id", "DeleteVpnGateway", "VpnGatewayId")
        {
            VpcFilter = "attachment.vpc-id",
            VpcOf = item => item.Members("attachments").Where(attachment => attachment.Child("state") is not "detached").Select(attachment => attachment.Child("vpcId")).FirstOrDefault(),
            DetachOperation = "DetachVpnGateway",
        },
        new(ResourceTypes.VpnConnection, "DescribeVpnConnections", "vpnConnectionSet", "vpnConnectionId", "vpn-connection-id", "DeleteVpnConnection", "VpnConnectionId")
        {
            Holds = item =>
            [
                .. Keys(ResourceTypes.VpnGateway, [item.Child("vpnGatewayId")]),
                .. Keys(ResourceTypes.CustomerGateway, [item.Child("customerGatewayId")]),
                .. Keys(ResourceTypes.TransitGateway, [item.Child("transitGatewayId")]),
            ],
        },
        new(ResourceTypes.CustomerGateway, "DescribeCustomerGateways", "customerGatewaySet", "customerGatewayId", "customer-gateway-id", "DeleteCustomerGateway", "CustomerGatewayId"),
        new(ResourceTypes.FlowLog, "DescribeFlowLogs", "flowLogSet", "flowLogId", "flow-log-id", "DeleteFlowLogs", "FlowLogId") { DeleteTakesList = true },
        new(ResourceTypes.InstanceConnectEndpoint, "DescribeInstanceConnectEndpoints", "instanceConnectEndpointSet", "instanceConnectEndpointId", "instance-connect-endpoint-id", "DeleteInstanceConnectEndpoint", "InstanceConnectEndpointId")
        {
            VpcFilter = "vpc-id",
            Holds = item => [.. Keys(ResourceTypes.Subnet, [item.Child("subnetId")]), .. Keys(ResourceTypes.SecurityGroup, item.Members("securityGroupIdSet").Select(group => (string?)group.Value))],
            Takes = item => [.. Keys(ResourceTypes.NetworkInterface, item.Members("networkInterfaceIdSet").Select(eni => (string?)eni.Value))],
        },
        new(ResourceTypes.TransitGatewayAttachment, "DescribeTransitGatewayVpcAttachments", "transitGatewayVpcAttachments", "transitGatewayAttachmentId", "transit-gateway-attachment-id", "DeleteTransitGatewayVpcAttachment", "TransitGatewayAttachmentId")
        {
            VpcFilter = "vpc-id",
            Holds = item => [.. Keys(ResourceTypes.Subnet, item.Members("subnetIds").Select(subnet => (string?)subnet.Value)), .. Keys(ResourceTypes.TransitGateway, [item.Child("transitGatewayId")])],
        },
        new(ResourceTypes.TransitGatewayRouteTable, "DescribeTransitGatewayRouteTables", "transitGatewayRouteTables", "transitGatewayRouteTableId", "transit-gateway-route-table-id", "DeleteTransitGatewayRouteTable", "TransitGatewayRouteTableId")
        {
            Holds = item => [.. Keys(ResourceTypes.TransitGateway, [item.Child("transitGatewayId")])],
            IsOfAws = item => item.Child("defaultAssociationRouteTable") == "true",
        },
        new(ResourceTypes.TransitGateway, "DescribeTransitGateways", "transitGatewaySet", "transitGatewayId", "transit-gateway-id", "DeleteTransitGateway", "TransitGatewayId"),
        new(ResourceTypes.CarrierGateway, "DescribeCarrierGateways", "carrierGatewaySet", "carrierGatewayId", "carrier-gateway-id", "DeleteCarrierGateway", "CarrierGatewayId") { VpcFilter = "vpc-id" },
        new(ResourceTypes.PrefixList, "DescribeManagedPrefixLists", "prefixListSet", "prefixListId", "prefix-list-id", "DeleteManagedPrefixList", "PrefixListId")
        {
            IsOfAws = item => item.Child("ownerId") == "AWS",
        },
        new(ResourceTypes.DedicatedHost, "DescribeHosts", "hostSet", "hostId", null, "ReleaseHosts", "HostId") { DeleteTakesList = true },
        new(ResourceTypes.EndpointService, "DescribeVpcEndpointServiceConfigurations", "serviceConfigurationSet", "serviceId", "service-id", "DeleteVpcEndpointServiceConfigurations", "ServiceId")
        {
            DeleteTakesList = true,
            Holds = item => [.. Keys(ResourceTypes.LoadBalancer, item.Members("networkLoadBalancerArnSet").Concat(item.Members("gatewayLoadBalancerArnSet")).Select(arn => (string?)arn.Value))],
        },
    ];

    public override string Type => row.Type;

    public override bool DeletesAtOnce => false;

    public override async Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var pages = await Task.WhenAll(ids.Chunk(MostValues).Select(chunk => DescribeAsync(
            row.IdFilter is { } filter ? Filter(filter, chunk) : Numbered(row.IdParameter, chunk), cancellationToken))).ConfigureAwait(false);
        return pages.SelectMany(page => page).Where(node => ids.Contains(node.Key.Id, StringComparer.Ordinal)).ToList();
    }

    public override Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
        held.Key.Type == ResourceTypes.Vpc && row.VpcFilter is { } filter
            ? DescribeAsync(Filter(filter, [held.Key.Id]), cancellationToken)
            : base.ListHoldersAsync(held, cancellationToken);

    protected override async Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        if (row.DetachOperation is { } detach && node.Resource.VpcId is { } vpcId)
        {
            try
            {
                await ec2.QueryAsync(detach, [(row.IdParameter, node.Key.Id), ("VpcId", vpcId)], cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error) when (AwsRefusals.Classify(error) == RefusalKind.NotFound || error.ServiceCode == "IncorrectState")
            {
                // It is detached, or about to be.
            }
        }

        var answer = await ec2.QueryAsync(row.DeleteOperation, [(row.DeleteTakesList ? row.IdParameter + ".1" : row.IdParameter, node.Key.Id)], cancellationToken).ConfigureAwait(false);
        if (answer.Members("unsuccessful").FirstOrDefault() is { } refusal)
        {
            throw new SpotException(
                SpotErrorIds.RequestRefused,
                SpotErrorCategory.InvalidOperation,
                $"{node.Key.Id} in {Region}: {refusal.Below("message") ?? refusal.Below("code") ?? "refused without a reason"}")
            {
                Target = node.Key.Id,
                Region = Region,
                ServiceCode = refusal.Below("code"),
            };
        }
    }

    private static IEnumerable<(string, string)> Filter(string name, IReadOnlyList<string> values) =>
        [("Filter.1.Name", name), .. Numbered("Filter.1.Value", values)];

    private static IEnumerable<(string, string)> Numbered(string name, IReadOnlyList<string> values) =>
        values.Select((value, index) => ($"{name}.{(index + 1).ToString(CultureInfo.InvariantCulture)}", value));

    private async Task<IReadOnlyList<ResourceNode>> DescribeAsync(IEnumerable<(string Name, string Value)> parameters, CancellationToken cancellationToken)
    {
        var asked = parameters.ToList();
        var nodes = new List<ResourceNode>();
        string? token = null;
        do
        {
            XElement page;
            try
            {
                page = await ec2.QueryAsync(row.DescribeOperation, token is null ? asked : asked.Append(("NextToken", token)), cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error) when (row.IdFilter is null && AwsRefusals.Classify(error) == RefusalKind.NotFound)
            {
                return nodes;
            }

            if (!page.Elements().Any(element => element.Name.LocalName == row.ListElement))
            {
                throw new SpotException(SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"The answer of EC2 in {Region} to {row.DescribeOperation} has no {row.ListElement}.");
            }

            nodes.AddRange(page.Members(row.ListElement).Where(item => !row.IsOfAws(item)).Select(ToNode));
            var next = page.Child("nextToken");
            token = next is null || next != token ? next : throw new SpotException(
                SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"EC2 in {Region} repeats a page of {row.DescribeOperation}.");
        }
        while (token is not null);
        return nodes;
    }

    private ResourceNode ToNode(XElement item)
    {
        var tags = item.Members("tagSet").GroupBy(tag => tag.Child("key") ?? "", StringComparer.Ordinal)
            .Select(tag => new KeyValuePair<string, string>(tag.Key, tag.First().Child("value") ?? ""));
        var state = item.Child("state");
        var vpcId = row.VpcOf(item);
        return new ResourceNode
        {
            Resource = Resource(item.Child(row.IdElement) ?? "", tags, state, vpcId: vpcId),
            Live = state is not ("deleted" or "delete-complete" or "released" or "released-permanent-failure" or "failed" or "rejected"),
            Holds = [.. row.Holds(item), .. Keys(ResourceTypes.Vpc, [vpcId])],
            Takes = row.Takes(item),
        };
    }

    /// <summary>How one kind is described and deleted.</summary>
    /// <param name="Type">EC2's resource-type word.</param>
    /// <param name="DescribeOperation">The operation that lists it.</param>
    /// <param name="ListElement">The element of the list.</param>
    /// <param name="IdElement">The element of the id.</param>
    /// <param name="IdFilter">The filter that takes ids; null where only a parameter does.</param>
    /// <param name="DeleteOperation">The operation that deletes it.</param>
    /// <param name="IdParameter">The parameter of the id.</param>
    internal sealed record Row(
        string Type, string DescribeOperation, string ListElement, string IdElement, string? IdFilter, string DeleteOperation, string IdParameter)
    {
        /// <summary>The filter by VPC of a kind that can hold one; null for others.</summary>
        public string? VpcFilter { get; init; }

        /// <summary>The operation that takes it off its VPC before it is deleted; null for none.</summary>
        public string? DetachOperation { get; init; }

        /// <summary>The delete takes a list of ids, and answers with the refusals.</summary>
        public bool DeleteTakesList { get; init; }

        public Func<XElement, string?> VpcOf { get; init; } = item => item.Child("vpcId");

        public Func<XElement, IReadOnlyList<ResourceKey>> Holds { get; init; } = _ => [];

        public Func<XElement, IReadOnlyList<ResourceKey>> Takes { get; init; } = _ => [];

        /// <summary>AWS itself made it and deletes it.</summary>
        public Func<XElement, bool> IsOfAws { get; init; } = _ => false;
    }
}
