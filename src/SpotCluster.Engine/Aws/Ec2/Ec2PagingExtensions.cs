using Amazon.EC2.Model;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>The describes that have pages, read to the last one, item by item.</summary>
internal static class Ec2PagingExtensions
{
    public static IAsyncEnumerable<InstanceTypeInfo> DescribeAllInstanceTypesAsync(
        this IEc2Client client, DescribeInstanceTypesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeInstanceTypesAsync, page => page.InstanceTypes, cancellationToken, named: request.InstanceTypes, pageSize: 100);

    public static IAsyncEnumerable<InstanceTypeInfoFromInstanceRequirements> GetAllInstanceTypesFromInstanceRequirementsAsync(
        this IEc2Client client, GetInstanceTypesFromInstanceRequirementsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.GetInstanceTypesFromInstanceRequirementsAsync, page => page.InstanceTypes, cancellationToken);

    public static IAsyncEnumerable<InstanceTypeOffering> DescribeAllInstanceTypeOfferingsAsync(
        this IEc2Client client, DescribeInstanceTypeOfferingsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeInstanceTypeOfferingsAsync, page => page.InstanceTypeOfferings, cancellationToken);

    public static IAsyncEnumerable<SpotPrice> DescribeAllSpotPriceHistoryAsync(
        this IEc2Client client, DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeSpotPriceHistoryAsync, page => page.SpotPriceHistory, cancellationToken);

    public static IAsyncEnumerable<SpotPlacementScore> GetAllSpotPlacementScoresAsync(
        this IEc2Client client, GetSpotPlacementScoresRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.GetSpotPlacementScoresAsync, page => page.SpotPlacementScores, cancellationToken);

    public static IAsyncEnumerable<TagDescription> DescribeAllTagsAsync(
        this IEc2Client client, DescribeTagsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeTagsAsync, page => page.Tags, cancellationToken);

    public static IAsyncEnumerable<Vpc> DescribeAllVpcsAsync(
        this IEc2Client client, DescribeVpcsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeVpcsAsync, page => page.Vpcs, cancellationToken, named: request.VpcIds);

    public static IAsyncEnumerable<Subnet> DescribeAllSubnetsAsync(
        this IEc2Client client, DescribeSubnetsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeSubnetsAsync, page => page.Subnets, cancellationToken, named: request.SubnetIds);

    public static IAsyncEnumerable<InternetGateway> DescribeAllInternetGatewaysAsync(
        this IEc2Client client, DescribeInternetGatewaysRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeInternetGatewaysAsync, page => page.InternetGateways, cancellationToken, named: request.InternetGatewayIds);

    public static IAsyncEnumerable<EgressOnlyInternetGateway> DescribeAllEgressOnlyInternetGatewaysAsync(
        this IEc2Client client, DescribeEgressOnlyInternetGatewaysRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeEgressOnlyInternetGatewaysAsync, page => page.EgressOnlyInternetGateways, cancellationToken, named: request.EgressOnlyInternetGatewayIds, pageSize: 255);

    public static IAsyncEnumerable<RouteTable> DescribeAllRouteTablesAsync(
        this IEc2Client client, DescribeRouteTablesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeRouteTablesAsync, page => page.RouteTables, cancellationToken, named: request.RouteTableIds, pageSize: 100);

    public static IAsyncEnumerable<SecurityGroup> DescribeAllSecurityGroupsAsync(
        this IEc2Client client, DescribeSecurityGroupsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeSecurityGroupsAsync, page => page.SecurityGroups, cancellationToken, named: [.. request.GroupIds, .. request.GroupNames]);

    public static IAsyncEnumerable<LaunchTemplate> DescribeAllLaunchTemplatesAsync(
        this IEc2Client client, DescribeLaunchTemplatesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeLaunchTemplatesAsync, page => page.LaunchTemplates, cancellationToken, named: [.. request.LaunchTemplateIds, .. request.LaunchTemplateNames], pageSize: 200);

    public static IAsyncEnumerable<LaunchTemplateVersion> DescribeAllLaunchTemplateVersionsAsync(
        this IEc2Client client, DescribeLaunchTemplateVersionsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeLaunchTemplateVersionsAsync, page => page.LaunchTemplateVersions, cancellationToken, named: request.Versions, pageSize: 200);

    public static IAsyncEnumerable<FleetData> DescribeAllFleetsAsync(
        this IEc2Client client, DescribeFleetsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeFleetsAsync, page => page.Fleets, cancellationToken, named: request.FleetIds);

    public static IAsyncEnumerable<ActiveInstance> DescribeAllFleetInstancesAsync(
        this IEc2Client client, DescribeFleetInstancesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeFleetInstancesAsync, page => page.ActiveInstances, cancellationToken);

    public static IAsyncEnumerable<Reservation> DescribeAllInstancesAsync(
        this IEc2Client client, DescribeInstancesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeInstancesAsync, page => page.Reservations, cancellationToken, named: request.InstanceIds);

    public static IAsyncEnumerable<InstanceStatus> DescribeAllInstanceStatusAsync(
        this IEc2Client client, DescribeInstanceStatusRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeInstanceStatusAsync, page => page.InstanceStatuses, cancellationToken, named: request.InstanceIds);

    public static IAsyncEnumerable<SpotInstanceRequest> DescribeAllSpotInstanceRequestsAsync(
        this IEc2Client client, DescribeSpotInstanceRequestsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeSpotInstanceRequestsAsync, page => page.SpotInstanceRequests, cancellationToken, named: request.SpotInstanceRequestIds);

    public static IAsyncEnumerable<SpotFleetRequestConfig> DescribeAllSpotFleetRequestsAsync(
        this IEc2Client client, DescribeSpotFleetRequestsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeSpotFleetRequestsAsync, page => page.SpotFleetRequestConfigs, cancellationToken, named: request.SpotFleetRequestIds);

    public static IAsyncEnumerable<CapacityReservation> DescribeAllCapacityReservationsAsync(
        this IEc2Client client, DescribeCapacityReservationsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeCapacityReservationsAsync, page => page.CapacityReservations, cancellationToken, named: request.CapacityReservationIds);

    public static IAsyncEnumerable<Volume> DescribeAllVolumesAsync(
        this IEc2Client client, DescribeVolumesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeVolumesAsync, page => page.Volumes, cancellationToken, named: request.VolumeIds);

    public static IAsyncEnumerable<Snapshot> DescribeAllSnapshotsAsync(
        this IEc2Client client, DescribeSnapshotsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeSnapshotsAsync, page => page.Snapshots, cancellationToken, named: request.SnapshotIds);

    public static IAsyncEnumerable<Image> DescribeAllImagesAsync(
        this IEc2Client client, DescribeImagesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeImagesAsync, page => page.Images, cancellationToken, named: request.ImageIds);

    public static IAsyncEnumerable<NetworkInterface> DescribeAllNetworkInterfacesAsync(
        this IEc2Client client, DescribeNetworkInterfacesRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeNetworkInterfacesAsync, page => page.NetworkInterfaces, cancellationToken, named: request.NetworkInterfaceIds);

    public static IAsyncEnumerable<NatGateway> DescribeAllNatGatewaysAsync(
        this IEc2Client client, DescribeNatGatewaysRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeNatGatewaysAsync, page => page.NatGateways, cancellationToken, named: request.NatGatewayIds);

    public static IAsyncEnumerable<VpcEndpoint> DescribeAllVpcEndpointsAsync(
        this IEc2Client client, DescribeVpcEndpointsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeVpcEndpointsAsync, page => page.VpcEndpoints, cancellationToken, named: request.VpcEndpointIds);

    public static IAsyncEnumerable<NetworkAcl> DescribeAllNetworkAclsAsync(
        this IEc2Client client, DescribeNetworkAclsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeNetworkAclsAsync, page => page.NetworkAcls, cancellationToken, named: request.NetworkAclIds);

    public static IAsyncEnumerable<VpcPeeringConnection> DescribeAllVpcPeeringConnectionsAsync(
        this IEc2Client client, DescribeVpcPeeringConnectionsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeVpcPeeringConnectionsAsync, page => page.VpcPeeringConnections, cancellationToken, named: request.VpcPeeringConnectionIds);

    public static IAsyncEnumerable<DhcpOptions> DescribeAllDhcpOptionsAsync(
        this IEc2Client client, DescribeDhcpOptionsRequest request, CancellationToken cancellationToken) =>
        Ec2Paging.ItemsAsync(request, client.DescribeDhcpOptionsAsync, page => page.DhcpOptions, cancellationToken, named: request.DhcpOptionsIds);
}
