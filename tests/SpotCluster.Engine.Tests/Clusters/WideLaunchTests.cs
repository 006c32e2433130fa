using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class WideLaunchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sixteen_regions_and_two_hundred_machines_in_bad_weather(int seed)
    {
        using var lab = new ClusterLab(new SimulatorOptions { Seed = seed, Latency = TimeSpan.FromMilliseconds(50), ConsistencyWindow = TimeSpan.FromSeconds(1) });
        lab.Cloud.Faults.Add(new FaultRule { Action = FaultAction.Throttle, Probability = 0.3, Service = "ec2" });
        lab.Cloud.Faults.Add(new FaultRule { Action = FaultAction.Http, Status = 503, Probability = 0.05, Service = "ec2" });
        var regions = lab.Cloud.Regions.Take(16).ToArray();
        var cluster = await lab.CreateAsync(ClusterLab.Request(200, regions));

        Assert.Equal(200, cluster.Running);
        Assert.Equal(200, lab.Machines().Count);
        Assert.All(regions, region => Assert.Single(lab.Cloud.Region(region).Live, item => item.Kind == "vpc"));
        Assert.Empty(lab.Host.Errors);

        lab.Cloud.Faults.Clear();
        Assert.True((await lab.RemoveAsync()).Proven);
        Assert.Empty(lab.Cloud.AllLive(ClusterLab.FilterKey));
    }
}
