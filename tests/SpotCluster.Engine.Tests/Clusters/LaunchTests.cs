using System.Globalization;
using System.Text;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class LaunchTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_wanted_number_runs_spread_over_the_regions_and_zones()
    {
        var cluster = await _lab.CreateAsync(ClusterLab.Request(5, "us-east-1", "us-west-2"));

        Assert.Equal(5, cluster.Running);
        Assert.Equal(5, cluster.Wanted);
        Assert.Equal(5, cluster.Regions.Sum(region => region.Running));
        Assert.All(cluster.Regions, region => Assert.InRange(region.Running, 2, 3));
        Assert.Equal(5, _lab.Machines().Count);
        Assert.All(_lab.Machines(), machine => Assert.True(machine.IsSpot && machine.PublicIp is not null));
        Assert.NotNull(cluster.HourlyPrice);
        Assert.Empty(_lab.Host.Errors);
        Assert.Empty(_lab.Journaled);
    }

    [Fact]
    public async Task Only_the_named_zones_are_used_and_a_region_without_one_is_refused_before_any_change()
    {
        string[] zones = ["us-east-1b", "us-east-1c"];
        await _lab.CreateAsync(ClusterLab.Request(4, "us-east-1") with { Zones = zones });
        Assert.All(_lab.Machines(), machine => Assert.Contains(machine.Zone, zones));
        Assert.Equal(2, _lab.Cloud.Calls.Of("CreateSubnet").Count);

        _lab.Cloud.Calls.Clear();
        var request = ClusterLab.Request(2, "us-east-1", "eu-west-1") with { Name = "other", Zones = zones };
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(request));
        Assert.Equal((SpotErrorIds.InstanceTypeNotOffered, "eu-west-1"), (error.ErrorId, error.Region));
        Assert.Contains("us-east-1b, us-east-1c of eu-west-1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes);
    }

    [Theory]
    [InlineData(new string[0], new[] { "0.0.0.0/0" })]
    [InlineData(new[] { "203.0.113.0/24", "198.51.100.7/32", "203.0.113.0/24" }, new[] { "203.0.113.0/24", "198.51.100.7/32" })]
    public async Task Port_22_is_open_to_whom_the_settings_name_and_nothing_else_is(string[] configured, string[] expected)
    {
        _lab.Settings = new() { SshCidrs = configured };
        await _lab.CreateAsync(ClusterLab.Request(1, "us-east-1"));

        var call = Assert.Single(_lab.Cloud.Calls.Calls, call => call.Operation == "AuthorizeSecurityGroupIngress" && !call.DryRun);
        Assert.Equal(["22", "22"], [call.Parameters["IpPermissions.1.FromPort"], call.Parameters["IpPermissions.1.ToPort"]]);
        Assert.Equal(expected, call.Parameters.Where(parameter => parameter.Key.EndsWith(".CidrIp", StringComparison.Ordinal)).OrderBy(parameter => parameter.Key).Select(parameter => parameter.Value));
        Assert.DoesNotContain(call.Parameters.Keys, key => key.StartsWith("IpPermissions.2.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Everything_that_is_created_carries_every_tag_from_the_start()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, "eu-west-1") with
        {
            ExpiresIn = TimeSpan.FromHours(8),
            PublicKeyPath = KeyFile.Write(),
            Tags = new Dictionary<string, string> { ["team"] = "blue" },
        });

        var live = _lab.Cloud.AllLive();
        string[] kinds = ["vpc", "subnet", "internet-gateway", "security-group", "launch-template", "key-pair", "instance", "volume", "network-interface", "spot-instances-request"];
        Assert.Empty(kinds.Except(live.Select(item => item.Kind)));
        Assert.All(live, item =>
        {
            Assert.Equal("bacalhau-aws-spot", item.Tags[ClusterLab.FilterKey]);
            Assert.Equal("demo", item.Tags[TagKeys.Cluster]);
            Assert.Equal("123456789012", item.Tags[TagKeys.Account]);
            Assert.Equal("2", item.Tags[TagKeys.Wanted]);
            Assert.Equal("2", item.Tags[TagKeys.WantedHere]);
            Assert.Equal("bacalhau-aws-spot-script", item.Tags[TagKeys.CreatedBy]);
            Assert.Equal("blue", item.Tags["team"]);
            Assert.NotEmpty(item.Tags[TagKeys.Run]);
            Assert.StartsWith("bacalhau-", item.Tags[TagKeys.Name], StringComparison.Ordinal);
            Assert.True(DateTimeOffset.Parse(item.Tags[TagKeys.ExpiresAt], CultureInfo.InvariantCulture) > item.CreatedAt);
        });
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Operation == "CreateTags");
    }

    [Fact]
    public async Task Machines_are_launched_safely_and_end_by_themselves()
    {
        await _lab.CreateAsync(ClusterLab.Request(1, "us-east-1") with { ExpiresIn = TimeSpan.FromHours(2), UserData = "#!/bin/sh\necho mine\n" });

        var template = _lab.Cloud.Calls.Of("CreateLaunchTemplate").Single().Parameters;
        Assert.Equal("required", template["LaunchTemplateData.MetadataOptions.HttpTokens"]);

        // The scripts of a node run on the machine itself; a job in a container reads no metadata, and with it no user data.
        Assert.Equal("1", template["LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit"]);
        Assert.Equal("terminate", template["LaunchTemplateData.InstanceInitiatedShutdownBehavior"]);
        Assert.Equal("gp3", template["LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeType"]);
        Assert.Equal("true", template["LaunchTemplateData.BlockDeviceMapping.1.Ebs.Encrypted"]);
        Assert.Equal("true", template["LaunchTemplateData.BlockDeviceMapping.1.Ebs.DeleteOnTermination"]);
        Assert.StartsWith("resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/", template["LaunchTemplateData.ImageId"], StringComparison.Ordinal);
        var text = Encoding.UTF8.GetString(Convert.FromBase64String(template["LaunchTemplateData.UserData"]));
        Assert.Contains("poweroff", text, StringComparison.Ordinal);
        Assert.Contains("echo mine", text, StringComparison.Ordinal);

        var fleet = _lab.Cloud.Calls.Of("CreateFleet").Single().Parameters;
        Assert.Equal("instant", fleet["Type"]);
        Assert.Equal("price-capacity-optimized", fleet["SpotOptions.AllocationStrategy"]);
        Assert.InRange(fleet["ClientToken"].Length, 1, 64);
        Assert.True(fleet.Keys.Count(key => key.EndsWith(".SubnetId", StringComparison.Ordinal)) >= 6);
    }

    [Fact]
    public async Task Arm_machines_get_an_arm_image_and_both_architectures_may_be_mixed()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, "us-east-1") with { Architecture = SpotArchitecture.Arm64, InstanceTypes = [] });
        Assert.Contains("/arm64/", _lab.Cloud.Calls.Of("CreateLaunchTemplate").Single().Parameters["LaunchTemplateData.ImageId"], StringComparison.Ordinal);

        await _lab.CreateAsync(ClusterLab.Request(2, "us-west-2") with { Name = "mixed", InstanceTypes = ["t4g.medium", "t3.medium"] });
        var fleet = _lab.Cloud.Calls.Of("CreateFleet", "us-west-2").Single().Parameters;
        Assert.Contains(fleet, pair => pair.Key.EndsWith(".ImageId", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_default_vpc_can_be_used()
    {
        var cluster = await _lab.CreateAsync(ClusterLab.Request(3, "us-east-1") with { UseDefaultVpc = true });
        Assert.Equal(3, cluster.Running);
        Assert.DoesNotContain(_lab.Cloud.AllLive(ClusterLab.FilterKey), item => item.Kind is "vpc" or "subnet" or "internet-gateway");
    }

    [Fact]
    public async Task The_plan_has_its_price_and_nothing_is_changed_by_it()
    {
        using var engine = _lab.Open();
        var plan = await engine.Clusters.PlanAsync(ClusterLab.Request(4, "us-east-1", "us-west-2"), _lab.Host, CancellationToken.None);
        var summary = plan.Summary;
        Assert.Equal(4, summary.Count);
        Assert.Equal("123456789012", summary.AccountId);
        Assert.Equal(summary.Regions.Sum(region => region.Count * region.LowestPrice), summary.ComputeHourlyPrice);
        Assert.InRange((summary.ComputeHourlyPrice + summary.StorageHourlyPrice + summary.PublicIpHourlyPrice - summary.HourlyCost)!.Value, -0.000003m, 0.000003m);
        Assert.InRange((summary.Regions.Sum(region => region.HourlyCost) - summary.HourlyCost)!.Value, -0.000003m, 0.000003m);
        Assert.True(summary.MaxHourlyCost >= summary.HourlyCost);
        Assert.All(summary.Regions, region => Assert.NotEmpty(region.Zones));
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")]
    [InlineData("ami")]
    public async Task The_price_of_the_plan_is_what_the_cost_shows_after_the_launch(string? image)
    {
        var region = _lab.Cloud.Region("us-east-1");
        if (image == "ami")
        {
            image = region.Call("DescribeImages").Descendants("imageId").First().Value;
        }

        foreach (var zone in region.Zones)
        {
            region.SetSpotPrice(zone, "t3.medium", 0.02m);
        }

        var request = ClusterLab.Request(3, "us-east-1") with { InstanceTypes = ["t3.medium"], Image = image };
        using var engine = _lab.Open();
        var plan = (await engine.Clusters.PlanAsync(request, _lab.Host, CancellationToken.None)).Summary;
        await _lab.CreateAsync(request);
        var cost = (await engine.Costs.MeasureAsync(new Engine.Costs.CostQuery { Regions = ["us-east-1"] }, _lab.Host, CancellationToken.None)).Total;
        Assert.Equal(
            (cost.HourlyCost, cost.ComputeHourlyPrice, cost.StorageHourlyPrice, cost.PublicIpHourlyPrice),
            (plan.HourlyCost, plan.ComputeHourlyPrice, plan.StorageHourlyPrice, plan.PublicIpHourlyPrice));
        Assert.True(plan.StorageHourlyPrice > 0);
    }

    [Fact]
    public async Task A_limit_on_the_hourly_cost_counts_disks_and_public_addresses()
    {
        using var engine = _lab.Open();
        var free = (await engine.Clusters.PlanAsync(ClusterLab.Request(4, "us-east-1"), _lab.Host, CancellationToken.None)).Summary;
        var limit = (free.ComputeHourlyPrice + (free.HourlyCost - free.ComputeHourlyPrice) / 2)!.Value;
        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(4, "us-east-1") with { MaxHourlyCost = limit }));
        Assert.Equal(SpotErrorIds.HourlyCostExceeded, refused.ErrorId);
        Assert.Contains("including disks and public addresses", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_on_the_hourly_cost_refuses_or_narrows_the_plan()
    {
        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(4, "us-east-1") with { MaxHourlyCost = 0.001m }));
        Assert.Equal(SpotErrorIds.HourlyCostExceeded, refused.ErrorId);
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes);

        using var engine = _lab.Open();
        var free = await engine.Clusters.PlanAsync(ClusterLab.Request(4, "us-east-1"), _lab.Host, CancellationToken.None);
        var limit = free.Summary.HourlyCost!.Value * 1.2m;
        var plan = await engine.Clusters.PlanAsync(ClusterLab.Request(4, "us-east-1") with { MaxHourlyCost = limit }, _lab.Host, CancellationToken.None);
        Assert.True(plan.Summary.MaxHourlyCost <= limit);
    }

    [Fact]
    public async Task A_stopped_launch_says_what_exists_and_leaves_it_removable()
    {
        using var cancel = new CancellationTokenSource();
        var stop = new StopAt("CreateLaunchTemplate", cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _lab.CreateAsync(ClusterLab.Request(2, "us-east-1"), stop, cancel.Token));

        var warning = Assert.Single(_lab.Host.Warnings);
        Assert.Contains("vpc-", warning, StringComparison.Ordinal);
        Assert.Contains("remove cluster 'demo'", warning, StringComparison.Ordinal);
        Assert.Single(_lab.Journaled);
        Assert.True((await _lab.RemoveAsync()).Proven);
        Assert.Empty(_lab.Cloud.AllLive(ClusterLab.FilterKey));
        Assert.Empty(_lab.Journaled);
    }

    private sealed class StopAt(string operation, CancellationTokenSource cancel) : ICallObserver
    {
        public void Sending(CallRecord call)
        {
            if (call.Operation == operation && call.Changes)
            {
                cancel.Cancel();
            }
        }

        public void Answered(CallRecord call)
        {
        }
    }
}
