using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Bacalhau;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

public sealed class ResizeTests : IDisposable
{
    private readonly NodeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task It_grows_in_the_networks_that_are_there_and_like_the_others()
    {
        await _lab.CreateHealthyAsync(4, "us-east-1", "eu-west-1");
        var before = Vpcs();
        var (plan, cluster, _) = await _lab.ResizeAsync(7);
        Assert.Equal((4, 7, 3), (plan.Running, plan.Wanted, plan.Launch));
        Assert.Equal((7, 7), (cluster.Running, cluster.Wanted));
        Assert.Equal(7, _lab.Machines().Count);
        Assert.Equal(before, Vpcs());
        Assert.Single(_lab.Machines().Select(machine => machine.UserData).Distinct());
        Assert.Equal([3, 4], cluster.Regions.Select(region => region.Running).Order());
        Assert.Equal(7, (await _lab.WaitAsync(WaitCondition.Healthy)).Count);
        Assert.Empty(_lab.Host.Errors);
        Assert.True((await _lab.RemoveAsync()).Proven);
        Assert.Empty(_lab.Cloud.AllLive());
        Assert.Empty(_lab.Orchestrator.Nodes);
    }

    [Fact]
    public async Task It_shrinks_by_the_unhealthy_first_and_then_the_dearest()
    {
        var ids = (await _lab.CreateHealthyAsync(6, "us-east-1", "eu-west-1")).Select(machine => machine.Id).Order(StringComparer.Ordinal).ToList();
        _lab.Orchestrator.SetApproval(ids[3], "PENDING");
        var machines = await _lab.ListAsync();
        var dearest = machines.Where(machine => machine.Id != ids[3]).OrderByDescending(machine => machine.HourlyPrice).First().HourlyPrice;
        var (plan, cluster, removals) = await _lab.ResizeAsync(4);
        Assert.Equal(ids[3], plan.Remove[0].Id);
        Assert.Equal(dearest, plan.Remove[1].HourlyPrice);
        Assert.Equal((4, 4), (cluster.Running, cluster.Wanted));
        Assert.True(plan.HourlyPriceAfter < plan.HourlyPriceBefore);
        Assert.Equal(plan.Remove.Select(machine => machine.Id).Order(StringComparer.Ordinal), removals.Where(removal => removal.Type == "node").Select(removal => removal.Id).Order(StringComparer.Ordinal));
        Assert.Equal(4, _lab.Orchestrator.Nodes.Count);
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task Again_it_changes_nothing()
    {
        await _lab.CreateHealthyAsync(3, "us-east-1");
        await _lab.ResizeAsync(5);
        await _lab.WaitAsync(WaitCondition.Healthy);
        var ids = _lab.Machines().Select(machine => machine.Id).ToList();
        var (plan, _, removals) = await _lab.ResizeAsync(5);
        Assert.True(plan.IsDone);
        Assert.Empty(removals);
        Assert.Equal(ids, _lab.Machines().Select(machine => machine.Id));
        Assert.True((await _lab.ResizeAsync()).Plan.IsDone);
    }

    [Fact]
    public async Task A_repair_replaces_the_interrupted_and_the_dead_and_leaves_no_ghost()
    {
        var ids = (await _lab.CreateHealthyAsync(5, "us-east-1")).Select(machine => machine.Id).Order(StringComparer.Ordinal).ToList();
        _lab.Cloud.Interrupt(ids[0]);
        _lab.Orchestrator.Cut(ids[1]);
        await _lab.PassAsync(TimeSpan.FromMinutes(5));
        var (plan, cluster, _) = await _lab.ResizeAsync();
        Assert.Equal([ids[1]], plan.Remove.Select(machine => machine.Id));
        Assert.Equal((2, 5), (plan.Launch, cluster.Running));
        Assert.DoesNotContain(_lab.Orchestrator.Nodes, node => node.Id == ids[0] || node.Id == ids[1]);
        Assert.Equal(5, (await _lab.WaitAsync(WaitCondition.Healthy)).Count);
    }

    [Fact]
    public async Task When_not_one_node_is_heard_of_no_machine_is_blamed()
    {
        foreach (var machine in await _lab.CreateHealthyAsync(4, "us-east-1"))
        {
            _lab.Orchestrator.Cut(machine.Id);
        }

        await _lab.PassAsync(TimeSpan.FromMinutes(5));
        var (plan, _, _) = await _lab.ResizeAsync();
        Assert.Empty(plan.Remove);
        Assert.Contains(_lab.Host.Warnings, warning => warning.Contains("failure of the orchestrator", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_plan_changes_nothing()
    {
        await _lab.CreateHealthyAsync(3, "us-east-1");
        var calls = _lab.Cloud.Calls.Calls.Count;
        using var engine = _lab.Open();
        var plan = await engine.Clusters.PlanResizeAsync(new ResizeRequest { Name = "demo", Count = 6 }, _lab.Host, CancellationToken.None);
        Assert.Equal(3, plan.Summary.Regions.Sum(region => region.Count));
        Assert.NotNull(plan.Summary.HourlyPriceAfter);
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls.Skip(calls).Where(call => !call.DryRun), call => call.Operation.StartsWith("Create", StringComparison.Ordinal) || call.Operation.StartsWith("Terminate", StringComparison.Ordinal) || call.Operation == "UpdateNode");
    }

    [Fact]
    public async Task A_region_that_does_not_answer_stops_it_before_any_change()
    {
        await _lab.CreateHealthyAsync(2, "us-east-1");
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeInstances", Region = "eu-west-1", Action = FaultAction.Error, Code = "UnauthorizedOperation" });
        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.ResizeAsync(4));
        Assert.Equal((SpotErrorIds.RegionNotListed, "eu-west-1"), (refused.ErrorId, refused.Region));
        Assert.Equal(2, _lab.Machines().Count);
    }

    [Fact]
    public async Task No_capacity_leaves_the_cluster_as_it_is()
    {
        await _lab.CreateHealthyAsync(2, "us-east-1");
        _lab.Cloud.Region("us-east-1").SetCapacity("*", "*", 0);
        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.ResizeAsync(4));
        Assert.Equal(SpotErrorIds.ClusterNotLaunched, refused.ErrorId);
        Assert.Equal(2, _lab.Machines().Count);

        // The number is kept, so that a later repair goes on.
        _lab.Cloud.Region("us-east-1").SetCapacity("*", "*", 100);
        await _lab.PassAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(4, (await _lab.ResizeAsync()).Cluster.Running);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_resize_that_was_killed_is_finished_without_a_double(int killedAt)
    {
        await _lab.CreateHealthyAsync(4, "us-east-1", "eu-west-1");
        var killer = new Killer(killedAt);
        await Assert.ThrowsAnyAsync<Exception>(() => _lab.ResizeAsync(8, killer));
        var (_, cluster, _) = await _lab.ResizeAsync(8);
        Assert.Equal((8, 8), (cluster.Running, cluster.Wanted));
        Assert.Equal(8, _lab.Machines().Count);
    }

    [Fact]
    public async Task A_maintained_cluster_is_kept_by_AWS_itself_and_removal_knows_it()
    {
        await _lab.CreateAsync(NodeLab.Request(4, "us-east-1", "eu-west-1") with { Maintain = true });
        Assert.Equal(4, (await _lab.WaitAsync(WaitCondition.Healthy)).Count);
        _lab.Cloud.Interrupt(_lab.Machines()[0].Id);
        await _lab.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(4, _lab.Machines().Count);

        var (plan, _, _) = await _lab.ResizeAsync(6);
        Assert.True(plan.IsMaintained);
        await _lab.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(6, _lab.Machines().Count);
        await _lab.ResizeAsync(3);
        await _lab.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(3, _lab.Machines().Count);

        Assert.True((await _lab.RemoveAsync()).Proven);
        await _lab.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_lab.Machines());
        Assert.Empty(_lab.Orchestrator.Nodes);
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task A_rebalance_recommendation_launches_the_replacement_before_the_instance_ends()
    {
        await _lab.CreateAsync(NodeLab.Request(2, "us-east-1") with { Maintain = true });
        Assert.Equal(2, (await _lab.WaitAsync(WaitCondition.Healthy)).Count);
        var before = _lab.Machines().Select(machine => machine.Id).ToList();
        _lab.Cloud.RecommendRebalance(before[0]);
        await _lab.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(3, _lab.Machines().Count);
        await _lab.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(2, _lab.Machines().Count);
        Assert.DoesNotContain(_lab.Machines(), machine => machine.Id == before[0]);
        Assert.Contains(_lab.Machines(), machine => machine.Id == before[1]);
        await _lab.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(2, _lab.Machines().Count);

        // Without capacity for a replacement nothing ends.
        _lab.Cloud.Region("us-east-1").SetCapacity("*", "*", 0);
        _lab.Cloud.RecommendRebalance(before[1]);
        await _lab.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Contains(_lab.Machines(), machine => machine.Id == before[1]);
        Assert.True((await _lab.RemoveAsync()).Proven);
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task Without_Maintain_no_fleet_rebalances()
    {
        await _lab.CreateHealthyAsync(2, "us-east-1");
        Assert.DoesNotContain(_lab.Cloud.Calls.Of("CreateFleet"), call => call.Parameters.Keys.Any(key => key.Contains("CapacityRebalance", StringComparison.Ordinal)));
        _lab.Cloud.RecommendRebalance(_lab.Machines()[0].Id);
        await _lab.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(2, _lab.Machines().Count);
    }

    /// <summary>The measure of the whole: three tenths of a wide cluster are lost while calls are throttled.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_wide_cluster_comes_back_to_its_number_under_throttling(int seed)
    {
        using var lab = new NodeLab(
            new SimulatedOrchestratorOptions { Token = NodeLab.Token }, new SimulatorOptions { Seed = seed, Latency = TimeSpan.FromMilliseconds(100) });
        var machines = await lab.CreateHealthyAsync(60, "us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2");
        var chance = new Random(seed);
        var lost = machines.Select(machine => machine.Id).Order(StringComparer.Ordinal).OrderBy(_ => chance.Next()).Take(18).ToHashSet(StringComparer.Ordinal);
        foreach (var id in lost)
        {
            lab.Cloud.Interrupt(id);
        }

        await lab.PassAsync(TimeSpan.FromMinutes(4));
        lab.Cloud.Faults.Add(new FaultRule { Action = FaultAction.Throttle, Probability = 0.3, Service = "ec2" });
        var (plan, cluster, _) = await lab.ResizeAsync();
        Assert.Equal((42, 60, 18), (plan.Running, plan.Wanted, plan.Launch));
        Assert.NotNull(plan.HourlyPriceBefore);
        Assert.NotNull(plan.HourlyPriceAfter);
        Assert.Equal(60, cluster.Running);
        Assert.NotNull(cluster.HourlyPrice);
        Assert.Equal(60, lab.Machines().Count);
        Assert.DoesNotContain(lab.Machines(), machine => lost.Contains(machine.Id));
        Assert.DoesNotContain(lab.Orchestrator.Nodes, node => lost.Contains(node.Id));
        Assert.Equal([15, 15, 15, 15], cluster.Regions.Select(region => region.Running));
        Assert.Empty(lab.Host.Errors);
        Assert.True((await lab.ResizeAsync()).Plan.Launch == 0);
    }

    private List<string> Vpcs() =>
        [.. _lab.Cloud.AllLive(NodeLabKey).Where(resource => resource.Kind is "vpc" or "subnet" or "launch-template").Select(resource => resource.Id).Order(StringComparer.Ordinal)];

    private const string NodeLabKey = "bacalhau-cluster";

    /// <summary>Ends the process, as far as the engine can tell, at the n-th changing call.</summary>
    private sealed class Killer(int at) : ICallObserver
    {
        private int _changes;

        public void Sending(CallRecord call)
        {
            if (call.Changes && Interlocked.Increment(ref _changes) >= at)
            {
                throw new InvalidOperationException("killed");
            }
        }

        public void Answered(CallRecord call)
        {
        }
    }
}
