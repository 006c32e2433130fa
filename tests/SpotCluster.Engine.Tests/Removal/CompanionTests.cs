using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>What belongs to a cluster by attachment alone, and what is known of it when the cluster is gone.</summary>
public sealed class CompanionTests : IDisposable
{
    private const string East = "us-east-1";

    private readonly SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    private SimulatedRegion Region => _account.Cloud.Region(East);

    [Fact]
    public async Task A_snapshot_of_a_managed_disk_is_listed_remains_and_is_named()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var volume = RootVolume(machines[0]);
        var snapshot = Id("CreateSnapshot", "snapshotId", ("VolumeId", volume));
        var theirs = Id("CreateSnapshot", "snapshotId", ("VolumeId", RootVolume(Region.AddInstances(1)[0])));

        var listed = await _account.Engine.Removal.GetResourcesAsync(new RemovalScope(), _account.Host, CancellationToken.None).ToListAsync(CancellationToken.None);
        var shown = Assert.Single(listed, resource => resource.Type == "snapshot");
        Assert.Equal((snapshot, "demo", false), (shown.Id, shown.ClusterName, shown.Managed));
        Assert.StartsWith($"made from {volume} without the tag", shown.UnmanagedReason);

        var proof = await _account.RemoveAsync();
        Assert.True(proof.Proven);
        _account.DemandUntouched(snapshot, theirs);
        Assert.Equal([snapshot], proof.Unmanaged.Select(resource => resource.Id));
        var told = Assert.Single(_account.Removals, removal => removal.Id == snapshot);
        Assert.Equal((Unmanaged.Attached, "demo"), (told.Code, told.ClusterName));
        Assert.Contains("price unknown (AWS does not report the stored size)", told.Reason);
    }

    [Fact]
    public async Task A_snapshot_of_a_managed_disk_goes_when_it_is_included()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var snapshot = Id("CreateSnapshot", "snapshotId", ("VolumeId", RootVolume(machines[0])));
        _account.DemandGone(await _account.RemoveAsync(with: scope => scope with { IncludeAttached = true }));
        Assert.DoesNotContain(Region.Live, resource => resource.Id == snapshot);
    }

    [Fact]
    public async Task Where_snapshots_must_not_be_listed_the_proof_says_so()
    {
        _account.AddCluster(East, 1);
        _account.Cloud.Deny("DescribeSnapshots");
        var proof = await _account.RemoveAsync(with: scope => scope with { Regions = [East] });
        _account.DemandGone(proof);
        Assert.Contains("snapshots without the tag of managed volumes: UnauthorizedOperation", proof.NotCovered);
    }

    [Fact]
    public async Task What_a_removal_left_is_in_the_cost_in_later_lists_and_proofs_and_can_be_removed()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var (volume, address) = Attach(machines[0]);
        await _account.RemoveAsync();
        _account.DemandUntouched(volume, address);

        var report = await MeasureAsync(_account.Engine, _account.Host);
        var row = Assert.Single(report.Clusters);
        Assert.Equal(("demo", 0, 1, 1), (row.ClusterName, row.InstanceCount, row.VolumeCount, row.PublicIpCount));
        Assert.Equal(0.016111m, row.HourlyCost); // 100 GiB of gp3, and the address
        Assert.Contains(_account.Host.Warnings, warning => warning.Contains($"volume {volume} in {East} (left by the removal of cluster 'demo' at ", StringComparison.Ordinal)
            && warning.Contains($"elastic-ip {address} in {East}", StringComparison.Ordinal));

        // A process of its own has the same journal.
        using (var next = _account.NewEngine())
        {
            Assert.Equal(row.HourlyCost, (await MeasureAsync(next)).Total.HourlyCost);
            var listed = await next.Removal.GetResourcesAsync(new RemovalScope(), _account.Host, CancellationToken.None).ToListAsync(CancellationToken.None);
            Assert.Equal(new[] { volume, address }.Order(), listed.Select(resource => resource.Id).Order());
            Assert.All(listed, resource => Assert.Equal(("demo", false), (resource.ClusterName, resource.Managed)));
        }

        _account.Removals.Clear();
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.True(proof.Proven);
        Assert.Equal(new[] { volume, address }.Order(), proof.Unmanaged.Select(resource => resource.Id).Order());
        Assert.All(_account.Removals, removal => Assert.Contains("left without the tag bacalhau-cluster=bacalhau-aws-spot by the removal of cluster 'demo'", removal.Reason));

        _account.Removals.Clear();
        proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeAttached = true });
        Assert.True(proof.Proven);
        Assert.Empty(proof.Unmanaged);
        Assert.DoesNotContain(Region.Live, resource => resource.Id == volume || resource.Id == address);
        Assert.Equal(0, (await MeasureAsync(_account.Engine)).Total.KnownHourlyCost);
        var calls = _account.Cloud.Calls.Calls.Count(call => call.Operation == "GetCallerIdentity");
        await MeasureAsync(_account.Engine);
        Assert.Equal(calls, _account.Cloud.Calls.Calls.Count(call => call.Operation == "GetCallerIdentity"));
    }

    [Fact]
    public async Task What_a_removal_left_is_nobodys_once_somebody_uses_it_or_tags_it_for_something_else()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var (volume, address) = Attach(machines[0]);
        await _account.RemoveAsync();
        var zone = Region.Live.Single(resource => resource.Id == volume).Zone!;
        var theirs = Region.AddInstances(1, subnetId: Id("DescribeSubnets", "subnetId", ("Filter.1.Name", "availability-zone"), ("Filter.1.Value.1", zone)))[0];
        Region.Call("AttachVolume", ("VolumeId", volume), ("InstanceId", theirs), ("Device", "/dev/sdf"));
        Region.Call("CreateTags", ("ResourceId.1", address), ("Tag.1.Key", "bacalhau-cluster"), ("Tag.1.Value", "team-b"));

        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeAttached = true });
        _account.DemandUntouched(volume, address, theirs);
        Assert.Empty(proof.Unmanaged);
        Assert.DoesNotContain((await MeasureAsync(_account.Engine)).Clusters, row => row.VolumeCount > 0);
    }

    [Fact]
    public async Task What_is_gone_by_other_hands_is_forgotten()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var (volume, address) = Attach(machines[0]);
        await _account.RemoveAsync();
        Region.Call("DeleteVolume", ("VolumeId", volume));
        Region.Call("ReleaseAddress", ("AllocationId", address));
        Assert.Equal(0, (await MeasureAsync(_account.Engine)).Total.KnownHourlyCost);
        Assert.Empty((await _account.RemoveAsync(cluster: null)).Unmanaged);
        _account.Cloud.Calls.Clear();
        await _account.RemoveAsync(cluster: null);
        Assert.DoesNotContain(_account.Cloud.Calls.Calls, call => call.Operation is "DescribeVolumes" or "DescribeAddresses");
    }

    [Fact]
    public async Task Of_an_instance_that_is_removed_by_id_what_remains_is_named_with_its_price_and_known_to_the_cost()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var (volume, address) = Attach(machines[0]);
        var snapshot = Id("CreateSnapshot", "snapshotId", ("VolumeId", RootVolume(machines[0])));
        await _account.Engine.Removal.RemoveInstancesAsync([new InstanceKey(machines[0], East)], _account.Removals.Add, _account.Host, CancellationToken.None);
        Assert.Equal(SpotRemovalOutcome.Removed, Assert.Single(_account.Removals).Outcome);
        _account.DemandUntouched(volume, address, snapshot);
        Assert.Contains(_account.Host.Warnings, warning => warning.Contains($"{volume} in {East} remains: attached to {machines[0]}", StringComparison.Ordinal) && warning.Contains("0.0111 USD per hour", StringComparison.Ordinal));
        Assert.Contains(_account.Host.Warnings, warning => warning.Contains($"{address} ", StringComparison.Ordinal) && warning.Contains("0.005 USD per hour", StringComparison.Ordinal));
        Assert.Contains(_account.Host.Warnings, warning => warning.Contains($"{snapshot} in {East} remains: made from", StringComparison.Ordinal));
        Assert.Equal((1, 1), ((await MeasureAsync(_account.Engine)).Total.VolumeCount, (await MeasureAsync(_account.Engine)).Total.PublicIpCount));
    }

    [Theory]
    [InlineData("group in the VPC")]
    [InlineData("group of another VPC")]
    [InlineData("VPN gateway")]
    [InlineData("carrier gateway")]
    [InlineData("Instance Connect endpoint")]
    [InlineData("transit gateway attachment")]
    public async Task A_blocker_is_named_before_the_instances_have_ended(string place)
    {
        var (vpcId, machines) = _account.AddCluster(East, 2);
        var group = vpcId;
        switch (place)
        {
            case "group in the VPC":
                Region.Call("CreateSecurityGroup", ("VpcId", vpcId), ("GroupName", "theirs"), ("GroupDescription", "theirs"));
                break;
            case "VPN gateway":
                Region.Call("AttachVpnGateway", ("VpnGatewayId", Id("CreateVpnGateway", "vpnGatewayId", ("Type", "ipsec.1"))), ("VpcId", vpcId));
                break;
            case "carrier gateway":
                Id("CreateCarrierGateway", "carrierGatewayId", ("VpcId", vpcId));
                break;
            case "Instance Connect endpoint":
                Id("CreateInstanceConnectEndpoint", "instanceConnectEndpointId", ("SubnetId", _account.Subnet(East, vpcId)));
                break;
            case "transit gateway attachment":
                var gateway = Id("CreateTransitGateway", "transitGatewayId");
                Id("CreateTransitGatewayVpcAttachment", "transitGatewayAttachmentId", ("TransitGatewayId", gateway), ("VpcId", vpcId), ("SubnetIds.1", _account.Subnet(East, vpcId)));
                break;
            default:
                group = NameOursElsewhere(vpcId);
                break;
        }

        var statesWhenNamed = new List<string>();
        var proof = await _account.Engine.Removal.RemoveAsync(
            new RemovalScope { ClusterName = "demo" },
            removal =>
            {
                _account.Removals.Add(removal);
                if (removal.Id == group && removal.Outcome == SpotRemovalOutcome.Blocked)
                {
                    statesWhenNamed.AddRange(Region.Instances.Where(instance => machines.Contains(instance.Id)).Select(instance => instance.State));
                }
            },
            _account.Host,
            CancellationToken.None);

        Assert.False(proof.Proven);
        Assert.Equal(2, statesWhenNamed.Count);
        Assert.DoesNotContain("terminated", statesWhenNamed);
        Assert.Equal(_account.Removals.Count, _account.Removals.Select(removal => removal.Id).Distinct().Count());
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.ResourceBlocked && (string?)error.Target == group);
    }

    [Fact]
    public async Task What_was_named_as_blocked_and_goes_after_all_has_a_second_outcome()
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var theirs = Id("CreateSecurityGroup", "groupId", ("VpcId", vpcId), ("GroupName", "theirs"), ("GroupDescription", "theirs"));
        var proof = await _account.Engine.Removal.RemoveAsync(
            new RemovalScope { ClusterName = "demo" },
            removal =>
            {
                _account.Removals.Add(removal);
                if (removal.Outcome == SpotRemovalOutcome.Blocked)
                {
                    Region.Call("DeleteSecurityGroup", ("GroupId", theirs));
                }
            },
            _account.Host,
            CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.Empty(_account.Host.Errors);
        Assert.Equal(
            [SpotRemovalOutcome.Blocked, SpotRemovalOutcome.Removed],
            _account.Removals.Where(removal => removal.Id == vpcId).Select(removal => removal.Outcome));
    }

    private static Task<CostReport> MeasureAsync(SpotEngine engine, IOperationHost? host = null) =>
        engine.Costs.MeasureAsync(new CostQuery { Regions = [East] }, host ?? SilentHost.Instance, CancellationToken.None);

    private string Id(string operation, string element, params (string, string)[] parameters) => Region.Call(operation, parameters).Descendants(element).First().Value;

    private string RootVolume(string machine) =>
        Region.Call("DescribeVolumes", ("Filter.1.Name", "attachment.instance-id"), ("Filter.1.Value.1", machine)).Descendants("volumeId").First().Value;

    private (string Volume, string Address) Attach(string machine)
    {
        var zone = Region.Instances.Single(instance => instance.Id == machine).Zone!;
        var volume = Id("CreateVolume", "volumeId", ("AvailabilityZone", zone), ("Size", "100"), ("VolumeType", "gp3"));
        Region.Call("AttachVolume", ("VolumeId", volume), ("InstanceId", machine), ("Device", "/dev/sdf"));
        var address = Id("AllocateAddress", "allocationId", ("Domain", "vpc"));
        Region.Call("AssociateAddress", ("AllocationId", address), ("InstanceId", machine));
        return (volume, address);
    }

    private string NameOursElsewhere(string vpcId)
    {
        var ours = Id("CreateSecurityGroup", "groupId", [("VpcId", vpcId), ("GroupName", "ours"), ("GroupDescription", "ours"), .. _account.Specification("security-group", "demo")]);
        Region.Call("ModifyInstanceAttribute", ("InstanceId", Region.LiveInstances[0].Id), ("GroupId.1", ours));
        var other = Id("CreateVpc", "vpcId", ("CidrBlock", "10.9.0.0/16"));
        var peering = Id("CreateVpcPeeringConnection", "vpcPeeringConnectionId", ("VpcId", other), ("PeerVpcId", vpcId));
        Region.Call("AcceptVpcPeeringConnection", ("VpcPeeringConnectionId", peering));
        var theirs = Id("CreateSecurityGroup", "groupId", ("VpcId", other), ("GroupName", "theirs"), ("GroupDescription", "theirs"));
        Region.Call(
            "AuthorizeSecurityGroupIngress",
            ("GroupId", theirs),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "443"),
            ("IpPermissions.1.ToPort", "443"),
            ("IpPermissions.1.Groups.1.GroupId", ours));
        return ours;
    }
}
