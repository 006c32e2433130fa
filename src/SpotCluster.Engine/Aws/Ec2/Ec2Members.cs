namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// What an answer always has, by the names on the wire: EC2 writes a list without items as an empty element, and a made
/// thing with its id. What is not there was not answered by EC2.
/// </summary>
/// <param name="Path">The list or thing, its items, and the id that each of them has; a last name that is empty: no id.</param>
/// <param name="NotEmpty">True when there is always at least one.</param>
internal sealed record Ec2Members(string[] Path, bool NotEmpty)
{
    private static readonly Ec2Members None = new([], false);

    private static readonly Dictionary<string, Ec2Members> ByOperation = new(StringComparer.Ordinal)
    {
        ["DescribeAccountAttributes"] = List("accountAttributeSet/"),
        ["DescribeAddresses"] = List("addressesSet/"),
        ["DescribeAvailabilityZones"] = Made("availabilityZoneInfo/item/zoneName"),
        ["DescribeCapacityReservations"] = List("capacityReservationSet/item/capacityReservationId"),
        ["DescribeDhcpOptions"] = List("dhcpOptionsSet/item/dhcpOptionsId"),
        ["DescribeEgressOnlyInternetGateways"] = List("egressOnlyInternetGatewaySet/item/egressOnlyInternetGatewayId"),
        ["DescribeFleetInstances"] = List("activeInstanceSet/item/instanceId"),
        ["DescribeFleets"] = List("fleetSet/item/fleetId"),
        ["DescribeImages"] = List("imagesSet/item/imageId"),
        ["DescribeInstanceStatus"] = List("instanceStatusSet/item/instanceId"),
        ["DescribeInstanceTypeOfferings"] = List("instanceTypeOfferingSet/item/instanceType"),
        ["DescribeInstanceTypes"] = List("instanceTypeSet/item/instanceType"),
        ["DescribeInstances"] = List("reservationSet/item/instancesSet/item/instanceId"),
        ["DescribeInternetGateways"] = List("internetGatewaySet/item/internetGatewayId"),
        ["DescribeKeyPairs"] = List("keySet/item/keyName"),
        ["DescribeLaunchTemplateVersions"] = List("launchTemplateVersionSet/"),
        ["DescribeLaunchTemplates"] = List("launchTemplates/item/launchTemplateId"),
        ["DescribeNatGateways"] = List("natGatewaySet/item/natGatewayId"),
        ["DescribeNetworkAcls"] = List("networkAclSet/item/networkAclId"),
        ["DescribeNetworkInterfaces"] = List("networkInterfaceSet/item/networkInterfaceId"),
        ["DescribePlacementGroups"] = List("placementGroupSet/item/groupName"),
        ["DescribeRegions"] = Made("regionInfo/item/regionName"),
        ["DescribeRouteTables"] = List("routeTableSet/item/routeTableId"),
        ["DescribeSecurityGroupRules"] = List("securityGroupRuleSet/item/securityGroupRuleId"),
        ["DescribeSecurityGroups"] = List("securityGroupInfo/item/groupId"),
        ["DescribeSnapshots"] = List("snapshotSet/item/snapshotId"),
        ["DescribeSpotFleetRequests"] = List("spotFleetRequestConfigSet/item/spotFleetRequestId"),
        ["DescribeSpotInstanceRequests"] = List("spotInstanceRequestSet/item/spotInstanceRequestId"),
        ["DescribeSpotPriceHistory"] = List("spotPriceHistorySet/"),
        ["DescribeSubnets"] = List("subnetSet/item/subnetId"),
        ["DescribeTags"] = List("tagSet/item/resourceId"),
        ["DescribeVolumes"] = List("volumeSet/item/volumeId"),
        ["DescribeVpcEndpoints"] = List("vpcEndpointSet/item/vpcEndpointId"),
        ["DescribeVpcPeeringConnections"] = List("vpcPeeringConnectionSet/item/vpcPeeringConnectionId"),
        ["DescribeVpcs"] = List("vpcSet/item/vpcId"),
        ["DescribeCarrierGateways"] = List("carrierGatewaySet/item/carrierGatewayId"),
        ["DescribeCustomerGateways"] = List("customerGatewaySet/item/customerGatewayId"),
        ["DescribeFlowLogs"] = List("flowLogSet/item/flowLogId"),
        ["DescribeInstanceConnectEndpoints"] = List("instanceConnectEndpointSet/item/instanceConnectEndpointId"),
        ["DescribeManagedPrefixLists"] = List("prefixListSet/item/prefixListId"),
        ["DescribeTransitGatewayRouteTables"] = List("transitGatewayRouteTables/item/transitGatewayRouteTableId"),
        ["DescribeTransitGatewayVpcAttachments"] = List("transitGatewayVpcAttachments/item/transitGatewayAttachmentId"),
        ["DescribeTransitGateways"] = List("transitGatewaySet/item/transitGatewayId"),
        ["DescribeVpcEndpointServiceConfigurations"] = List("serviceConfigurationSet/item/serviceId"),
        ["DescribeVpnConnections"] = List("vpnConnectionSet/item/vpnConnectionId"),
        ["DescribeVpnGateways"] = List("vpnGatewaySet/item/vpnGatewayId"),
        ["DescribeClientVpnEndpoints"] = List("clientVpnEndpoint/item/clientVpnEndpointId"),
        ["DescribeClientVpnTargetNetworks"] = List("clientVpnTargetNetworks/item/associationId"),
        ["DescribeHosts"] = List("hostSet/item/hostId"),
        ["DescribeIpamPools"] = List("ipamPoolSet/item/ipamPoolId"),
        ["DescribeIpamScopes"] = List("ipamScopeSet/item/ipamScopeId"),
        ["DescribeIpams"] = List("ipamSet/item/ipamId"),
        ["DescribeVerifiedAccessEndpoints"] = List("verifiedAccessEndpointSet/item/verifiedAccessEndpointId"),
        ["DescribeVerifiedAccessGroups"] = List("verifiedAccessGroupSet/item/verifiedAccessGroupId"),
        ["DescribeVerifiedAccessInstances"] = List("verifiedAccessInstanceSet/item/verifiedAccessInstanceId"),
        ["DescribeVerifiedAccessTrustProviders"] = List("verifiedAccessTrustProviderSet/item/verifiedAccessTrustProviderId"),
        ["GetInstanceTypesFromInstanceRequirements"] = List("instanceTypeSet/item/instanceType"),
        ["GetIpamPoolCidrs"] = List("ipamPoolCidrSet/item/cidr"),
        ["GetSpotPlacementScores"] = List("spotPlacementScoreSet/"),
        ["StartInstances"] = List("instancesSet/item/instanceId"),
        ["StopInstances"] = List("instancesSet/item/instanceId"),
        ["TerminateInstances"] = List("instancesSet/item/instanceId"),

        ["AllocateAddress"] = Made("allocationId"),
        ["CreateFleet"] = Made("fleetId"),
        ["CreateImage"] = Made("imageId"),
        ["CreateInternetGateway"] = Made("internetGateway/internetGatewayId"),
        ["CreateLaunchTemplate"] = Made("launchTemplate/launchTemplateId"),
        ["CreateNatGateway"] = Made("natGateway/natGatewayId"),
        ["CreateNetworkAcl"] = Made("networkAcl/networkAclId"),
        ["CreateNetworkInterface"] = Made("networkInterface/networkInterfaceId"),
        ["CreatePlacementGroup"] = List("placementGroup/"),
        ["CreateRouteTable"] = Made("routeTable/routeTableId"),
        ["CreateSecurityGroup"] = Made("groupId"),
        ["CreateSnapshot"] = Made("snapshotId"),
        ["CreateSubnet"] = Made("subnet/subnetId"),
        ["CreateVolume"] = Made("volumeId"),
        ["CreateVpc"] = Made("vpc/vpcId"),
        ["CreateVpcEndpoint"] = Made("vpcEndpoint/vpcEndpointId"),
        ["RunInstances"] = Made("instancesSet/item/instanceId"),
    };

    /// <summary>What every answer of an operation has; nothing for one whose answer is only that it was done.</summary>
    public static Ec2Members Of(string operation) => ByOperation.GetValueOrDefault(operation, None);

    /// <summary>True when what is <paramref name="depth"/> names down the path must have an id.</summary>
    public bool Holds(int depth) => depth == Path.Length - 1 && Path[depth].Length > 0;

    private static Ec2Members List(string path) => new(path.Split('/'), NotEmpty: false);

    private static Ec2Members Made(string path) => new(path.Split('/'), NotEmpty: true);
}
