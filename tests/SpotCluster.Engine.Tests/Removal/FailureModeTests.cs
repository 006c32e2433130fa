using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>Ways in which tools of this kind are known to fail, over the real protocol: launchers, batches, pages, names.</summary>
public sealed class FailureModeTests : IDisposable
{
    private const string East = "us-east-1";

    private SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    [Fact]
    public async Task One_id_that_has_vanished_among_a_thousand_spoils_no_other()
    {
        Restart(new SimulatorOptions { ShutdownTime = TimeSpan.Zero, InterfaceLinger = TimeSpan.Zero, TerminatedVisible = TimeSpan.Zero });
        var target = _account.Cloud.Region(East);
        var machines = target.AddInstances(1000, spot: false, tags: _account.Tags());
        var poison = machines[567];
        var looks = 0;
        _account.Cloud.Answered += call =>
        {
            // Seen by the scan and by the look just before, and gone before the call that names it with the 999 others.
            if (call.Operation == "DescribeInstances" && call.Parameters.Values.Contains(poison) && ++looks == 2)
            {
                target.Call("TerminateInstances", ("InstanceId.1", poison));
            }
        };

        var proof = await _account.RemoveAsync(with: scope => scope with { Regions = [East] });

        _account.DemandGone(proof);
        Assert.Null(target.Find(poison));
        var calls = _account.Cloud.Calls.Of("TerminateInstances", East);
        Assert.Equal(1000, calls[0].Values("InstanceId").Count);
        Assert.Equal("InvalidInstanceID.NotFound", calls[0].ErrorCode);
        Assert.InRange(calls.Count, 3, 25); // halved ten times, and no machine by itself
        Assert.Equal(1000, _account.Removals.Count(removal => removal.Type == ResourceTypes.Instance));
    }

    [Fact]
    public async Task Tag_names_of_ones_own_at_create_are_found_by_nuke_and_by_no_other()
    {
        using var lab = new ClusterLab { Settings = new SpotSettings { FilterTagName = "team*x", FilterTagValue = "Blue \\ green" } };
        await lab.CreateAsync(ClusterLab.Request(3, East));
        using var stranger = new SpotEngine(new EngineOptions { Transport = lab.Cloud.CreateHandler(), Clock = lab.Cloud.Clock, Settings = new SpotSettings() });
        Assert.True((await stranger.Removal.RemoveAsync(new RemovalScope(), _ => { }, lab.Host, CancellationToken.None)).Proven);
        Assert.Equal(3, lab.Cloud.Region(East).LiveInstances.Count);

        using var engine = lab.Open();
        var proof = await engine.Removal.RemoveAsync(new RemovalScope(), _ => { }, lab.Host, CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.Empty(lab.Cloud.AllLive("team*x"));
        Assert.Empty(lab.Cloud.Region(East).LiveInstances);
    }

    [Theory]
    [InlineData("DescribeTags", "UnauthorizedOperation")]
    [InlineData("DescribeInstances", "UnauthorizedOperation")]
    [InlineData("DescribeSpotInstanceRequests", "UnauthorizedOperation")]
    [InlineData("DescribeSubnets", "InvalidParameterValue")]
    public async Task Half_a_listing_and_then_an_error_is_unknown_and_never_the_whole(string operation, string code)
    {
        var (vpcId, _) = _account.AddCluster(East, 8);
        var rule = new FaultRule { Operation = operation, Region = East, Action = FaultAction.PartialPage, PageSize = 2, Code = code };
        _account.Cloud.Faults.Add(rule);

        var proof = await _account.RemoveAsync();

        // What cannot be listed has no chance: the rest goes, each by one call, and the end is not awaited.
        Assert.InRange(_account.Cloud.Calls.Count, 1, 500);
        Assert.InRange(_account.Cloud.Calls.Of("DeleteKeyPair", East).Count, 0, 1);
        Assert.False(proof.Proven);
        Assert.Contains(proof.Unknown, line => line.Contains(code, StringComparison.Ordinal));
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.RegionNotListed && error.Region == East);
        if (operation is "DescribeTags" or "DescribeInstances")
        {
            // What runs in the network is not known, so nothing is taken from under it.
            Assert.NotNull(_account.Cloud.Region(East).Find(vpcId));
        }

        _account.Cloud.Faults.Remove(rule);
        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync());
    }

    [Fact]
    public async Task A_batch_that_is_throttled_for_longer_than_the_client_repeats_it_goes_all_the_same()
    {
        _account.AddCluster(East, 20);
        _account.Cloud.Faults.Add(new FaultRule { Operation = "TerminateInstances", Action = FaultAction.Throttle, Times = 40 });
        _account.DemandGone(await _account.RemoveAsync());
        var calls = _account.Cloud.Calls.Of("TerminateInstances", East);
        Assert.Equal(40, calls.Count(call => call.ErrorCode == "RequestLimitExceeded"));
        Assert.All(calls, call => Assert.Equal(20, call.Values("InstanceId").Count));
    }

    [Fact]
    public async Task A_region_that_is_disabled_is_neither_asked_nor_claimed()
    {
        _account.AddCluster(East, 1);
        _account.Cloud.EnableRegion("eu-south-1", enabled: false);
        var proof = await _account.RemoveAsync();
        _account.DemandGone(proof);
        Assert.DoesNotContain("eu-south-1", proof.Regions);
        Assert.DoesNotContain(_account.Cloud.Calls.Calls, call => call.Region == "eu-south-1");
    }

    [Fact]
    public async Task An_open_spot_request_is_cancelled_before_it_is_fulfilled_late()
    {
        var request = AddRequest("one-time", capacity: 0);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);
        var proof = await _account.RemoveAsync();
        _account.DemandGone(proof);
        Assert.Equal([request], _account.Cloud.Calls.Of("CancelSpotInstanceRequests", East)[0].Values("SpotInstanceRequestId"));
        SetCapacity(10);
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);
    }

    [Fact]
    public async Task A_request_that_is_fulfilled_after_it_was_listed_takes_its_machine_along()
    {
        Restart(new SimulatorOptions { ShutdownTime = TimeSpan.FromSeconds(1), Latency = TimeSpan.FromSeconds(2) });
        var request = AddRequest("one-time", capacity: 0);
        await PassAsync(TimeSpan.FromMinutes(1));
        _account.Cloud.Answered += call =>
        {
            // The listings that follow say open and no machine; a second later, before any of them is read, it runs.
            if (call.Operation == "DescribeTags")
            {
                SetCapacity(10);
            }
        };

        var proof = await _account.RemoveAsync();

        _account.DemandGone(proof);
        var machine = Assert.Single(_account.Cloud.Region(East).Instances);
        Assert.Equal("terminated", machine.State);
        Assert.Empty(machine.Tags);
        Assert.Equal(SpotRemovalOutcome.Removed, Assert.Single(_account.Removals, removal => removal.Id == machine.Id).Outcome);
        Assert.Contains(_account.Removals, removal => removal.Id == request);
    }

    [Fact]
    public async Task A_persistent_request_is_cancelled_before_its_machine_is_terminated()
    {
        AddRequest("persistent", capacity: 10);
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.Single(_account.Cloud.Region(East).LiveInstances);
        _account.DemandGone(await _account.RemoveAsync());
        var changes = _account.Changes.Where(call => call.Region == East).Select(call => call.Operation).ToList();
        Assert.True(changes.IndexOf("CancelSpotInstanceRequests") < changes.IndexOf("TerminateInstances"), string.Join(", ", changes));
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);
    }

    [Theory]
    [InlineData("CreateFleet", true)]
    [InlineData("CreateFleet", false)]
    [InlineData("RequestSpotFleet", true)]
    [InlineData("RequestSpotFleet", false)]
    public async Task A_fleet_that_replaces_its_machines_is_ended_first_tagged_or_not(string operation, bool isTagged)
    {
        _account.AddCluster(East, 0);
        var fleet = AddFleet(operation, isTagged, machinesTagged: true);
        await PassAsync(TimeSpan.FromMinutes(2));
        var target = _account.Cloud.Region(East);
        Assert.Equal(2, target.LiveInstances.Count);

        var proof = await _account.RemoveAsync();

        _account.DemandGone(proof);
        Assert.Contains(_account.Removals, removal => removal.Id == fleet && removal.Outcome == SpotRemovalOutcome.Removed);
        var changes = _account.Changes.Where(call => call.Region == East).Select(call => call.Operation).ToList();
        var end = operation == "CreateFleet" ? "DeleteFleets" : "CancelSpotFleetRequests";
        Assert.True(changes.IndexOf(end) < changes.IndexOf("TerminateInstances"), string.Join(", ", changes));
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(target.LiveInstances);
    }

    [Fact]
    public async Task A_tagged_fleet_takes_its_untagged_machines_along()
    {
        AddFleet("RequestSpotFleet", isTagged: true, machinesTagged: false);
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(2, _account.Cloud.Region(East).LiveInstances.Count);
        _account.DemandGone(await _account.RemoveAsync());
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);
    }

    [Theory]
    [InlineData("CreateFleet")]
    [InlineData("RequestSpotFleet")]
    public async Task A_fleet_of_somebody_else_keeps_its_machines_although_one_of_them_carries_our_tag(string operation)
    {
        var fleet = AddFleet(operation, isTagged: false, machinesTagged: false);
        await PassAsync(TimeSpan.FromMinutes(2));
        var target = _account.Cloud.Region(East);
        var machines = target.LiveInstances.Select(machine => machine.Id).ToArray();
        target.Call("CreateTags", [("ResourceId.1", machines[0]), .. TagParameters()]);
        Assert.Contains(fleet, target.Instances.SelectMany(machine => machine.Tags.Values));

        var proof = await _account.RemoveAsync();

        Assert.True(proof.Proven);
        _account.DemandUntouched(fleet, machines[1]);
        Assert.Contains(_account.Removals, removal => removal.Id == machines[0]);
    }

    [Fact]
    public async Task A_machine_stays_when_the_disk_that_dies_with_it_is_protected()
    {
        var (vpcId, machines) = _account.AddCluster(East, 2);
        var target = _account.Cloud.Region(East);
        var volume = target.Call("DescribeVolumes", ("Filter.1.Name", "attachment.instance-id"), ("Filter.1.Value.1", machines[0])).Descendants("volumeId").First().Value;
        var until = _account.Cloud.Clock.GetUtcNow() + TimeSpan.FromDays(1);
        target.Call("CreateTags", [("ResourceId.1", volume), .. TagParameters(), ("Tag.3.Key", TagKeys.ProtectUntil), ("Tag.3.Value", until.ToString("u"))]);

        var proof = await _account.RemoveAsync();

        Assert.True(proof.Proven);
        Assert.Equal([machines[0]], target.LiveInstances.Select(machine => machine.Id));
        Assert.All([volume, machines[0], vpcId], id => Assert.Equal(SpotRemovalOutcome.Skipped, Assert.Single(_account.Removals, removal => removal.Id == id).Outcome));

        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync(with: scope => scope with { Unprotect = true }));
    }

    private static IEnumerable<(string Type, string Zone)> Pools(SimulatedRegion region) =>
        region.Zones.SelectMany(zone => new[] { "t3.micro", "t3.small" }.Select(type => (type, zone)));

    private void Restart(SimulatorOptions options)
    {
        _account.Dispose();
        _account = new SimulatedAccount(options);
    }

    private void SetCapacity(int machines)
    {
        var target = _account.Cloud.Region(East);
        foreach (var (type, zone) in Pools(target))
        {
            target.SetCapacity(zone, type, machines);
        }
    }

    private Task PassAsync(TimeSpan time) => Task.Delay(time, _account.Cloud.Clock);

    private IEnumerable<(string Name, string Value)> TagParameters() => _account.Tags()
        .SelectMany((tag, index) => new[] { ($"Tag.{index + 1}.Key", tag.Key), ($"Tag.{index + 1}.Value", tag.Value) });

    /// <summary>A tagged request for a machine that will carry no tag.</summary>
    private string AddRequest(string type, int capacity)
    {
        var (vpcId, _) = _account.AddCluster(East, 0);
        SetCapacity(capacity);
        var target = _account.Cloud.Region(East);
        var subnet = _account.Subnet(East, vpcId);
        var answer = target.Call(
            "RequestSpotInstances",
            [
                ("Type", type),
                ("InstanceCount", "1"),
                ("LaunchSpecification.ImageId", Image()),
                ("LaunchSpecification.InstanceType", "t3.micro"),
                ("LaunchSpecification.SubnetId", subnet),
                .. _account.Specification("spot-instances-request", "demo"),
            ]);
        return answer.Descendants("spotInstanceRequestId").First().Value;
    }

    private string AddFleet(string operation, bool isTagged, bool machinesTagged)
    {
        var target = _account.Cloud.Region(East);
        var template = target.Call(
            "CreateLaunchTemplate",
            [
                ("LaunchTemplateName", "fleet"),
                ("LaunchTemplateData.InstanceType", "t3.micro"),
                ("LaunchTemplateData.ImageId", Image()),
                .. machinesTagged ? _account.Specification("instance", "demo").Select(item => ("LaunchTemplateData." + item.Name, item.Value)) : [],
            ]).Descendants("launchTemplateId").First().Value;
        return operation == "CreateFleet"
            ? target.Call(
                operation,
                [
                    ("Type", "maintain"),
                    ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId", template),
                    ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version", "$Latest"),
                    ("TargetCapacitySpecification.TotalTargetCapacity", "2"),
                    ("TargetCapacitySpecification.DefaultTargetCapacityType", "spot"),
                    .. isTagged ? _account.Specification("fleet", "demo") : [],
                ]).Descendants("fleetId").First().Value
            : target.Call(
                operation,
                [
                    ("SpotFleetRequestConfig.IamFleetRole", "arn:aws:iam::123456789012:role/fleet"),
                    ("SpotFleetRequestConfig.TargetCapacity", "2"),
                    ("SpotFleetRequestConfig.LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId", template),
                    ("SpotFleetRequestConfig.LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version", "$Latest"),
                    .. isTagged ? _account.Specification("spot-fleet-request", "demo").Select(item => ("SpotFleetRequestConfig." + item.Name, item.Value)) : [],
                ]).Descendants("spotFleetRequestId").First().Value;
    }

    private string Image() => _account.Cloud.Region(East).Call("DescribeImages").Descendants("imageId").First().Value;
}
