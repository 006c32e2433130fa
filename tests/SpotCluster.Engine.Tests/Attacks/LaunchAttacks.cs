using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>Attempts to have one cluster launched twice.</summary>
public sealed class LaunchAttacks : IDisposable
{
    private const string East = "us-east-1";
    private const string West = "us-west-2";

    private readonly ClusterLab _lab = new(new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) });

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(East, East)]
    [InlineData(East + "," + West, East + "," + West)]
    [InlineData(East + "," + West, West)]
    public async Task Two_computers_that_create_the_same_cluster_at_the_same_moment_make_it_once(string first, string second)
    {
        using var one = OpenComputer();
        using var other = OpenComputer();
        var plans = await Task.WhenAll(
            one.Clusters.PlanAsync(ClusterLab.Request(4, first.Split(',')), _lab.Host, CancellationToken.None),
            other.Clusters.PlanAsync(ClusterLab.Request(4, second.Split(',')), _lab.Host, CancellationToken.None));
        var results = await Task.WhenAll(Launch(one, plans[0]), Launch(other, plans[1]));

        var lost = Assert.Single(results, result => result.Error is not null).Error!;
        Assert.Equal(SpotErrorIds.ClusterNameInUse, lost.ErrorId);
        Assert.Contains("were removed", lost.Message, StringComparison.Ordinal);
        var won = Assert.Single(results, result => result.Cluster is not null).Cluster!;
        Assert.Equal(4, won.Running);

        // The books of the simulator: everything that exists is of one run, and its instances are those of the winner.
        var live = _lab.Cloud.AllLive(TagKeys.Cluster, "demo");
        Assert.Single(live.Select(resource => resource.Tags[TagKeys.Run]).Distinct());
        Assert.Equal(4, _lab.Cloud.Regions.Sum(region => _lab.Cloud.Region(region).LiveInstances.Count));
        Assert.All(live.Where(resource => resource.Kind == "vpc").GroupBy(resource => resource.Region), region => Assert.Single(region));
    }

    [Fact]
    public async Task A_launch_that_gets_nothing_removes_its_own_network_and_not_the_cluster_of_the_same_name()
    {
        using var one = OpenComputer();
        using var other = OpenComputer();
        var lucky = await one.Clusters.PlanAsync(ClusterLab.Request(2, East), _lab.Host, CancellationToken.None);
        var unlucky = await other.Clusters.PlanAsync(ClusterLab.Request(2, East), _lab.Host, CancellationToken.None);
        Assert.Equal(2, (await one.Clusters.LaunchAsync(lucky, _lab.Host, CancellationToken.None)).Running);
        _lab.Cloud.Faults.Add(new Simulator.Faults.FaultRule { Action = Simulator.Faults.FaultAction.Capacity, Code = "InsufficientInstanceCapacity" });
        await Assert.ThrowsAsync<SpotException>(() => other.Clusters.LaunchAsync(unlucky, _lab.Host, CancellationToken.None));
        Assert.Equal(2, _lab.Cloud.Region(East).LiveInstances.Count);
        Assert.Single(_lab.Cloud.AllLive(TagKeys.Cluster, "demo").Select(resource => resource.Tags[TagKeys.Run]).Distinct());
    }

    private async Task<(Model.SpotCluster? Cluster, SpotException? Error)> Launch(SpotEngine engine, ClusterPlan plan)
    {
        try
        {
            return (await engine.Clusters.LaunchAsync(plan, _lab.Host, CancellationToken.None), null);
        }
        catch (SpotException error)
        {
            return (null, error);
        }
    }

    /// <summary>Another computer of the same account: it has a journal of its own.</summary>
    private SpotEngine OpenComputer() => new(new EngineOptions
    {
        Transport = _lab.Cloud.CreateHandler(),
        Clock = _lab.Cloud.Clock,
        Settings = _lab.Settings,
        JournalDirectory = Path.Combine(_lab.JournalFolder, Guid.NewGuid().ToString("N")),
    });
}
