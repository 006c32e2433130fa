using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator.Bacalhau;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

public sealed class HealthTests : IDisposable
{
    private readonly NodeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_cluster_goes_from_new_to_healthy()
    {
        await _lab.CreateAsync(NodeLab.Request(6, "us-east-1", "eu-west-1"));
        Assert.All(await _lab.ListAsync(), machine => Assert.Equal(SpotHealth.Joining, machine.Health));
        var cluster = await _lab.ClusterAsync();
        Assert.Equal((0, SpotHealth.Joining), (cluster.Healthy, cluster.Health));

        var healthy = await _lab.WaitAsync(WaitCondition.Healthy);
        Assert.Equal(6, healthy.Count);
        cluster = await _lab.ClusterAsync();
        Assert.Equal((6, SpotHealth.Healthy), (cluster.Healthy, cluster.Health));
        Assert.All(cluster.Regions, region => Assert.Equal(3, region.Healthy));
        Assert.All(await _lab.ListAsync(), machine =>
        {
            Assert.Equal((SpotHealth.Healthy, null), (machine.Health, machine.HealthReason));
            Assert.Equal(machine.Id, machine.Node!.Id);
            Assert.Equal(("demo", machine.Region, machine.Zone, machine.InstanceType), (machine.Node.Labels["cluster"], machine.Node.Labels["region"], machine.Node.Labels["zone"], machine.Node.Labels["type"]));
            Assert.InRange(machine.Node.HeartbeatAge!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(16));
        });
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task Without_an_orchestrator_nothing_is_asked_and_health_says_so()
    {
        _lab.Settings = new SpotSettings();
        await _lab.CreateAsync(NodeLab.Request(1, "us-east-1"));
        Assert.Equal(SpotHealth.NotConfigured, Assert.Single(await _lab.ListAsync()).Health);
        var cluster = await _lab.ClusterAsync();
        Assert.Equal((null, SpotHealth.NotConfigured), (cluster.Healthy, cluster.Health));
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Service == "bacalhau");
        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.WaitAsync(WaitCondition.Healthy));
        Assert.Equal(SpotErrorIds.OrchestratorNotConfigured, refused.ErrorId);
    }

    [Fact]
    public async Task Machines_without_Bacalhau_are_no_nodes_and_not_waited_for()
    {
        var url = _lab.Settings.OrchestratorUrl;
        _lab.Settings = new SpotSettings { OrchestratorUrl = url };
        await _lab.CreateAsync(NodeLab.Request(1, "us-east-1"));
        Assert.Empty(await _lab.WaitAsync(WaitCondition.Healthy));
        Assert.Contains("without Bacalhau", Assert.Single(_lab.Host.Errors).Message, StringComparison.Ordinal);
        Assert.Equal(SpotHealth.NotAsked, Assert.Single(await _lab.ListAsync()).Health);
        Assert.Null((await _lab.ClusterAsync()).Healthy);
    }

    [Fact]
    public async Task Each_trouble_of_a_node_is_named()
    {
        var ids = (await _lab.CreateHealthyAsync(5, "us-east-1")).Select(machine => machine.Id).Order(StringComparer.Ordinal).ToList();
        _lab.Orchestrator.Cut(ids[0]);
        _lab.Orchestrator.SetApproval(ids[1], "PENDING");
        _lab.Orchestrator.SetApproval(ids[2], "REJECTED");
        _lab.Orchestrator.SetEngines(ids[3], "wasm");
        await _lab.PassAsync(TimeSpan.FromMinutes(2));
        var machines = await _lab.ListAsync();
        Assert.Equal(
            [SpotHealth.Unhealthy, SpotHealth.Unhealthy, SpotHealth.Unhealthy, SpotHealth.Unhealthy, SpotHealth.Healthy], machines.Select(machine => machine.Health));
        Assert.StartsWith("disconnected, last heartbeat 1", machines[0].HealthReason, StringComparison.Ordinal);
        Assert.Contains("approval", machines[1].HealthReason, StringComparison.Ordinal);
        Assert.Contains("rejected", machines[2].HealthReason, StringComparison.Ordinal);
        Assert.Contains("Docker", machines[3].HealthReason, StringComparison.Ordinal);
        var cluster = await _lab.ClusterAsync();
        Assert.Equal((1, SpotHealth.Unhealthy), (cluster.Healthy, cluster.Health));
        Assert.Contains($"{ids[0]}: disconnected", Assert.Single(cluster.Regions).Trouble, StringComparison.Ordinal);
        Assert.EndsWith("and 3 more", cluster.Regions[0].Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_whose_node_never_joins_is_unhealthy_after_a_while()
    {
        await _lab.CreateAsync(NodeLab.Request(1, "us-east-1") with { Node = new Engine.Bacalhau.NodeRequest { Token = "another" } });
        await _lab.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(SpotHealth.Joining, Assert.Single(await _lab.ListAsync()).Health);
        await _lab.PassAsync(TimeSpan.FromMinutes(10));
        var machine = Assert.Single(await _lab.ListAsync());
        Assert.Equal(SpotHealth.Unhealthy, machine.Health);
        Assert.Contains("no node joined", machine.HealthReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_orchestrator_that_does_not_answer_is_one_error_and_no_verdict()
    {
        await _lab.CreateHealthyAsync(3, "us-east-1");
        _lab.Cloud.Faults.Add(new FaultRule { Service = "bacalhau", Action = FaultAction.Http, Status = 503 });
        Assert.All(await _lab.ListAsync(), machine => Assert.Equal(SpotHealth.Unknown, machine.Health));
        Assert.Equal(SpotErrorIds.OrchestratorFailed, Assert.Single(_lab.Host.Errors).ErrorId);
        var cluster = await _lab.ClusterAsync();
        Assert.Equal((3, null, SpotHealth.Unknown), (cluster.Running, cluster.Healthy, cluster.Health));
    }

    [Fact]
    public async Task The_old_version_of_the_API_gives_the_same_verdicts()
    {
        using var lab = new NodeLab(new SimulatedOrchestratorOptions { Version = "v1.5.2", Token = NodeLab.Token });
        var ids = (await lab.CreateHealthyAsync(2, "us-east-1")).Select(machine => machine.Id).Order(StringComparer.Ordinal).ToList();
        lab.Orchestrator.Cut(ids[0]);
        await lab.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal([SpotHealth.Unhealthy, SpotHealth.Healthy], (await lab.ListAsync()).Select(machine => machine.Health));
    }

    [Fact]
    public async Task Who_waits_in_vain_learns_why()
    {
        using var lab = new NodeLab(new SimulatedOrchestratorOptions { ManualApproval = true });
        await lab.CreateAsync(NodeLab.Request(1, "us-east-1"));
        Assert.Empty(await lab.WaitAsync(WaitCondition.Healthy, TimeSpan.FromMinutes(5)));
        var late = Assert.Single(lab.Host.Errors);
        Assert.Equal(SpotErrorIds.WaitTimedOut, late.ErrorId);
        Assert.Contains("waiting for approval", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_tells_what_is_there_and_each_change()
    {
        await _lab.CreateAsync(NodeLab.Request(2, "us-east-1"));
        using var engine = _lab.Open();
        var changes = new List<SpotChange>();
        string? victim = null;
        await foreach (var change in engine.Clusters.WatchAsync(new ClusterQuery { Names = ["demo"] }, TimeSpan.FromSeconds(15), _lab.Host, CancellationToken.None))
        {
            changes.Add(change);
            if (victim is null && changes.Count(seen => seen.To == "Healthy") == 2)
            {
                victim = change.InstanceId;
                _lab.Cloud.Interrupt(victim);
            }

            if (change is { Kind: SpotChangeKind.State, To: "Terminated" })
            {
                break;
            }
        }

        Assert.Equal([SpotChangeKind.Seen, SpotChangeKind.Seen], changes.Take(2).Select(change => change.Kind));
        Assert.Contains(changes, change => change.InstanceId == victim && change is { Kind: SpotChangeKind.Health, From: "Healthy", To: "Unhealthy" });
        var last = changes[^1];
        Assert.Equal((victim, "Server.SpotInstanceTermination"), (last.InstanceId, last.Reason!.Split(':')[0]));
        Assert.All(changes, change => Assert.Equal("demo", change.ClusterName));
    }
}
