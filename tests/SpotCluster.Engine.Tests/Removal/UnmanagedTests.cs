using SpotCluster.Engine.Aws.Removal;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>What SpotCluster did not create is not touched, and is named with the reason, the blocker and the price.</summary>
public sealed class UnmanagedTests : IDisposable
{
    private const string East = "us-east-1";

    private readonly SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    private SimulatedRegion Region => _account.Cloud.Region(East);

    [Theory]
    [InlineData("subnet", true)]
    [InlineData("subnet", false)]
    [InlineData("security-group", true)]
    [InlineData("security-group", false)]
    [InlineData("network-interface", true)]
    [InlineData("network-interface", false)]
    [InlineData("natgateway", true)]
    [InlineData("natgateway", false)]
    [InlineData("route-table", true)]
    [InlineData("route-table", false)]
    [InlineData("vpc-endpoint", true)]
    [InlineData("vpc-endpoint", false)]
    [InlineData("network-acl", true)]
    [InlineData("network-acl", false)]
    [InlineData("egress-only-internet-gateway", true)]
    [InlineData("egress-only-internet-gateway", false)]
    public async Task What_others_created_in_our_vpc_blocks_it_is_named_and_goes_only_when_included(string kind, bool isTagged)
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var theirs = Create(kind, vpcId);
        if (isTagged)
        {
            Region.Call("CreateTags", ("ResourceId.1", theirs), ("Tag.1.Key", "Owner"), ("Tag.1.Value", "alice"));
        }

        var plan = await _account.Engine.Removal.PlanAsync(new RemovalScope { ClusterName = "demo" }, _account.Host, CancellationToken.None);
        Assert.Equal("not created by SpotCluster", Assert.Single(plan.Unmanaged, resource => resource.Id == theirs).UnmanagedReason);
        Assert.DoesNotContain(plan.Resources, resource => resource.Id == theirs);

        var proof = await _account.RemoveAsync();
        _account.DemandUntouched(theirs);
        Assert.False(proof.Proven);
        Assert.Contains(proof.Unmanaged, resource => resource.Id == theirs && !resource.Managed);
        Assert.Equal(Unmanaged.NotManaged, Assert.Single(_account.Removals, removal => removal.Id == theirs).Code);
        var blocked = Assert.Single(_account.Removals, removal => removal.Id == vpcId);
        Assert.Equal(SpotRemovalOutcome.Blocked, blocked.Outcome);
        Assert.NotNull(blocked.BlockedBy);
        Assert.InRange(_account.Changes.Count(call => call.Operation == "DeleteVpc"), 0, 1);

        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync(with: scope => scope with { IncludeForeign = true }));
        Assert.DoesNotContain(Region.Live, resource => resource.Id == theirs);
    }

    [Fact]
    public async Task An_instance_with_the_tag_that_we_did_not_launch_is_named_and_goes_only_when_included()
    {
        _account.AddCluster(East, 1);
        var theirs = Region.AddInstances(1, tags: [("bacalhau-cluster", "bacalhau-aws-spot"), ("Name", "web")])[0];
        var plan = await _account.Engine.Removal.PlanAsync(new RemovalScope(), _account.Host, CancellationToken.None);
        var shown = Assert.Single(plan.Unmanaged);
        Assert.Equal((theirs, "web", "not launched by SpotCluster"), (shown.Id, shown.Name, shown.UnmanagedReason));

        var proof = await _account.RemoveAsync(cluster: null);
        _account.DemandUntouched(theirs);
        Assert.Equal([theirs], proof.Unmanaged.Select(resource => resource.Id));
        Assert.Contains("web", Assert.Single(_account.Removals, removal => removal.Id == theirs).Reason);

        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeForeign = true }), cluster: null);
    }

    [Fact]
    public async Task Untagged_companions_are_listed_remain_and_are_named_with_their_price()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var (volume, address, snapshot, image) = AddCompanions(machines[0]);
        string[] companions = [volume, address, snapshot];

        var found = new List<SpotResource>();
        await foreach (var resource in _account.Engine.Removal.GetResourcesAsync(new RemovalScope(), _account.Host, CancellationToken.None))
        {
            found.Add(resource);
        }

        Assert.All(companions, id => Assert.StartsWith("attached to ", Assert.Single(found, resource => resource.Id == id).UnmanagedReason));
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.True(proof.Proven);
        Assert.Empty(_account.Host.Errors);
        _account.DemandUntouched(companions);
        Assert.Null(Region.Find(image));
        Assert.Equal(companions.Order(), proof.Unmanaged.Select(resource => resource.Id).Order());
        Assert.All(companions, id => Assert.Equal(Unmanaged.Attached, Assert.Single(_account.Removals, removal => removal.Id == id).Code));
        Assert.Contains("0.0111 USD per hour", Assert.Single(_account.Removals, removal => removal.Id == volume).Reason);
        Assert.Contains("0.005 USD per hour", Assert.Single(_account.Removals, removal => removal.Id == address).Reason);

        // Once the instance is gone, nothing leads to them any more: the advice works then too.
        Assert.Contains($"aws ec2 delete-volume --region {East} --volume-id {volume}", Assert.Single(_account.Removals, removal => removal.Id == volume).Reason);
        Assert.Contains($"aws ec2 release-address --region {East} --allocation-id {address}", Assert.Single(_account.Removals, removal => removal.Id == address).Reason);
        Assert.Contains($"aws ec2 delete-snapshot --region {East} --snapshot-id {snapshot}", Assert.Single(_account.Removals, removal => removal.Id == snapshot).Reason);
    }

    [Fact]
    public async Task Untagged_companions_go_when_they_are_included()
    {
        var (_, machines) = _account.AddCluster(East, 1);
        var (volume, address, snapshot, image) = AddCompanions(machines[0]);
        _account.DemandGone(await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeAttached = true }), cluster: null);
        Assert.DoesNotContain(Region.Live, resource => resource.Id == volume || resource.Id == address || resource.Id == snapshot || resource.Id == image);
    }

    [Theory]
    [InlineData("group of another VPC")]
    [InlineData("instance in the default VPC")]
    [InlineData("image")]
    [InlineData("instance with our volume")]
    [InlineData("VPC with our options")]
    public async Task A_blocker_in_another_place_is_named_at_once(string holder)
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var (held, blocker) = Hold(holder, vpcId);
        var begun = _account.Cloud.Clock.GetUtcNow();

        var proof = await _account.RemoveAsync();

        Assert.False(proof.Proven);
        var told = Assert.Single(_account.Removals, removal => removal.Id == held);
        Assert.Equal((SpotRemovalOutcome.Blocked, blocker), (told.Outcome, told.BlockedBy));
        _account.DemandUntouched(blocker);
        Assert.InRange(_account.Changes.Count(call => call.Parameters.Values.Contains(held)), 1, 2);
        Assert.True(_account.Cloud.Clock.GetUtcNow() - begun < TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task An_auto_scaling_group_and_its_instances_remain_and_are_named_with_the_launcher()
    {
        _account.AddCluster(East, 1);
        Region.AddAutoScalingGroup("workers", 2, propagates: true, ("bacalhau-cluster", "bacalhau-aws-spot"));
        await Task.Delay(TimeSpan.FromMinutes(1), _account.Cloud.Clock);
        var theirs = Region.LiveInstances.Where(instance => instance.Tags.ContainsKey("aws:autoscaling:groupName")).Select(instance => instance.Id).ToArray();
        Assert.Equal(2, theirs.Length);

        var proof = await _account.RemoveAsync(cluster: null);
        await Task.Delay(TimeSpan.FromMinutes(2), _account.Cloud.Clock);
        Assert.Equal(theirs.Order(), Region.LiveInstances.Select(instance => instance.Id).Order());
        _account.DemandUntouched(theirs);
        Assert.Equal([.. theirs, "workers"], proof.Unmanaged.Select(resource => resource.Id).Order(StringComparer.Ordinal));
        Assert.All(theirs, id => Assert.Contains("launched by Auto Scaling group workers", Assert.Single(_account.Removals, removal => removal.Id == id).Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_auto_scaling_group_goes_with_its_instances_when_it_is_included(bool propagates)
    {
        _account.AddCluster(East, 1);
        Region.AddAutoScalingGroup("workers", 3, propagates, ("bacalhau-cluster", "bacalhau-aws-spot"));
        await Task.Delay(TimeSpan.FromMinutes(1), _account.Cloud.Clock);
        Assert.Equal(4, Region.LiveInstances.Count);

        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeForeign = true });
        _account.DemandGone(proof, cluster: null);
        Assert.Empty(Region.AutoScalingGroups);
        await Task.Delay(TimeSpan.FromMinutes(2), _account.Cloud.Clock);
        Assert.Empty(Region.LiveInstances);
        Assert.Equal(SpotRemovalOutcome.Removed, Assert.Single(_account.Removals, removal => removal.Id == "workers").Outcome);
        Assert.Equal(4, _account.Removals.Count(removal => removal.Type == ResourceTypes.Instance && removal.Outcome == SpotRemovalOutcome.Removed));
        Assert.InRange(Region.Instances.Count, 4, 4);
    }

    [Fact]
    public async Task Instances_of_a_group_of_somebody_else_are_never_terminated_since_it_would_replace_them()
    {
        Region.AddAutoScalingGroup("workers", 2, propagates: false, ("Owner", "alice"));
        await Task.Delay(TimeSpan.FromMinutes(1), _account.Cloud.Clock);
        var theirs = Region.LiveInstances.Select(instance => instance.Id).ToArray();
        Tag(theirs[0]);
        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeForeign = true });
        _account.DemandUntouched(theirs);
        Assert.Equal([theirs[0]], proof.Unmanaged.Select(resource => resource.Id));
        Assert.Equal(Unmanaged.LaunchedAgain, Assert.Single(_account.Removals, removal => removal.Id == theirs[0]).Code);
    }

    [Fact]
    public async Task What_only_the_tagging_api_shows_is_residual_with_its_arn_and_the_command_that_removes_it()
    {
        _account.AddCluster(East, 1);
        var arn = $"arn:aws:sns:{East}:123456789012:news";
        Region.AddTagged(arn, ("bacalhau-cluster", "bacalhau-aws-spot"));
        Region.AddTagged($"arn:aws:sns:{East}:123456789012:other", ("bacalhau-cluster", "team-b"));
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.True(proof.Proven);
        Assert.Equal(["12 regions that are not enabled"], proof.NotCovered);
        var left = Assert.Single(proof.Unmanaged);
        Assert.Equal(arn, left.Id);
        Assert.Contains($"aws sns delete-topic --topic-arn {arn} --region {East}", left.UnmanagedReason);
    }

    [Fact]
    public async Task A_tagged_resource_of_a_kind_that_is_not_removed_is_named_and_spoils_no_proof()
    {
        var clock = new JumpingClock();
        var region = new FakeRegion(clock, East);
        region.Add("ipam-pool", "ipam-pool-1");
        region.Add(ResourceTypes.Vpc, "vpc-1", "demo", "vpc-1");
        var service = new RemovalService(
            new FakeInventory(region), new SpotSettings(), new Engine.Journal.MemoryJournal(clock), clock);
        var proof = await service.RemoveAsync(new RemovalScope(), _account.Removals.Add, _account.Host, CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.Empty(_account.Host.Errors);
        Assert.Equal(["ipam-pool-1"], proof.Unmanaged.Select(resource => resource.Id));
        Assert.Equal(["vpc-1"], _account.Removals.Select(removal => removal.Id));
    }

    [Fact]
    public async Task A_tagged_load_balancer_goes_and_its_interfaces_are_waited_for()
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        string[] subnets = [_account.Subnet(East, vpcId), _account.Subnet(East, vpcId, 1)];
        var arn = Region.AddLoadBalancer("front", subnets, ("bacalhau-cluster", "bacalhau-aws-spot"));
        var proof = await _account.RemoveAsync(cluster: null);
        _account.DemandGone(proof, cluster: null);
        Assert.Empty(Region.LoadBalancers);
        Assert.Equal(SpotRemovalOutcome.Removed, Assert.Single(_account.Removals, removal => removal.Id == arn).Outcome);
        Assert.DoesNotContain(_account.Changes, call => call.Operation == "DeleteNetworkInterface" && call.ErrorCode is not null);

        // The tagging API still shows it; the service itself does not.
        Assert.Empty(proof.Unmanaged);
    }

    [Fact]
    public async Task An_untagged_load_balancer_in_our_vpc_is_named_itself_and_goes_when_included()
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var arn = Region.AddLoadBalancer("front", [_account.Subnet(East, vpcId)]);
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.False(proof.Proven);
        Assert.Equal([arn], Region.LoadBalancers);
        Assert.Equal(arn, Assert.Single(_account.Removals, removal => removal.Id == vpcId).BlockedBy);

        _account.Host.Errors.Clear();
        _account.Removals.Clear();
        _account.DemandGone(await _account.RemoveAsync(cluster: null, with: scope => scope with { IncludeForeign = true }), cluster: null);
        Assert.Empty(Region.LoadBalancers);
    }

    [Fact]
    public async Task Without_the_permission_the_proof_says_what_it_does_not_cover()
    {
        _account.AddCluster(East, 1);
        _account.Cloud.Deny("tag:GetResources");
        _account.Cloud.Deny("autoscaling:DescribeAutoScalingGroups");
        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = [East] });
        _account.DemandGone(proof, cluster: null);
        Assert.Equal(["Auto Scaling: AccessDenied", "services other than EC2: AccessDeniedException"], proof.NotCovered);
    }

    [Fact]
    public async Task A_look_for_other_filter_tags_that_is_refused_is_said_in_lists_and_in_the_proof()
    {
        _account.AddCluster(East, 1);
        _account.Cloud.Faults.Add(new FaultRule
        {
            Operation = "DescribeTags",
            Code = "UnauthorizedOperation",
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["Filter.1.Value.1"] = "launch-template" },
        });
        var host = new RecordingHost();
        var query = new InstanceQuery { Regions = [East] };
        Assert.Single(await _account.Engine.Clusters.GetInstancesAsync(query, host, CancellationToken.None).ToListAsync(CancellationToken.None));
        var said = Assert.Single(host.Warnings);
        Assert.StartsWith($"Cannot search for clusters with other filter tags in {East}: ", said, StringComparison.Ordinal);
        var proof = await _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = [East] });
        Assert.True(proof.Proven);
        Assert.Equal([said], proof.Hidden);
    }

    [Fact]
    public async Task Clusters_under_other_filter_tags_are_said_to_be_not_included()
    {
        using var lab = new ClusterLab();
        foreach (var settings in new[] { new SpotSettings(), new SpotSettings { FilterTagValue = "team-a" }, new SpotSettings { FilterTagName = "owner", FilterTagValue = "team-b" } })
        {
            lab.Settings = settings;
            await lab.CreateAsync(ClusterLab.Request(2, East) with { Name = "c" + settings.FilterTagValue });
        }

        lab.Settings = new SpotSettings();
        using var engine = lab.Open();
        string[] expected =
        [
            "2 instances of SpotCluster with the filter tag bacalhau-cluster=team-a are not included (cluster cteam-a).",
            "2 instances of SpotCluster with the filter tag owner=team-b are not included (cluster cteam-b).",
        ];
        var host = new RecordingHost();
        Assert.Equal(2, (await engine.Clusters.GetInstancesAsync(new InstanceQuery(), host, CancellationToken.None).ToListAsync(CancellationToken.None)).Count);
        Assert.Equal(expected, host.Warnings);

        host = new RecordingHost();
        Assert.Single(await engine.Clusters.GetClustersAsync(new ClusterQuery(), host, CancellationToken.None).ToListAsync(CancellationToken.None));
        Assert.Equal(expected, host.Warnings);

        host = new RecordingHost();
        await engine.Costs.MeasureAsync(new CostQuery(), host, CancellationToken.None);
        Assert.Equal(expected, host.Warnings.Where(line => line.Contains("not included", StringComparison.Ordinal)));

        host = new RecordingHost();
        var plan = await engine.Removal.PlanAsync(new RemovalScope(), host, CancellationToken.None);
        Assert.Equal(expected, plan.Hidden);
        Assert.Equal(expected, host.Warnings);
        Assert.Equal(("bacalhau-cluster=bacalhau-aws-spot", "default"), (plan.FilterTag, plan.FilterTagSource));

        host = new RecordingHost();
        var proof = await engine.Removal.RemoveAsync(new RemovalScope(), _ => { }, host, CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.Equal(expected, proof.Hidden);
        Assert.Equal(expected, host.Warnings);
        Assert.Equal(4, lab.Cloud.Region(East).LiveInstances.Count);
    }

    [Theory]
    [InlineData("aws:autoscaling:groupName=workers", "Auto Scaling group workers", true)]
    [InlineData("aws:elasticmapreduce:job-flow-id=j-1", "EMR cluster j-1", true)]
    [InlineData("aws:cloudformation:stack-name=site", "CloudFormation stack site", false)]
    [InlineData("aws:autoscaling:groupName=eks-1;eks:nodegroup-name=big", "EKS node group big", true)]
    [InlineData("karpenter.sh/nodepool=default", "Karpenter node pool default", true)]
    [InlineData("AWSBatchServiceTag=batch", "AWS Batch", true)]
    [InlineData("aws:ec2spot:fleet-request-id=sfr-1", "spot fleet sfr-1", true)]
    [InlineData("kubernetes.io/cluster/blue=owned", "Kubernetes cluster blue", true)]
    [InlineData("Name=web", null, false)]
    [InlineData("aws:ec2:fleet-id=fleet-1", null, false)]
    [InlineData("karpenter.sh/nodepool=default;spotcluster:cluster=demo", null, false)]
    [InlineData("aws:autoscaling:groupName=workers;spotcluster:cluster=demo", "Auto Scaling group workers", true)]
    public void A_launcher_is_known_by_the_tags_that_it_sets(string tags, string? name, bool replaces)
    {
        var launcher = Launchers.Of(tags.Split(';').Select(tag => tag.Split('=')).ToDictionary(tag => tag[0], tag => tag[1], StringComparer.Ordinal));
        Assert.Equal(name, launcher?.Name);
        Assert.Equal(replaces, launcher?.Replaces ?? false);
    }

    private string Create(string kind, string vpcId)
    {
        string Id(string operation, string element, params (string, string)[] parameters) => Region.Call(operation, parameters).Descendants(element).First().Value;
        return kind switch
        {
            "subnet" => Id("CreateSubnet", "subnetId", ("VpcId", vpcId), ("CidrBlock", "10.77.200.0/24"), ("AvailabilityZone", Region.Zones[0])),
            "security-group" => Id("CreateSecurityGroup", "groupId", ("VpcId", vpcId), ("GroupName", "theirs"), ("GroupDescription", "theirs")),
            "network-interface" => Id("CreateNetworkInterface", "networkInterfaceId", ("SubnetId", _account.Subnet(East, vpcId))),
            "natgateway" => Id("CreateNatGateway", "natGatewayId", ("SubnetId", _account.Subnet(East, vpcId)), ("ConnectivityType", "private")),
            "route-table" => Id("CreateRouteTable", "routeTableId", ("VpcId", vpcId)),
            "vpc-endpoint" => Id("CreateVpcEndpoint", "vpcEndpointId", ("VpcId", vpcId), ("ServiceName", "com.amazonaws.us-east-1.s3")),
            "network-acl" => Id("CreateNetworkAcl", "networkAclId", ("VpcId", vpcId)),
            _ => Id("CreateEgressOnlyInternetGateway", "egressOnlyInternetGatewayId", ("VpcId", vpcId)),
        };
    }

    private (string Volume, string Address, string Snapshot, string Image) AddCompanions(string machine)
    {
        var zone = Region.Instances.Single(instance => instance.Id == machine).Zone!;
        var volume = Region.Call("CreateVolume", ("AvailabilityZone", zone), ("Size", "100"), ("VolumeType", "gp3")).Descendants("volumeId").First().Value;
        Region.Call("AttachVolume", ("VolumeId", volume), ("InstanceId", machine), ("Device", "/dev/sdf"));
        var address = Region.Call("AllocateAddress", ("Domain", "vpc")).Descendants("allocationId").First().Value;
        Region.Call("AssociateAddress", ("AllocationId", address), ("InstanceId", machine));
        var source = Region.AddInstances(1)[0];
        var image = Region.Call("CreateImage", [("InstanceId", source), ("Name", "golden"), ("NoReboot", "true"), .. _account.Specification("image", "demo")])
            .Descendants("imageId").First().Value;
        var snapshot = Region.Live.Single(resource => resource.Kind == "snapshot").Id;
        return (volume, address, snapshot, image);
    }

    private (string Held, string Blocker) Hold(string holder, string vpcId)
    {
        string Id(string operation, string element, params (string, string)[] parameters) => Region.Call(operation, parameters).Descendants(element).First().Value;
        string Group(string name, string vpc, bool isManaged) => Id(
            "CreateSecurityGroup",
            "groupId",
            [("VpcId", vpc), ("GroupName", name), ("GroupDescription", name), .. isManaged ? _account.Specification("security-group", "demo") : []]);
        switch (holder)
        {
            case "group of another VPC":
                {
                    var ours = _account.Of(East, "security-group", vpcId);
                    var other = Id("CreateVpc", "vpcId", ("CidrBlock", "10.9.0.0/16"));
                    var peering = Id("CreateVpcPeeringConnection", "vpcPeeringConnectionId", ("VpcId", other), ("PeerVpcId", vpcId));
                    Region.Call("AcceptVpcPeeringConnection", ("VpcPeeringConnectionId", peering));
                    var theirs = Group("theirs", other, isManaged: false);
                    Region.Call(
                        "AuthorizeSecurityGroupIngress",
                        ("GroupId", theirs),
                        ("IpPermissions.1.IpProtocol", "tcp"),
                        ("IpPermissions.1.FromPort", "443"),
                        ("IpPermissions.1.ToPort", "443"),
                        ("IpPermissions.1.Groups.1.GroupId", ours));
                    return (ours, theirs);
                }

            case "instance in the default VPC":
                {
                    var home = Region.Call("DescribeVpcs").Descendants("item").First(item => item.Element("isDefault")?.Value == "true").Element("vpcId")!.Value;
                    var ours = Group("ours", home, isManaged: true);
                    var theirs = Region.AddInstances(1)[0];
                    Region.Call("ModifyInstanceAttribute", ("InstanceId", theirs), ("GroupId.1", ours));
                    return (ours, theirs);
                }

            case "image":
                {
                    var source = Region.AddInstances(1)[0];
                    var image = Id("CreateImage", "imageId", ("InstanceId", source), ("Name", "theirs"), ("NoReboot", "true"));
                    var snapshot = Region.Live.Single(resource => resource.Kind == "snapshot").Id;
                    Tag(snapshot);
                    return (snapshot, image);
                }

            case "instance with our volume":
                {
                    var theirs = Region.AddInstances(1)[0];
                    var zone = Region.Instances.Single(instance => instance.Id == theirs).Zone!;
                    var volume = Id("CreateVolume", "volumeId", [("AvailabilityZone", zone), ("Size", "8"), .. _account.Specification("volume", "demo")]);
                    Region.Call("AttachVolume", ("VolumeId", volume), ("InstanceId", theirs), ("Device", "/dev/sdf"));
                    return (volume, theirs);
                }

            default:
                {
                    var options = Id(
                        "CreateDhcpOptions",
                        "dhcpOptionsId",
                        [("DhcpConfiguration.1.Key", "domain-name"), ("DhcpConfiguration.1.Value.1", "test"), .. _account.Specification("dhcp-options", "demo")]);
                    var theirs = Id("CreateVpc", "vpcId", ("CidrBlock", "10.9.0.0/16"));
                    Region.Call("AssociateDhcpOptions", ("DhcpOptionsId", options), ("VpcId", theirs));
                    return (options, theirs);
                }
        }
    }

    private void Tag(string id) => Region.Call(
        "CreateTags",
        ("ResourceId.1", id),
        ("Tag.1.Key", "bacalhau-cluster"),
        ("Tag.1.Value", "bacalhau-aws-spot"),
        ("Tag.2.Key", TagKeys.Cluster),
        ("Tag.2.Value", "demo"));
}
