using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>The scope of everything of ours: kept clusters, ages, limits, approved plans, rare kinds.</summary>
public sealed class NukeScopeTests : IDisposable
{
    private const string East = "us-east-1";
    private const string West = "us-west-2";

    private readonly SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    [Fact]
    public async Task Everything_of_ours_goes_and_nothing_else()
    {
        _account.AddCluster(East, 2);
        _account.AddCluster(West, 1, "second");
        var target = _account.Cloud.Region(East);
        var foreignVpc = target.AddVpc("10.99", ("bacalhau-cluster", "somebody-else"));
        var foreign = target.AddInstances(1, subnetId: _account.Subnet(East, foreignVpc))[0];
        var proof = await _account.RemoveAsync(cluster: null);
        _account.DemandGone(proof, cluster: null);
        _account.DemandUntouched(foreign, foreignVpc);
    }

    [Fact]
    public async Task Tag_names_of_ones_own_are_found_and_the_default_ones_are_then_foreign()
    {
        using var account = new SimulatedAccount(settings: new SpotSettings { FilterTagName = "team", FilterTagValue = "red?*" });
        account.AddCluster(East, 1);
        var foreign = account.Cloud.Region(East).AddInstances(1, tags: [("bacalhau-cluster", "bacalhau-aws-spot")])
            .Concat(account.Cloud.Region(East).AddInstances(1, tags: [("team", "redder")])).ToArray();
        account.DemandGone(await account.RemoveAsync(cluster: null), cluster: null);
        account.DemandUntouched(foreign);
    }

    /// <summary>The tag is checked here too, on what the service listed, whatever it was asked for.</summary>
    [Fact]
    public async Task What_a_service_lists_beside_what_it_was_asked_for_is_not_touched()
    {
        using var account = new SimulatedAccount(settings: new SpotSettings { FilterTagName = "team", FilterTagValue = "red" });
        var (vpcId, _) = account.AddCluster(East, 1);
        var foreign = account.Cloud.Region(East).AddInstances(1, tags: [("team", "redder"), (TagKeys.Cluster, "demo")])
            .Concat(account.Cloud.Region(East).AddInstances(1, subnetId: account.Subnet(East, vpcId), tags: [("team", "redder"), (TagKeys.Cluster, "demo")])).ToArray();
        using var wider = new WideFilter(account.Cloud.CreateHandler(), "red");
        using var engine = new SpotEngine(new EngineOptions { Transport = wider, Clock = account.Cloud.Clock, Settings = new SpotSettings { FilterTagName = "team", FilterTagValue = "red" } });
        var proof = await engine.Removal.RemoveAsync(new RemovalScope(), account.Removals.Add, account.Host, CancellationToken.None);
        Assert.True(wider.Widened > 0);
        Assert.Contains(proof.Residue, resource => resource.Id == vpcId);
        Assert.DoesNotContain(account.Removals, removal => foreign.Contains(removal.Id) && removal.Outcome == SpotRemovalOutcome.Removed);
        account.DemandUntouched(foreign);
    }

    [Fact]
    public async Task A_tagged_peering_goes_and_the_network_at_its_other_end_stays()
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var target = _account.Cloud.Region(East);
        var other = target.AddVpc("10.9");
        var peering = target.Call("CreateVpcPeeringConnection", [("VpcId", vpcId), ("PeerVpcId", other), .. _account.Specification("vpc-peering-connection", "demo")])
            .Descendants("vpcPeeringConnectionId").First().Value;
        target.Call("AcceptVpcPeeringConnection", ("VpcPeeringConnectionId", peering));
        _account.DemandGone(await _account.RemoveAsync(cluster: null), cluster: null);
        Assert.Equal(SpotRemovalOutcome.Removed, Assert.Single(_account.Removals, removal => removal.Id == peering).Outcome);
        _account.DemandUntouched(other);
    }

    [Fact]
    public async Task Retained_clusters_are_skipped_whole_and_the_rest_is_proven()
    {
        var (keptVpc, kept) = _account.AddCluster(East, 2, "keep-me", "10.88");
        _account.AddCluster(East, 2);
        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { KeepClusters = ["keep-*"] });
        Assert.Empty(_account.Host.Errors);
        Assert.True(proof.Proven);
        _account.DemandUntouched([.. kept, keptVpc]);
        Assert.All(kept, id => Assert.Equal(SpotRemovalOutcome.Skipped, Assert.Single(_account.Removals, removal => removal.Id == id).Outcome));
        Assert.Empty(_account.Cloud.AllLive(TagKeys.Cluster, "demo"));
    }

    [Fact]
    public async Task Only_old_clusters_go_and_what_has_no_date_takes_that_of_its_cluster()
    {
        var (oldVpc, _) = _account.AddCluster(East, 2);
        await Task.Delay(TimeSpan.FromHours(3), _account.Cloud.Clock);
        var (youngVpc, young) = _account.AddCluster(East, 2, "young", "10.88");
        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { OlderThan = TimeSpan.FromHours(2) });
        Assert.True(proof.Proven);
        _account.DemandUntouched([.. young, youngVpc]);
        Assert.Null(_account.Cloud.Region(East).Find(oldVpc));
        Assert.Equal("TooYoung", Assert.Single(_account.Removals, removal => removal.Id == youngVpc).Code);
    }

    [Fact]
    public async Task Another_account_than_the_one_that_was_consented_to_changes_nothing()
    {
        _account.AddCluster(East, 1);
        var error = await Assert.ThrowsAsync<SpotException>(() => _account.RemoveAsync(cluster: null, with: scope => scope with { ExpectedAccountId = "999999999999" }));
        Assert.Equal(SpotErrorIds.AccountChanged, error.ErrorId);
        Assert.Empty(_account.Changes);
    }

    [Fact]
    public async Task Credentials_that_became_those_of_another_account_are_noticed_before_the_first_change()
    {
        var clock = new JumpingClock();
        var region = new FakeRegion(clock);
        region.Add(ResourceTypes.Vpc, "vpc-1");
        var inventory = new FakeInventory(region);
        var service = new RemovalService(inventory, new SpotSettings(), new MemoryJournal(clock), clock);
        var plan = await service.PlanAsync(new RemovalScope(), _account.Host, CancellationToken.None);
        var scope = new RemovalScope { ExpectedAccountId = plan.AccountId };

        inventory.AccountNow = "999999999999";
        var error = await Assert.ThrowsAsync<SpotException>(() => service.RemoveAsync(scope, _ => { }, _account.Host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.AccountChanged, error.ErrorId);
        Assert.Empty(region.Changes);

        inventory.AccountNow = plan.AccountId;
        Assert.True((await service.RemoveAsync(scope, _ => { }, _account.Host, CancellationToken.None)).Proven);
    }

    [Fact]
    public async Task Only_the_named_clusters_are_listed_with_their_untagged_children()
    {
        var (vpcId, machines) = _account.AddCluster(East, 2);
        _account.AddCluster(East, 1, "second", "10.88");
        var found = new List<SpotResource>();
        await foreach (var resource in _account.Engine.Removal.GetResourcesAsync(new RemovalScope { OnlyClusters = ["DEM*"] }, _account.Host, CancellationToken.None))
        {
            found.Add(resource);
        }

        Assert.Contains(found, resource => resource.Id == vpcId);
        Assert.Equal(machines.Order(), found.Where(resource => resource.Type == "instance").Select(resource => resource.Id).Order());
        Assert.Contains(found, resource => !resource.Tagged);
        Assert.DoesNotContain(found, resource => resource.ClusterName == "second");
        Assert.All(found.Where(resource => resource.VpcId is not null), resource => Assert.Equal(vpcId, resource.VpcId));
    }

    [Fact]
    public async Task A_plan_that_is_too_big_changes_nothing()
    {
        _account.AddCluster(East, 3);
        var error = await Assert.ThrowsAsync<SpotException>(() => _account.RemoveAsync(cluster: null, with: scope => scope with { MaxDelete = 5 }));
        Assert.Equal(SpotErrorIds.MaxDeleteExceeded, error.ErrorId);
        Assert.Empty(_account.Changes);
    }

    [Fact]
    public async Task An_approved_plan_is_carried_out_exactly_or_not_at_all()
    {
        var (vpcId, _) = _account.AddCluster(East, 2);
        var everything = new RemovalScope { Regions = [East] };
        var plan = await _account.Engine.Removal.PlanAsync(everything, _account.Host, CancellationToken.None);
        var again = await _account.Engine.Removal.PlanAsync(everything, _account.Host, CancellationToken.None);
        Assert.Equal(plan.Hash, again.Hash);
        Assert.True(plan.HourlyPrice > 0);

        var late = _account.Cloud.Region(East).AddInstances(1, subnetId: _account.Subnet(East, vpcId), tags: _account.Tags())[0];
        var error = await Assert.ThrowsAsync<SpotException>(() => _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = [East], ApprovedHash = plan.Hash }));
        Assert.Equal(SpotErrorIds.PlanChanged, error.ErrorId);
        Assert.Empty(_account.Changes);
        Assert.Contains(_account.Cloud.Region(East).LiveInstances, machine => machine.Id == late);

        plan = await _account.Engine.Removal.PlanAsync(everything, _account.Host, CancellationToken.None);
        _account.DemandGone(await _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = [East], ApprovedHash = plan.Hash }), cluster: null);
    }

    [Fact]
    public async Task What_turns_up_after_the_approval_is_left_and_reported()
    {
        _account.AddCluster(East, 2);
        var everything = new RemovalScope { Regions = [East] };
        var plan = await _account.Engine.Removal.PlanAsync(everything, _account.Host, CancellationToken.None);
        var late = "";
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == "TerminateInstances" && late.Length == 0)
            {
                late = _account.Cloud.Region(East).AddInstances(1, tags: _account.Tags())[0];
            }
        };
        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = [East], ApprovedHash = plan.Hash });
        Assert.False(proof.Proven);
        _account.DemandUntouched(late);
        Assert.Equal("NotApproved", Assert.Single(_account.Removals, removal => removal.Id == late).Code);
    }

    [Fact]
    public async Task The_inventory_streams_tagged_things_and_their_untagged_children()
    {
        _account.AddCluster(East, 2);
        _account.AddCluster(West, 1, "second");
        var foreign = _account.Cloud.Region(East).AddInstances(1)[0];
        var found = new List<SpotResource>();
        await foreach (var resource in _account.Engine.Removal.GetResourcesAsync(new RemovalScope(), _account.Host, CancellationToken.None))
        {
            found.Add(resource);
        }

        Assert.Empty(_account.Host.Errors);
        Assert.Empty(_account.Changes);
        Assert.Empty(_account.Live().Except(found.Select(resource => resource.Id)));
        Assert.DoesNotContain(found, resource => resource.Id == foreign);
        Assert.Equal(3, found.Count(resource => resource is { Type: ResourceTypes.NetworkInterface, Tagged: false }));
        Assert.All(found, resource => Assert.Equal(resource.Region == East ? "demo" : "second", resource.ClusterName));
    }

    [Fact]
    public async Task The_inventory_may_be_left_after_the_first_object()
    {
        _account.AddCluster(East, 2);
        await foreach (var resource in _account.Engine.Removal.GetResourcesAsync(new RemovalScope(), _account.Host, CancellationToken.None))
        {
            Assert.NotEmpty(resource.Id);
            break;
        }

        Assert.Empty(_account.Host.Errors);
    }

    [Fact]
    public async Task Rare_kinds_go_tagged_or_not()
    {
        var (vpcId, machines) = _account.AddCluster(East, 1);
        var target = _account.Cloud.Region(East);
        var subnet = _account.Subnet(East, vpcId);
        var address = target.Call("AllocateAddress", [("Domain", "vpc"), .. _account.Specification("elastic-ip", "demo")]).Descendants("allocationId").First().Value;
        target.Call("CreateNatGateway", ("SubnetId", subnet), ("AllocationId", address));
        target.Call("CreateVpcEndpoint", ("VpcId", vpcId), ("ServiceName", "com.amazonaws.us-east-1.ec2"), ("VpcEndpointType", "Interface"), ("SubnetId.1", subnet));
        target.Call("CreateVpcEndpoint", ("VpcId", vpcId), ("ServiceName", "com.amazonaws.us-east-1.s3"));
        target.Call("CreateNetworkAcl", ("VpcId", vpcId));
        target.Call("CreateEgressOnlyInternetGateway", ("VpcId", vpcId));
        target.Call("CreatePlacementGroup", [("GroupName", "demo"), ("Strategy", "cluster"), .. _account.Specification("placement-group", "demo")]);
        var volume = target.Call("CreateVolume", [("AvailabilityZone", target.Zones[0]), ("Size", "8"), .. _account.Specification("volume", "demo")]).Descendants("volumeId").First().Value;
        target.Call("CreateSnapshot", [("VolumeId", volume), .. _account.Specification("snapshot", "demo")]);
        target.Call("CreateImage", [("InstanceId", machines[0]), ("Name", "demo"), .. _account.Specification("image", "demo"), .. _account.Specification("snapshot", "demo", 2)]);
        await Task.Delay(TimeSpan.FromMinutes(2), _account.Cloud.Clock);
        _account.DemandGone(await _account.RemoveAsync(with: scope => scope with { IncludeForeign = true }));
        Assert.Empty(_account.Cloud.AllLive().Select(resource => $"{resource.Kind} {resource.Id} {resource.State}"));
    }

    /// <summary>A service that takes each value of a filter for the beginning of one.</summary>
    private sealed class WideFilter(HttpMessageHandler inner, string value) : DelegatingHandler(inner)
    {
        public int Widened { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } content && await content.ReadAsStringAsync(cancellationToken) is var body && body.Contains("Filter.", StringComparison.Ordinal))
            {
                var pairs = body.Split('&').Select(pair => pair.EndsWith("=" + value, StringComparison.Ordinal) ? pair + "*" : pair).ToArray();
                Widened += pairs.Count(pair => pair.EndsWith('*'));
                request.Content = new StringContent(string.Join('&', pairs), System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
