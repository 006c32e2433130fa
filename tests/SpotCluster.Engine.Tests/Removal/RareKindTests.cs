using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>Kinds that no cluster has and that its users leave behind: removed in order, twins of others untouched, what is deleted not found again.</summary>
public sealed class RareKindTests : IDisposable
{
    private const string East = "us-east-1";

    private readonly SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    private SimulatedRegion Region => _account.Cloud.Region(East);

    [Fact]
    public async Task All_of_them_go_in_the_order_that_they_need_and_twins_of_others_stay()
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var theirVpc = Region.AddVpc("10.99");
        var ours = CreateAll(vpcId, isManaged: true);
        var theirs = CreateAll(theirVpc, isManaged: false);
        var kinds = ours.Select(id => Region.Find(id)!.Kind).ToHashSet();
        Assert.Equal(20, kinds.Count);

        var begun = _account.Cloud.Clock.GetUtcNow();
        var proof = await _account.RemoveAsync(cluster: null);

        _account.DemandGone(proof, cluster: null);
        _account.DemandUntouched([.. theirs]);
        Assert.All(ours, id => Assert.Equal((id, SpotRemovalOutcome.Removed), (id, Assert.Single(_account.Removals, removal => removal.Id == id).Outcome)));
        Assert.Empty(proof.Unmanaged);
        Assert.True(_account.Cloud.Clock.GetUtcNow() - begun < TimeSpan.FromMinutes(5));

        // What AWS goes on showing as deleted is no resource.
        _account.Removals.Clear();
        Assert.True((await _account.RemoveAsync(cluster: null)).Proven);
        Assert.Empty(_account.Removals);
    }

    [Theory]
    [InlineData("DeleteVerifiedAccessInstance", "DependencyViolation")]
    [InlineData("DeleteInternetGateway", "DependencyViolation")]
    [InlineData("DeleteInstanceProfile", "DeleteConflict")]
    public async Task The_first_step_of_a_delete_that_was_refused_is_not_in_the_way_of_the_next_attempt(string operation, string code)
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        CreateAll(vpcId, isManaged: true);
        _account.Cloud.AddRole("nodes", ["nodes"], [.. _account.Tags(null), ("bacalhau-cluster", "bacalhau-aws-spot")]);
        _account.Cloud.Faults.Add(new FaultRule { Operation = operation, Code = code, Times = 1 });
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.Contains(_account.Cloud.Calls.Calls, call => call.Operation == operation && call.ErrorCode == code);
        Assert.True(proof.Proven, string.Join("\n", _account.Host.Errors.Select(error => error.Message)));
        Assert.Empty(_account.Host.Errors);
    }

    [Theory]
    [InlineData("vpn-gateway")]
    [InlineData("instance-connect-endpoint")]
    [InlineData("transit-gateway-attachment")]
    [InlineData("carrier-gateway")]
    [InlineData("client-vpn-endpoint")]
    public async Task An_untagged_one_in_our_vpc_is_named_as_what_holds_it_and_goes_when_included(string kind)
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var holder = CreateIn(kind, vpcId);

        var begun = _account.Cloud.Clock.GetUtcNow();
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.False(proof.Proven);
        _account.DemandUntouched(holder);
        Assert.Contains(_account.Removals, removal => removal.Outcome == SpotRemovalOutcome.Blocked && removal.BlockedBy == holder);
        Assert.Contains(proof.Unmanaged, resource => resource.Id == holder);
        Assert.True(_account.Cloud.Clock.GetUtcNow() - begun < TimeSpan.FromMinutes(5));

        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeForeign = true });
        Assert.True(proof.Proven, string.Join("\n", _account.Host.Errors.Select(error => error.Message)));
        Assert.DoesNotContain(Region.Live, resource => resource.Id == holder);
    }

    [Theory]
    [InlineData("vpc")]
    [InlineData("subnet")]
    [InlineData("network-interface")]
    public async Task An_untagged_flow_log_of_ours_is_named_and_goes_when_it_is_included(string recorded)
    {
        var (vpcId, machines) = _account.AddCluster(East, 1);
        var id = recorded switch
        {
            "vpc" => vpcId,
            "subnet" => _account.Subnet(East, vpcId),
            _ => Region.Live.First(resource => resource.Kind == "network-interface" && resource.VpcId == vpcId).Id,
        };
        Assert.Single(machines);
        var log = Made("CreateFlowLogs", "flowLogIdSet", null, ("ResourceId.1", id), ("ResourceType", "VPC"));
        var other = Made("CreateFlowLogs", "flowLogIdSet", null, ("ResourceId.1", Region.AddVpc("10.99")), ("ResourceType", "VPC"));

        var plan = await _account.Engine.Removal.PlanAsync(new RemovalScope(), _account.Host, CancellationToken.None);
        Assert.StartsWith($"attached to {id}", Assert.Single(plan.Unmanaged).UnmanagedReason);
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.True(proof.Proven);
        Assert.Equal([log], proof.Unmanaged.Select(resource => resource.Id));
        Assert.Equal(Unmanaged.Attached, Assert.Single(_account.Removals, removal => removal.Id == log).Code);

        // With its host still there, it goes too.
        var (again, _) = _account.AddCluster(East, 1, prefix: "10.78");
        var second = Made("CreateFlowLogs", "flowLogIdSet", null, ("ResourceId.1", again), ("ResourceType", "VPC"));
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeAttached = true }), cluster: null);
        Assert.Null(Region.Find(second));
        _account.DemandUntouched(other);
    }

    [Fact]
    public async Task A_role_goes_with_its_policies_and_the_profile_of_its_name_and_is_looked_for_once()
    {
        _account.Cloud.AddRole("nodes", ["nodes"], [.. _account.Tags(null), ("bacalhau-cluster", "bacalhau-aws-spot")]);
        _account.Cloud.AddRole("others", ["others"], ("bacalhau-cluster", "somebody-else"));
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.True(proof.Proven, string.Join("\n", _account.Host.Errors.Select(error => error.Message)));
        Assert.Equal(["others"], _account.Cloud.Roles);
        Assert.Equal(["nodes", "nodes"], _account.Removals.Select(removal => removal.Id));
        Assert.All(_account.Removals, removal => Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome));
        var listings = _account.Cloud.Calls.Calls.Where(call => call.Operation == "GetAccountAuthorizationDetails").ToList();
        Assert.InRange(listings.Count, 2, 4);
        Assert.All(listings, call => Assert.Equal(East, call.Region));

        // In one region alone nothing is said of what has no region.
        _account.Cloud.AddRole("nodes", [], ("bacalhau-cluster", "bacalhau-aws-spot"));
        _account.Removals.Clear();
        await _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = ["eu-west-1"] });
        Assert.Empty(_account.Removals);
    }

    [Theory]
    [InlineData("eu-west-1", true)]
    [InlineData("us-east-1", false)]
    [InlineData("*", false)]
    public async Task A_proof_of_regions_without_the_home_of_IAM_says_that_IAM_is_not_covered(string region, bool isLeftOut)
    {
        _account.Cloud.AddRole("nodes", [], ("bacalhau-cluster", "bacalhau-aws-spot"));
        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = [region] });
        Assert.True(proof.Proven);
        Assert.Equal(isLeftOut ? ["IAM: it is listed with us-east-1, which is not among the regions"] : region == "*" ? ["12 regions that are not enabled"] : [], proof.NotCovered);
        Assert.Equal(isLeftOut, !_account.Removals.Exists(removal => removal.Id == "nodes"));
    }

    [Fact]
    public async Task A_role_in_an_unmanaged_profile_is_held_by_that_and_without_the_permission_the_proof_says_so()
    {
        _account.Cloud.AddRole("nodes", ["by-hand"], ("bacalhau-cluster", "bacalhau-aws-spot"));
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.False(proof.Proven);
        var told = Assert.Single(_account.Removals, removal => removal.Id == "nodes");
        Assert.Equal((SpotRemovalOutcome.Blocked, "by-hand"), (told.Outcome, told.BlockedBy));

        _account.Cloud.Deny("GetAccountAuthorizationDetails");
        proof = await _account.RemoveAsync(cluster: null);
        Assert.Equal(["12 regions that are not enabled", "IAM: AccessDenied"], proof.NotCovered);
    }

    private string CreateIn(string kind, string vpcId) => kind switch
    {
        "vpn-gateway" => Tie("AttachVpnGateway", Made("CreateVpnGateway", "vpnGatewayId", null, ("Type", "ipsec.1")), "VpnGatewayId", ("VpcId", vpcId)),
        "instance-connect-endpoint" => Made("CreateInstanceConnectEndpoint", "instanceConnectEndpointId", null, ("SubnetId", _account.Subnet(East, vpcId))),
        "carrier-gateway" => Made("CreateCarrierGateway", "carrierGatewayId", null, ("VpcId", vpcId)),
        "client-vpn-endpoint" => Tie(
            "AssociateClientVpnTargetNetwork",
            Made("CreateClientVpnEndpoint", "clientVpnEndpointId", null, ("ClientCidrBlock", "10.200.0.0/22")),
            "ClientVpnEndpointId",
            ("SubnetId", _account.Subnet(East, vpcId))),
        _ => Made(
            "CreateTransitGatewayVpcAttachment",
            "transitGatewayAttachmentId",
            null,
            ("TransitGatewayId", Made("CreateTransitGateway", "transitGatewayId", null)),
            ("VpcId", vpcId),
            ("SubnetIds.1", _account.Subnet(East, vpcId))),
    };

    /// <summary>One of each kind, as they hang on each other.</summary>
    private List<string> CreateAll(string vpcId, bool isManaged)
    {
        var ids = new List<string>();
        string Add(string operation, string element, string kind, params (string, string)[] parameters)
        {
            ids.Add(Made(operation, element, isManaged ? kind : null, parameters));
            return ids[^1];
        }

        var subnet = _account.Subnet(East, vpcId, 1);
        var vgw = Tie("AttachVpnGateway", Add("CreateVpnGateway", "vpnGatewayId", "vpn-gateway", ("Type", "ipsec.1")), "VpnGatewayId", ("VpcId", vpcId));
        var cgw = Add("CreateCustomerGateway", "customerGatewayId", "customer-gateway", ("Type", "ipsec.1"), ("PublicIp", "198.51.100.7"), ("BgpAsn", "65000"));
        Add("CreateVpnConnection", "vpnConnectionId", "vpn-connection", ("Type", "ipsec.1"), ("CustomerGatewayId", cgw), ("VpnGatewayId", vgw));
        Add("CreateFlowLogs", "flowLogIdSet", "vpc-flow-log", ("ResourceId.1", vpcId), ("ResourceType", "VPC"));
        Add("CreateInstanceConnectEndpoint", "instanceConnectEndpointId", "instance-connect-endpoint", ("SubnetId", subnet));
        var tgw = Add("CreateTransitGateway", "transitGatewayId", "transit-gateway");
        Add("CreateTransitGatewayVpcAttachment", "transitGatewayAttachmentId", "transit-gateway-attachment", ("TransitGatewayId", tgw), ("VpcId", vpcId), ("SubnetIds.1", subnet));
        Add("CreateTransitGatewayRouteTable", "transitGatewayRouteTableId", "transit-gateway-route-table", ("TransitGatewayId", tgw));
        Add("CreateCarrierGateway", "carrierGatewayId", "carrier-gateway", ("VpcId", vpcId));
        Add("CreateManagedPrefixList", "prefixListId", "prefix-list", ("PrefixListName", "x"), ("MaxEntries", "1"), ("AddressFamily", "IPv4"));
        Add("CreateVpcEndpointServiceConfiguration", "serviceId", "vpc-endpoint-service");
        Tie("AssociateClientVpnTargetNetwork", Add("CreateClientVpnEndpoint", "clientVpnEndpointId", "client-vpn-endpoint"), "ClientVpnEndpointId", ("SubnetId", subnet));
        Add("AllocateHosts", "hostIdSet", "dedicated-host", ("InstanceType", "m5.large"), ("AvailabilityZone", Region.Zones[0]));
        var instance = Add("CreateVerifiedAccessInstance", "verifiedAccessInstanceId", "verified-access-instance");
        var group = Add("CreateVerifiedAccessGroup", "verifiedAccessGroupId", "verified-access-group", ("VerifiedAccessInstanceId", instance));
        Add("CreateVerifiedAccessEndpoint", "verifiedAccessEndpointId", "verified-access-endpoint", ("VerifiedAccessGroupId", group));
        var provider = Add("CreateVerifiedAccessTrustProvider", "verifiedAccessTrustProviderId", "verified-access-trust-provider");
        Tie("AttachVerifiedAccessTrustProvider", instance, "VerifiedAccessInstanceId", ("VerifiedAccessTrustProviderId", provider));
        var ipam = Add("CreateIpam", "ipamId", "ipam");
        var scope = Add("CreateIpamScope", "ipamScopeId", "ipam-scope", ("IpamId", ipam));
        var pool = Add("CreateIpamPool", "ipamPoolId", "ipam-pool", ("IpamScopeId", scope), ("AddressFamily", "ipv4"));
        Tie("ProvisionIpamPoolCidr", pool, "IpamPoolId", ("Cidr", "10.128.0.0/16"));
        Add("CreateIpamPool", "ipamPoolId", "ipam-pool", ("IpamScopeId", scope), ("SourceIpamPoolId", pool), ("AddressFamily", "ipv4"));
        return ids;
    }

    private string Made(string operation, string element, string? tagged, params (string Name, string Value)[] parameters) => Region.Call(
        operation, [.. parameters, .. tagged is null ? [] : _account.Specification(tagged, "demo")]).Descendants(element).First().Value;

    private string Tie(string operation, string id, string parameter, (string, string) item)
    {
        Region.Call(operation, (parameter, id), item);
        return id;
    }
}
