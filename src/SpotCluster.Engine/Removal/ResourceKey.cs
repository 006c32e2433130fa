namespace SpotCluster.Engine.Removal;

/// <summary>A resource within one region.</summary>
/// <param name="Type">Kind, in EC2's resource-type words.</param>
/// <param name="Id">The cloud's id.</param>
internal readonly record struct ResourceKey(string Type, string Id)
{
    public override string ToString() => Id;
}

/// <summary>Kinds of resources, in EC2's resource-type words, and of other services in words of the same form.</summary>
internal static class ResourceTypes
{
    public const string Instance = "instance";
    public const string AutoScalingGroup = "auto-scaling-group";
    public const string SpotRequest = "spot-instances-request";
    public const string SpotFleet = "spot-fleet-request";
    public const string Fleet = "fleet";
    public const string LaunchTemplate = "launch-template";
    public const string KeyPair = "key-pair";
    public const string CapacityReservation = "capacity-reservation";
    public const string PlacementGroup = "placement-group";
    public const string Volume = "volume";
    public const string Snapshot = "snapshot";
    public const string Image = "image";
    public const string NetworkInterface = "network-interface";
    public const string Address = "elastic-ip";
    public const string NatGateway = "natgateway";
    public const string VpcEndpoint = "vpc-endpoint";
    public const string Peering = "vpc-peering-connection";
    public const string SecurityGroup = "security-group";
    public const string SecurityGroupRule = "security-group-rule";
    public const string Subnet = "subnet";
    public const string RouteTable = "route-table";
    public const string NetworkAcl = "network-acl";
    public const string InternetGateway = "internet-gateway";
    public const string EgressOnlyGateway = "egress-only-internet-gateway";
    public const string Vpc = "vpc";
    public const string DhcpOptions = "dhcp-options";
    public const string VpnGateway = "vpn-gateway";
    public const string VpnConnection = "vpn-connection";
    public const string CustomerGateway = "customer-gateway";
    public const string FlowLog = "vpc-flow-log";
    public const string InstanceConnectEndpoint = "instance-connect-endpoint";
    public const string TransitGateway = "transit-gateway";
    public const string TransitGatewayAttachment = "transit-gateway-attachment";
    public const string TransitGatewayRouteTable = "transit-gateway-route-table";
    public const string CarrierGateway = "carrier-gateway";
    public const string PrefixList = "prefix-list";
    public const string EndpointService = "vpc-endpoint-service";
    public const string ClientVpnEndpoint = "client-vpn-endpoint";
    public const string DedicatedHost = "dedicated-host";
    public const string VerifiedAccessEndpoint = "verified-access-endpoint";
    public const string VerifiedAccessGroup = "verified-access-group";
    public const string VerifiedAccessInstance = "verified-access-instance";
    public const string VerifiedAccessTrustProvider = "verified-access-trust-provider";
    public const string IpamPool = "ipam-pool";
    public const string IpamScope = "ipam-scope";
    public const string Ipam = "ipam";
    public const string LoadBalancer = "load-balancer";
    public const string TargetGroup = "target-group";
    public const string ClassicLoadBalancer = "classic-load-balancer";
    public const string FileSystem = "file-system";
    public const string MountTarget = "mount-target";
    public const string LogGroup = "log-group";
    public const string Alarm = "alarm";
    public const string ScheduleGroup = "schedule-group";
    public const string EventRule = "event-rule";
    public const string LaunchConfiguration = "launch-configuration";
    public const string Role = "iam-role";
    public const string InstanceProfile = "instance-profile";
}
