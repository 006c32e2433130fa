using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

public sealed class OrphanNodeTests : IDisposable
{
    private readonly NodeLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Removing_a_cluster_deletes_its_nodes_and_older_ghosts_and_nobody_elses()
    {
        var ids = (await _lab.CreateHealthyAsync(3, "us-east-1")).Select(machine => machine.Id).ToList();
        _lab.Cloud.Interrupt(ids[0]);
        await _lab.PassAsync(TimeSpan.FromMinutes(30));
        var labels = _lab.Orchestrator.Nodes.Single(node => node.Id == ids[1]).Labels;
        var foreign = new (string Id, string Key, string Value)[]
        {
            ("i-0f000000000000001", "cluster", "other"), ("i-0f000000000000002", "account", "999999999999"), ("i-0f000000000000003", "tag", "another-team"),
        };
        foreach (var (id, key, value) in foreign)
        {
            _lab.Orchestrator.AddNode(id, new Dictionary<string, string>(labels) { ["instance"] = id, [key] = value }, isConnected: false);
        }

        _lab.Orchestrator.AddNode(ids[1] + "0", new Dictionary<string, string> { ["cluster"] = "demo" }, isConnected: false);
        Assert.True((await _lab.RemoveAsync()).Proven);
        Assert.Equal(
            foreign.Select(node => node.Id).Append(ids[1] + "0").Order(StringComparer.Ordinal), _lab.Orchestrator.Nodes.Select(node => node.Id).Order(StringComparer.Ordinal));
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task A_node_is_deleted_after_its_machine_has_ended()
    {
        await _lab.CreateHealthyAsync(2, "us-east-1");
        await _lab.RemoveAsync();
        var calls = _lab.Cloud.Calls.Calls.ToList();
        var terminated = calls.FindLastIndex(call => call.Operation == "TerminateInstances");
        Assert.InRange(calls.FindIndex(call => call.Operation == "UpdateNode"), terminated + 1, calls.Count);
        await _lab.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_lab.Orchestrator.Nodes);
    }

    [Fact]
    public async Task Removing_one_machine_deletes_its_node_only()
    {
        var machines = await _lab.CreateHealthyAsync(3, "us-east-1");
        using var engine = _lab.Open();
        var told = new List<SpotRemoval>();
        await engine.Removal.RemoveInstancesAsync([new InstanceKey(machines[0].Id, "us-east-1")], told.Add, _lab.Host, CancellationToken.None);
        Assert.Equal(["instance", "node"], told.Select(removal => removal.Type));
        Assert.Equal(2, _lab.Orchestrator.Nodes.Count);
        Assert.DoesNotContain(_lab.Orchestrator.Nodes, node => node.Id == machines[0].Id);
    }

    [Fact]
    public async Task The_removal_of_everything_deletes_every_node_of_ours()
    {
        await _lab.CreateHealthyAsync(2, "us-east-1");
        _lab.Orchestrator.AddNode("i-0f000000000000009", new Dictionary<string, string> { ["instance"] = "i-0f000000000000009" }, isConnected: false);
        using var engine = _lab.Open();
        var proof = await engine.Removal.RemoveAsync(new RemovalScope(), _ => { }, _lab.Host, CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.Equal(["i-0f000000000000009"], _lab.Orchestrator.Nodes.Select(node => node.Id));
    }

    [Theory]
    [InlineData("UpdateNode")]
    [InlineData("ListNodes")]
    public async Task A_ghost_that_cannot_be_deleted_is_an_error_and_the_next_run_deletes_it(string operation)
    {
        await _lab.CreateHealthyAsync(2, "us-east-1");
        var rule = new FaultRule { Service = "bacalhau", Operation = operation, Action = FaultAction.Http, Status = 403 };
        _lab.Cloud.Faults.Add(rule);
        Assert.True((await _lab.RemoveAsync()).Proven);
        Assert.Equal(operation == "UpdateNode" ? 2 : 1, _lab.Host.Errors.Count);
        Assert.All(_lab.Host.Errors, error => Assert.Equal(SpotErrorIds.GhostNotRemoved, error.ErrorId));
        Assert.Equal(2, _lab.Orchestrator.Nodes.Count);

        _lab.Cloud.Faults.Remove(rule);
        await _lab.PassAsync(TimeSpan.FromMinutes(2));
        await _lab.RemoveAsync();
        Assert.Empty(_lab.Orchestrator.Nodes);
    }

    [Fact]
    public async Task The_token_is_in_no_message_and_no_answer()
    {
        await _lab.CreateHealthyAsync(2, "us-east-1");
        using var engine = _lab.Open();
        var shown = engine.GetUserData(NodeLab.Request(2, "us-east-1"));
        Assert.DoesNotContain(NodeLab.Token, shown.Text, StringComparison.Ordinal);
        Assert.Contains("********", shown.Text, StringComparison.Ordinal);
        await _lab.RemoveAsync();
        Assert.DoesNotContain(_lab.Host.Messages.Concat(_lab.Host.Warnings).Concat(_lab.Host.Errors.Select(error => error.ToString())), line => line.Contains(NodeLab.Token, StringComparison.Ordinal));
    }
}
