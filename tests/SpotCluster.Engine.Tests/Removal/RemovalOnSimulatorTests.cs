using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>Removal over the real protocol, one test per way in which such tools fail.</summary>
public sealed class RemovalOnSimulatorTests : IDisposable
{
    private const string East = "us-east-1";
    private const string West = "us-west-2";

    private readonly SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    [Fact]
    public async Task An_empty_account_is_proven_empty_by_one_call_per_region_and_scan_and_one_for_other_filter_tags()
    {
        var proof = await _account.RemoveAsync(cluster: null);
        _account.DemandGone(proof, cluster: null);
        Assert.Equal(_account.Cloud.Regions.Order(), proof.Regions.Order());
        Assert.All(
            _account.Cloud.Calls.Calls.Where(call => call.Operation != "DescribeRegions" && call.Service == "ec2").GroupBy(call => call.Region),
            region => Assert.Equal(["DescribeTags", "DescribeTags", "DescribeTags"], region.Select(call => call.Operation)));
        Assert.Empty(_account.Changes);
    }

    [Fact]
    public async Task A_cluster_over_two_regions_goes_in_one_run_without_one_refusal()
    {
        var (vpcId, machines) = _account.AddCluster(East, 4);
        _account.AddCluster(West, 3);
        var foreign = _account.Cloud.Region(East).AddInstances(2);
        var (otherVpc, other) = _account.AddCluster(East, 2, "second", "10.88");
        _account.Cloud.Calls.Clear();

        var proof = await _account.RemoveAsync();

        _account.DemandGone(proof);
        _account.DemandUntouched([.. foreign, .. other, otherVpc]);
        Assert.Empty(_account.Cloud.Calls.Calls.Where(call => call.ErrorCode is not null).Select(call => $"{call.Operation} {call.ErrorCode}"));
        Assert.Equal(7, _account.Removals.Count(removal => removal is { Type: ResourceTypes.Instance, Outcome: SpotRemovalOutcome.Removed }));
        Assert.Single(_account.Cloud.Calls.Of("TerminateInstances", East));
        Assert.Contains(_account.Removals, removal => removal.Id == vpcId && removal.Outcome == SpotRemovalOutcome.Removed);
        Assert.All(machines, id => Assert.Contains(_account.Removals, removal => removal.Id == id));
    }

    [Fact]
    public async Task What_other_regions_removed_is_seen_to_be_gone_when_one_region_is_blocked()
    {
        _account.AddCluster(East, 3);
        var (blocked, _) = _account.AddCluster(West, 2);
        var guest = _account.Cloud.Region(West).AddInstances(1, subnetId: _account.Subnet(West, blocked))[0];

        var proof = await _account.RemoveAsync();

        Assert.False(proof.Proven);
        Assert.NotEmpty(proof.Residue);
        Assert.All(proof.Residue, resource => Assert.Equal(West, resource.Region));
        Assert.Empty(_account.Removals.Where(removal => removal.Region == East && removal.Outcome != SpotRemovalOutcome.Removed).Select(removal => $"{removal.Id} {removal.Outcome} {removal.Code}"));
        Assert.Equal("running", _account.Cloud.Region(West).Find(guest)!.State);
    }

    [Fact]
    public async Task A_preview_makes_no_changing_call_and_names_all_of_it()
    {
        _account.AddCluster(East, 3);
        _account.Cloud.Calls.Clear();
        var plan = await _account.Engine.Removal.PlanAsync(new RemovalScope { ClusterName = "demo" }, _account.Host, CancellationToken.None);
        Assert.Empty(_account.Changes);
        Assert.Empty(plan.Unknown);
        Assert.Empty(_account.Live().Except(plan.Resources.Select(resource => resource.Id)));
        Assert.Equal(3, plan.Resources.Count(resource => resource.Type == ResourceTypes.NetworkInterface));
    }

    [Theory]
    [InlineData("DescribeTags", "InternalError")]
    [InlineData("DescribeTags", "UnauthorizedOperation")]
    [InlineData("DescribeVolumes", "UnauthorizedOperation")]
    [InlineData("DescribeInstances", "RequestLimitExceeded")]
    public async Task A_listing_that_fails_once_is_made_good(string operation, string code)
    {
        _account.AddCluster(East, 2);
        var isRefused = operation == "DescribeTags" && code == "UnauthorizedOperation";

        // A region is asked for our own tag and for other filter tags at the same time.
        _account.Cloud.Faults.Add(new FaultRule { Operation = operation, Region = East, Code = code, Times = isRefused ? 2 : 1 });
        var proof = await _account.RemoveAsync(with: scope => scope with { Regions = [East] });
        if (isRefused)
        {
            // A refusal is an answer, not a hiccup: it is reported, and nothing is claimed.
            Assert.False(proof.Proven);
            Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.RegionNotListed);
            return;
        }

        _account.DemandGone(proof);
    }

    [Fact]
    public async Task A_region_that_cannot_be_listed_is_unknown_and_the_others_go()
    {
        _account.AddCluster(East, 2);
        _account.AddCluster(West, 2);
        _account.Cloud.Faults.Add(new FaultRule { Operation = "DescribeTags", Region = West, Code = "UnauthorizedOperation" });
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        Assert.Contains(proof.Unknown, line => line.StartsWith(West, StringComparison.Ordinal));
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.RegionNotListed && error.Region == West);
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);
        Assert.All(_account.Cloud.AllLive(TagKeys.Cluster, "demo"), resource => Assert.Equal(West, resource.Region));
    }

    [Fact]
    public async Task Half_a_list_is_not_taken_for_the_list()
    {
        _account.AddCluster(East, 8);
        _account.Cloud.Faults.Add(new FaultRule { Operation = "DescribeTags", Region = East, Action = FaultAction.PartialPage, PageSize = 3, Code = "UnauthorizedOperation" });
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        Assert.Equal(8, _account.Cloud.Region(East).LiveInstances.Count);

        _account.Cloud.Faults.Clear();
        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task More_than_a_thousand_tagged_resources_are_all_found()
    {
        var target = _account.Cloud.Region(East);
        target.AddInstances(700, tags: _account.Tags());
        Assert.True(_account.Live().Count() > 1000);
        var proof = await _account.RemoveAsync(with: scope => scope with { Regions = [East] });
        _account.DemandGone(proof);
        Assert.Empty(target.LiveInstances);
    }

    [Fact]
    public async Task A_throttled_batch_is_sent_again()
    {
        _account.AddCluster(East, 20);
        _account.Cloud.Faults.Add(new FaultRule { Operation = "TerminateInstances", Action = FaultAction.Throttle, Times = 5 });
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task A_protected_machine_stays_and_is_named_and_the_rest_of_its_zone_goes()
    {
        var (vpcId, machines) = _account.AddCluster(East, 6, spot: false);
        _account.Cloud.Region(East).Call("ModifyInstanceAttribute", ("InstanceId", machines[2]), ("DisableApiTermination.Value", "true"));
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        Assert.Equal([machines[2]], _account.Cloud.Region(East).LiveInstances.Select(machine => machine.Id));
        Assert.Single(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.InstanceProtected && Equals(error.Target, machines[2]));
        Assert.Equal(machines[2], Assert.Single(_account.Removals, removal => removal.Id == vpcId).BlockedBy);

        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync(with: scope => scope with { Unprotect = true }));
    }

    [Fact]
    public async Task Not_found_after_terminate_is_not_gone()
    {
        _account.AddCluster(East, 2);
        _account.Cloud.Faults.Add(new FaultRule { Operation = "TerminateInstances", Code = "InvalidInstanceID.NotFound", Times = 3 });
        _account.DemandGone(await _account.RemoveAsync());
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);
    }

    [Fact]
    public async Task An_interface_of_another_service_blocks_and_is_named()
    {
        var (vpcId, _) = _account.AddCluster(East, 2);
        var subnet = _account.Subnet(East, vpcId, 1);
        var eni = _account.Cloud.Region(East).AddServiceInterface(subnet);
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        Assert.Equal(eni, Assert.Single(_account.Removals, removal => removal.Id == subnet).BlockedBy);
        Assert.Equal(eni, Assert.Single(_account.Removals, removal => removal.Id == vpcId).BlockedBy);
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.ResourceBlocked && error.Message.Contains("amazon-elb", StringComparison.Ordinal));
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);

        _account.Cloud.Region(East).RemoveServiceInterface(eni);
        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task Groups_that_reference_each_other_go()
    {
        var (vpcId, _) = _account.AddCluster(East, 2);
        var target = _account.Cloud.Region(East);
        var first = _account.Of(East, "security-group", vpcId);
        var second = target.Call("CreateSecurityGroup", [("GroupName", "b"), ("GroupDescription", "b"), ("VpcId", vpcId), .. _account.Specification("security-group", "demo")]).Descendants("groupId").First().Value;
        foreach (var (group, named) in new[] { (first, second), (second, first), (first, first) })
        {
            target.Call(
                "AuthorizeSecurityGroupIngress",
                ("GroupId", group), ("IpPermissions.1.IpProtocol", "tcp"), ("IpPermissions.1.FromPort", "22"), ("IpPermissions.1.ToPort", "22"), ("IpPermissions.1.Groups.1.GroupId", named));
        }

        _account.DemandGone(await _account.RemoveAsync());
        Assert.Null(target.Find(second));
    }

    [Fact]
    public async Task A_foreign_machine_in_our_vpc_blocks_it_and_is_never_touched()
    {
        var (vpcId, _) = _account.AddCluster(East, 3);
        var foreign = _account.Cloud.Region(East).AddInstances(1, subnetId: _account.Subnet(East, vpcId))[0];
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        _account.DemandUntouched(foreign);
        Assert.Equal([foreign], _account.Cloud.Region(East).LiveInstances.Select(machine => machine.Id));
        var blocked = Assert.Single(_account.Removals, removal => removal.Id == vpcId);
        Assert.Equal(SpotRemovalOutcome.Blocked, blocked.Outcome);
        Assert.Equal(foreign, blocked.BlockedBy);
        Assert.NotNull(_account.Of(East, "internet-gateway", vpcId));

        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync(with: scope => scope with { IncludeForeign = true }));
    }

    [Fact]
    public async Task A_vpc_without_machines_goes()
    {
        _account.AddCluster(East, 0);
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task Tags_in_other_letter_case_are_not_ours()
    {
        _account.AddCluster(East, 1);
        var target = _account.Cloud.Region(East);
        var foreign = target.AddInstances(1, tags: [("Bacalhau-Cluster", "bacalhau-aws-spot"), (TagKeys.Cluster, "demo")])
            .Concat(target.AddInstances(1, tags: [("bacalhau-cluster", "Bacalhau-AWS-spot"), (TagKeys.Cluster, "demo")])).ToArray();
        var proof = await _account.RemoveAsync();
        Assert.True(proof.Proven);
        _account.DemandUntouched(foreign);
        Assert.Equal(foreign.Order(), target.LiveInstances.Select(machine => machine.Id).Order());
    }

    [Fact]
    public async Task The_default_vpc_is_out_of_reach_even_with_our_tag()
    {
        var target = _account.Cloud.Region(East);
        var vpcId = target.Call("DescribeVpcs").Descendants("vpcId").First().Value;
        target.Call("CreateTags", ("ResourceId.1", vpcId), ("Tag.1.Key", "bacalhau-cluster"), ("Tag.1.Value", "bacalhau-aws-spot"));
        var machines = target.AddInstances(2, tags: _account.Tags());
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.True(proof.Proven);
        Assert.DoesNotContain(_account.Changes, call => call.Operation is "DeleteVpc" or "DeleteSubnet" or "DetachInternetGateway");
        Assert.All(machines, id => Assert.Contains(_account.Removals, removal => removal.Id == id));
    }

    [Fact]
    public async Task A_fleet_that_keeps_launching_is_stopped_first()
    {
        var (vpcId, _) = _account.AddCluster(East, 0);
        var target = _account.Cloud.Region(East);
        var template = target.Resources.Single(resource => resource.Kind == "launch-template").Id;
        var image = target.Call("DescribeImages").Descendants("imageId").First().Value;
        target.Call(
            "CreateFleet",
            [
                ("Type", "maintain"),
                ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId", template),
                ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version", "$Latest"),
                ("LaunchTemplateConfigs.1.Overrides.1.SubnetId", _account.Subnet(East, vpcId)),
                ("LaunchTemplateConfigs.1.Overrides.1.InstanceType", "t3.micro"),
                ("LaunchTemplateConfigs.1.Overrides.1.ImageId", image),
                ("TargetCapacitySpecification.TotalTargetCapacity", "3"),
                ("TargetCapacitySpecification.DefaultTargetCapacityType", "spot"),
                .. _account.Specification("fleet", "demo"),
                .. _account.Specification("instance", "demo", 2),
            ]);
        await Task.Delay(TimeSpan.FromMinutes(2), _account.Cloud.Clock);
        Assert.Equal(3, target.LiveInstances.Count);
        var proof = await _account.RemoveAsync();
        _account.DemandGone(proof);
        Assert.Empty(target.LiveInstances);
        var operations = _account.Changes.Select(call => call.Operation).ToList();
        Assert.True(operations.IndexOf("DeleteFleets") < operations.IndexOf("TerminateInstances"), string.Join(", ", operations));
    }

    [Fact]
    public async Task An_instance_that_is_launched_during_the_removal_is_named_and_goes_with_the_next_run()
    {
        var (vpcId, _) = _account.AddCluster(East, 2);
        var late = "";
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == "TerminateInstances" && late.Length == 0)
            {
                late = _account.Cloud.Region(East).AddInstances(1, subnetId: _account.Subnet(East, vpcId), tags: _account.Tags())[0];
            }
        };
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        Assert.Equal((SpotRemovalOutcome.Failed, "NotPlanned"), _account.Removals.Where(removal => removal.Id == late).Select(removal => (removal.Outcome, removal.Code)).Single());
        Assert.Equal(late, Assert.Single(_account.Removals, removal => removal.Id == vpcId).BlockedBy);
        _account.DemandUntouched(late);

        _account.Removals.Clear();
        _account.Host.Errors.Clear();
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task Loose_addresses_volumes_and_interfaces_go()
    {
        var (vpcId, machines) = _account.AddCluster(East, 1);
        var target = _account.Cloud.Region(East);
        var address = target.Call("AllocateAddress", [("Domain", "vpc"), .. _account.Specification("elastic-ip", "demo")]).Descendants("allocationId").First().Value;
        target.Call("AssociateAddress", ("AllocationId", address), ("InstanceId", machines[0]));
        target.Call("CreateVolume", [("AvailabilityZone", target.Zones[0]), ("Size", "8"), .. _account.Specification("volume", "demo")]);
        target.Call("CreateNetworkInterface", [("SubnetId", _account.Subnet(East, vpcId)), .. _account.Specification("network-interface", "demo")]);
        target.Call("CreateRouteTable", [("VpcId", vpcId), .. _account.Specification("route-table", "demo")]);
        _account.DemandGone(await _account.RemoveAsync());
        Assert.DoesNotContain(target.Live, resource => resource.VpcId == vpcId || resource.Id == address);
    }

    [Fact]
    public async Task A_region_that_is_not_enabled_or_does_not_exist_is_refused_by_name()
    {
        _account.Cloud.EnableRegion("eu-south-1", enabled: false);
        var disabled = await Assert.ThrowsAsync<SpotException>(() => _account.RemoveAsync(with: scope => scope with { Regions = ["eu-south-1"] }));
        Assert.Equal(SpotErrorIds.RegionNotEnabled, disabled.ErrorId);
        var unknown = await Assert.ThrowsAsync<SpotException>(() => _account.RemoveAsync(with: scope => scope with { Regions = ["us-middle-9"] }));
        Assert.Equal(SpotErrorIds.RegionUnknown, unknown.ErrorId);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(25)]
    [InlineData(40)]
    public async Task Credentials_that_end_in_the_middle_leave_everything_named_and_the_next_run_finishes(int calls)
    {
        _account.AddCluster(East, 3);
        var rule = _account.Cloud.ExpireCredentials(calls);
        var proof = await _account.RemoveAsync(with: scope => scope with { Regions = [East, West] });
        Assert.False(proof.Proven);
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.CredentialExpired);
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);

        _account.Cloud.Faults.Remove(rule);
        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task Sixteen_regions_two_hundred_machines_with_every_third_call_refused_leave_nothing()
    {
        var regions = _account.Cloud.Regions.Take(16).ToList();
        for (var number = 0; number < regions.Count; number++)
        {
            _account.AddCluster(regions[number], number < 8 ? 13 : 12);
        }

        Assert.Equal(200, regions.Sum(region => _account.Cloud.Region(region).LiveInstances.Count));
        _account.Cloud.Faults
            .Add(new FaultRule { Action = FaultAction.Throttle, Probability = 0.3 })
            .Add(new FaultRule { Action = FaultAction.Http, Status = 503, Probability = 0.05 });
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task Lost_answers_do_not_lose_resources()
    {
        _account.AddCluster(East, 4);
        _account.Cloud.Faults.Add(new FaultRule { Operation = "Delete*", Action = FaultAction.ResetAfter, Probability = 0.5 })
            .Add(new FaultRule { Operation = "TerminateInstances", Action = FaultAction.ResetAfter, Times = 1 });
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task Stopping_it_ends_the_calls_and_the_next_run_finishes()
    {
        _account.AddCluster(East, 3);
        using var stop = new CancellationTokenSource();
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == "TerminateInstances")
            {
                stop.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _account.RemoveAsync(cancellationToken: stop.Token));
        var calls = _account.Cloud.Calls.Count;
        ((SimulatedClock)_account.Cloud.Clock).Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(calls, _account.Cloud.Calls.Count);
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task Machines_by_id_go_from_whatever_region_and_a_bad_id_stops_none()
    {
        var (_, east) = _account.AddCluster(East, 3, spot: false);
        var (_, west) = _account.AddCluster(West, 2);
        var foreign = _account.Cloud.Region(West).AddInstances(1)[0];
        _account.Cloud.Region(East).Call("ModifyInstanceAttribute", ("InstanceId", east[0]), ("DisableApiTermination.Value", "true"));
        await _account.Engine.Removal.RemoveInstancesAsync(
            [new InstanceKey(east[0], East), new InstanceKey(east[1], East), new InstanceKey(west[0]), new InstanceKey(foreign), new InstanceKey("i-00000000000000000"), new InstanceKey("i-xyz")],
            _account.Removals.Add,
            _account.Host,
            CancellationToken.None);
        Assert.Equal(6, _account.Removals.Count);
        Assert.Equal(
            [SpotErrorIds.InstanceForeign, SpotErrorIds.InstanceIdInvalid, SpotErrorIds.InstanceNotFound, SpotErrorIds.InstanceProtected],
            _account.Host.Errors.Select(error => error.ErrorId).Order());
        Assert.Equal([east[1], west[0]], _account.Removals.Where(removal => removal.Outcome == SpotRemovalOutcome.Removed).Select(removal => removal.Id).OrderBy(id => id == west[0]));
        Assert.Equal([east[0], east[2]], _account.Cloud.Region(East).LiveInstances.Select(machine => machine.Id).OrderBy(id => id == east[2]));
        _account.DemandUntouched(foreign);
    }
}
