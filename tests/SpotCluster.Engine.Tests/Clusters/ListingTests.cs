using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class ListingTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_machine_is_listed_with_all_that_is_known_of_it_and_a_foreign_one_only_when_asked_for()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, "us-east-1") with { ExpiresIn = TimeSpan.FromHours(1) });
        _lab.Cloud.Region("us-east-1").AddInstances(1, tags: (ClusterLab.FilterKey, "somebody-else"));
        using var engine = _lab.Open();
        var machines = await ListAsync(engine, new InstanceQuery { Regions = ["us-*"] });

        Assert.Equal(2, machines.Count);
        Assert.All(machines, machine =>
        {
            Assert.Equal(("demo", "us-east-1", SpotLifecycle.Spot, SpotProvider.Aws), (machine.ClusterName, machine.Region, machine.Lifecycle, machine.Provider));
            Assert.Equal(_lab.Cloud.Region("us-east-1").SpotPrice(machine.Zone!, machine.InstanceType!), machine.HourlyPrice);
            Assert.NotNull(machine.ExpiresAt);
            Assert.Equal($"ssh ubuntu@{machine.PublicIp}", machine.SshCommand);
            Assert.Null(machine.CostToDate);
        });
        Assert.Equal(3, (await ListAsync(engine, new InstanceQuery { Regions = ["us-east-1"], IncludeForeign = true })).Count);
        Assert.Equal(2, (await ListAsync(engine, new InstanceQuery { Regions = ["us-east-1"], ClusterNames = ["DE*"] })).Count);
        Assert.Empty(await ListAsync(engine, new InstanceQuery { Regions = ["us-east-1"], Names = ["other*"] }));
        Assert.Equal(machines[0].Id, Assert.Single(await ListAsync(engine, new InstanceQuery { Ids = [machines[0].Id] })).Id);
    }

    [Fact]
    public async Task A_region_that_fails_is_an_error_and_makes_the_state_of_a_cluster_unknown()
    {
        await _lab.CreateAsync(ClusterLab.Request(4, "us-east-1", "us-west-2"));
        using var engine = _lab.Open();
        Assert.Equal(SpotClusterState.Launching, Assert.Single(await ClustersAsync(engine)).State);
        await Task.Delay(TimeSpan.FromSeconds(10), _lab.Cloud.Clock);
        Assert.Equal(SpotClusterState.Running, Assert.Single(await ClustersAsync(engine)).State);

        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeInstances", Region = "us-west-2", Code = "UnauthorizedOperation" });
        var cluster = Assert.Single(await ClustersAsync(engine));
        Assert.Equal((SpotClusterState.Unknown, 4, 2), (cluster.State, cluster.Wanted, cluster.Running));
        var error = Assert.Single(_lab.Host.Errors);
        Assert.Equal((SpotErrorIds.RegionNotListed, "us-west-2", "UnauthorizedOperation"), (error.ErrorId, error.Region, error.ServiceCode));
    }

    [Fact]
    public async Task An_interrupted_machine_is_seen_and_told_why_and_the_cluster_is_partial()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, "us-east-1"));
        var lost = _lab.Machines()[0].Id;
        _lab.Cloud.Interrupt(lost);
        await Task.Delay(TimeSpan.FromMinutes(4), _lab.Cloud.Clock);
        using var engine = _lab.Open();
        Assert.Single(await ListAsync(engine, new InstanceQuery { Regions = ["us-east-1"] }));
        var gone = Assert.Single(await ListAsync(engine, new InstanceQuery { Regions = ["us-east-1"], States = [SpotInstanceState.Terminated] }));
        Assert.Equal(lost, gone.Id);
        Assert.Contains("Spot", gone.StateReason, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((SpotClusterState.Partial, 1), Assert.Single(await ClustersAsync(engine)) is var cluster ? (cluster.State, cluster.Running) : default);
    }

    [Fact]
    public async Task A_cluster_without_machines_is_empty_and_not_invisible()
    {
        await _lab.CreateAsync(ClusterLab.Request(1, "us-east-1"));
        _lab.Cloud.Region("us-east-1").Call("TerminateInstances", ("InstanceId.1", _lab.Machines()[0].Id));
        await Task.Delay(TimeSpan.FromMinutes(2), _lab.Cloud.Clock);
        using var engine = _lab.Open();
        Assert.Equal((SpotClusterState.Empty, 1), Assert.Single(await ClustersAsync(engine)) is var cluster ? (cluster.State, cluster.Wanted ?? 0) : default);
    }

    [Fact]
    public async Task Waiting_tells_each_machine_and_what_will_not_come()
    {
        await _lab.CreateAsync(ClusterLab.Request(4, "us-east-1", "us-west-2"));
        var keys = _lab.Machines().Select(machine => new InstanceKey(machine.Id, machine.Region == "us-east-1" ? null : machine.Region)).ToList();
        using var engine = _lab.Open();
        Assert.Equal(4, (await WaitAsync(engine, keys, WaitCondition.Reachable)).Count);
        Assert.Empty(_lab.Host.Errors);

        Assert.Empty(await WaitAsync(engine, [new InstanceKey("i-00000000000000000", "us-east-1")], WaitCondition.Running));
        Assert.Equal(SpotErrorIds.InstanceNotFound, Assert.Single(_lab.Host.Errors).ErrorId);
        _lab.Host.Errors.Clear();

        Assert.Empty(await WaitAsync(engine, keys.Take(1).ToList(), WaitCondition.Terminated));
        Assert.Equal(SpotErrorIds.WaitTimedOut, Assert.Single(_lab.Host.Errors).ErrorId);
        _lab.Host.Errors.Clear();

        foreach (var machine in _lab.Machines("us-west-2"))
        {
            _lab.Cloud.Region("us-west-2").Call("TerminateInstances", ("InstanceId.1", machine.Id));
        }

        Assert.Equal(2, (await WaitAsync(engine, keys.Where(key => key.Region is not null).ToList(), WaitCondition.Terminated)).Count);
        Assert.Empty(await WaitAsync(engine, keys.Where(key => key.Region is not null).ToList(), WaitCondition.Running));
        Assert.Equal(2, _lab.Host.Errors.Count);
    }

    [Fact]
    public async Task Whoever_has_seen_enough_leaves_and_the_work_ends()
    {
        _lab.Cloud.Region("us-east-1").AddInstances(2500, tags: (ClusterLab.FilterKey, "bacalhau-aws-spot"));
        using var engine = _lab.Open();
        await foreach (var _ in engine.Clusters.GetInstancesAsync(new InstanceQuery { Regions = ["us-east-1"] }, _lab.Host, CancellationToken.None))
        {
            break;
        }

        _lab.Cloud.Calls.Clear();
        Assert.Equal(2500, (await ListAsync(engine, new InstanceQuery { Regions = ["us-east-1"] })).Count);
        Assert.Equal(3, _lab.Cloud.Calls.Of("DescribeInstances").Count);
    }

    private async Task<List<SpotInstance>> ListAsync(SpotEngine engine, InstanceQuery query) =>
        await CollectAsync(engine.Clusters.GetInstancesAsync(query, _lab.Host, CancellationToken.None));

    private async Task<List<Cluster>> ClustersAsync(SpotEngine engine) =>
        await CollectAsync(engine.Clusters.GetClustersAsync(new ClusterQuery { Regions = ["us-*"] }, _lab.Host, CancellationToken.None));

    private async Task<List<SpotInstance>> WaitAsync(SpotEngine engine, IReadOnlyList<InstanceKey> keys, WaitCondition condition) =>
        await CollectAsync(engine.Clusters.WaitAsync(keys, condition, TimeSpan.FromMinutes(5), _lab.Host, CancellationToken.None));

    private static async Task<List<T>> CollectAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }
}
