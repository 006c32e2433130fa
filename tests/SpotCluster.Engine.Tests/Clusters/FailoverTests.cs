using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class FailoverTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("InsufficientInstanceCapacity")]
    [InlineData("UnfulfillableCapacity")]
    [InlineData("Unsupported")]
    [InlineData("InsufficientFreeAddressesInSubnet")]
    public async Task A_pool_without_capacity_sends_the_machines_to_another_pool(string code)
    {
        _lab.Cloud.Faults.Add(Pool(code) with { InstanceType = "t3.*" });
        var cluster = await _lab.CreateAsync(ClusterLab.Request(4, "us-east-1"));
        Assert.Equal(4, cluster.Running);
        Assert.All(_lab.Machines(), machine => Assert.Equal("m5.large", machine.InstanceType));
        Assert.Equal(4, _lab.Machines().Count);
        Assert.Empty(_lab.Host.Errors);
    }

    [Theory]
    [InlineData("InsufficientInstanceCapacity")]
    [InlineData("MaxSpotInstanceCountExceeded")]
    [InlineData("VcpuLimitExceeded")]
    [InlineData("InstanceLimitExceeded")]
    [InlineData("MaxFleetCountExceeded")]
    [InlineData("PendingVerification")]
    [InlineData("OptInRequired")]
    public async Task A_closed_region_sends_the_machines_to_the_others_and_says_why(string code)
    {
        _lab.Cloud.Faults.Add(Pool(code) with { Region = "us-west-2" });
        var cluster = await _lab.CreateAsync(ClusterLab.Request(4, "us-east-1", "us-west-2"));
        Assert.Equal(4, cluster.Running);
        Assert.Equal(4, _lab.Machines("us-east-1").Count);
        var closed = cluster.Regions.Single(region => region.Region == "us-west-2");
        Assert.Equal((2, 0, code), (closed.Wanted, closed.Running, closed.Code));
        Assert.False(string.IsNullOrEmpty(closed.Reason));
        Assert.Empty(_lab.Host.Errors);
        Assert.Empty(_lab.Journaled);
    }

    [Fact]
    public async Task A_network_quota_is_the_regions_too()
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "CreateVpc", Region = "us-west-2", Code = "VpcLimitExceeded" });
        var cluster = await _lab.CreateAsync(ClusterLab.Request(4, "us-east-1", "us-west-2"));
        Assert.Equal(4, cluster.Running);
        Assert.Equal("VpcLimitExceeded", cluster.Regions.Single(region => region.Region == "us-west-2").Code);
    }

    [Fact]
    public async Task A_price_that_is_too_low_is_told_and_not_gone_around()
    {
        _lab.Cloud.Faults.Add(Pool("SpotMaxPriceTooLow") with { Region = "us-west-2" });
        var cluster = await _lab.CreateAsync(ClusterLab.Request(4, "us-east-1", "us-west-2") with { Fallback = SpotFallback.OnDemand });
        Assert.Equal(2, cluster.Running);
        var error = Assert.Single(_lab.Host.Errors);
        Assert.Equal((SpotErrorIds.ClusterPartial, "SpotMaxPriceTooLow"), (error.ErrorId, error.ServiceCode));
        Assert.Contains("price", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_in_the_end_is_reported_as_partial_and_never_more_is_launched()
    {
        _lab.Cloud.Region("us-east-1").SetCapacity("*", "*", 0);
        foreach (var zone in _lab.Cloud.Region("us-west-2").Zones)
        {
            foreach (var type in new[] { "t3.medium", "t3.large", "m5.large" })
            {
                _lab.Cloud.Region("us-west-2").SetCapacity(zone, type, zone == _lab.Cloud.Region("us-west-2").Zones[0] && type == "t3.large" ? 3 : 0);
            }
        }

        var cluster = await _lab.CreateAsync(ClusterLab.Request(8, "us-east-1", "us-west-2"));
        Assert.Equal(SpotClusterState.Partial, cluster.State);
        Assert.Equal((8, 3), (cluster.Wanted, cluster.Running));
        Assert.Equal(3, _lab.Machines().Count);
        var error = Assert.Single(_lab.Host.Errors);
        Assert.Equal(SpotErrorIds.ClusterPartial, error.ErrorId);
        Assert.Contains("InsufficientInstanceCapacity", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_price_is_paid_only_when_asked_for()
    {
        _lab.Cloud.Faults.Add(Pool("InsufficientInstanceCapacity") with { Lifecycle = "spot" });
        var cluster = await _lab.CreateAsync(ClusterLab.Request(3, "us-east-1") with { Fallback = SpotFallback.OnDemand });
        Assert.Equal(3, cluster.Running);
        Assert.All(_lab.Machines(), machine => Assert.False(machine.IsSpot));
    }

    [Fact]
    public async Task When_nothing_can_be_launched_the_networks_go_too_and_the_error_says_why()
    {
        _lab.Cloud.Faults.Add(Pool("InsufficientInstanceCapacity"));
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(2, "us-east-1", "us-west-2")));
        Assert.Equal((SpotErrorIds.ClusterNotLaunched, "InsufficientInstanceCapacity"), (error.ErrorId, error.ServiceCode));
        Assert.Empty(_lab.Cloud.AllLive(ClusterLab.FilterKey));
        Assert.Empty(_lab.Journaled);
    }

    [Theory]
    [InlineData("VcpuLimitExceeded", 6)]
    [InlineData("UnauthorizedOperation", 5)]
    public async Task What_came_before_a_failure_is_counted_and_not_launched_again_elsewhere(string code, int expected)
    {
        var west = _lab.Cloud.Region("us-west-2");
        west.SetCapacity("*", "*", 0);
        west.SetCapacity(west.Zones[0], "t3.large", 2);

        // The other types fail in a way that is worth a second call.
        _lab.Cloud.Faults.Add(Pool("InternalError") with { Region = "us-west-2", InstanceType = "t3.medium" });
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "CreateFleet", Region = "us-west-2", Nth = [2], Code = code });
        var cluster = await _lab.CreateAsync(ClusterLab.Request(6, "us-east-1", "us-west-2"));
        Assert.Equal(expected, cluster.Running);
        Assert.Equal(expected, _lab.Machines().Count);
        Assert.Equal(2, _lab.Machines("us-west-2").Count);
        Assert.Equal(2, _lab.Cloud.Calls.Of("CreateFleet", "us-west-2").Count);
    }

    [Fact]
    public async Task A_failed_pool_is_left_alone_for_three_minutes()
    {
        var rule = Pool("InsufficientInstanceCapacity");
        _lab.Cloud.Faults.Add(rule);
        using var engine = _lab.Open();
        await Assert.ThrowsAsync<SpotException>(() => LaunchAsync(engine));
        var asked = _lab.Cloud.Calls.Of("CreateFleet").Count;
        _lab.Cloud.Faults.Remove(rule);

        var again = await Assert.ThrowsAsync<SpotException>(() => LaunchAsync(engine));
        Assert.Equal((SpotErrorIds.ClusterNotLaunched, "InsufficientInstanceCapacity"), (again.ErrorId, again.ServiceCode));
        Assert.Equal(asked, _lab.Cloud.Calls.Of("CreateFleet").Count);

        await Task.Delay(TimeSpan.FromMinutes(3), _lab.Cloud.Clock);
        await LaunchAsync(engine);
        Assert.Single(_lab.Machines());
    }

    private async Task LaunchAsync(SpotEngine engine)
    {
        var plan = await engine.Clusters.PlanAsync(ClusterLab.Request(1, "us-east-1"), _lab.Host, CancellationToken.None);
        await engine.Clusters.LaunchAsync(plan, _lab.Host, CancellationToken.None);
    }

    private static FaultRule Pool(string code) => new() { Action = FaultAction.Capacity, Code = code };
}
