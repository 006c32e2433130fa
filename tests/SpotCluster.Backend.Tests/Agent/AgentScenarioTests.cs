using SpotCluster.Backend.Tests.Support;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Backend.Tests.Agent;

/// <summary>The three scenarios of the seed, from the agent's side: real agent, real backend over HTTP, simulated EC2.</summary>
public abstract class AgentScenarioTests(BackendFixture fixture) : BackendTests(fixture)
{
    [Fact]
    public async Task Scenario_1_a_disabled_manual_replica_is_terminated_in_EC2()
    {
        await using var world = new AgentWorld(await StartAsync());
        var (primary, replica) = (world.AddMachine(), world.AddMachine());
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        var agent = await world.Backend.EnrollAsync(primary: primary);
        await agent.RetireAsync(replica);

        var pass = await world.PassAsync(agent);

        Assert.Equal([(replica, SpotRemovalOutcome.Removed)], pass.Removals.Select(removal => (removal.Id, removal.Outcome)));
        Assert.Equal("terminated", world.StateOf(replica));
        Assert.Equal("running", world.StateOf(primary));
        Assert.Equal("terminated", await world.BackendStateAsync(replica));
        Assert.Equal(0, pass.Pending);
        var done = (await agent.Api.GetAsync($"{agent.Path}/events?type=instance_terminated")).Items().Single();
        Assert.Equal("terminated", done.GetProperty("metadata").GetProperty("outcome").GetString());
        Assert.Equal(
            [
                "Cleanup: Checking for instances to terminate...",
                "Cleanup: Found 1 instances to terminate",
                $"Cleanup: Terminating {replica} (reason: replica_terminated)",
                $"Terminating instance {replica} (reason: replica_terminated)",
                $"Instance {replica} state changed to: shutting-down",
                $"Cleanup: ✓ Successfully terminated {replica}",
            ],
            world.Log.Lines);
        Assert.Equal(1, world.Terminations(replica));

        Assert.Equal(0, (await world.PassAsync(agent)).Found);
        Assert.Equal(1, world.Terminations(replica));
    }

    [Fact]
    public async Task Scenario_2_the_old_primary_is_terminated_after_the_wait_and_a_refusal_of_EC2_is_retried()
    {
        await using var world = new AgentWorld(await StartAsync());
        var (primary, replica) = (world.AddMachine(), world.AddMachine());
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        var agent = await world.Backend.EnrollAsync(primary: primary);
        (await agent.PromoteAsync(await agent.ReadyReplicaAsync(replica))).Is(200);

        Assert.Equal(0, (await world.PassAsync(agent)).Found);
        world.Backend.Clock.Advance(TimeSpan.FromSeconds(300));
        world.Cloud.Deny("TerminateInstances");
        var failed = await world.PassAsync(agent);
        Assert.Equal(SpotRemovalOutcome.Failed, Assert.Single(failed.Removals).Outcome);
        Assert.Equal("UnauthorizedOperation", Assert.Single(world.Errors).ServiceCode);
        Assert.Contains($"Cleanup: ✗ Failed to terminate {primary}: UnauthorizedOperation: IAM permissions insufficient to terminate instance {primary}", world.Log.Lines);
        Assert.Equal("running", world.StateOf(primary));
        var pending = (await world.Backend.Admin.GetAsync("/api/admin/terminations")).Items().Single();
        Assert.Equal("retrying", pending.GetProperty("status").GetString());

        // Only a person can give the permission back, so the backend waits an hour.
        world.Cloud.Deny("TerminateInstances", denied: false);
        Assert.Equal(0, (await world.PassAsync(agent)).Found);
        world.Backend.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(SpotRemovalOutcome.Removed, Assert.Single((await world.PassAsync(agent)).Removals).Outcome);
        Assert.Equal("terminated", world.StateOf(primary));
        Assert.Equal("running", world.StateOf(replica));
        Assert.Equal("terminated", await world.BackendStateAsync(primary));
        Assert.Equal("running_primary", await world.BackendStateAsync(replica));
    }

    [Fact]
    public async Task Scenario_3_nothing_is_terminated_while_auto_terminate_is_off_here_or_there()
    {
        await using var world = new AgentWorld(await StartAsync());
        var (primary, replica) = (world.AddMachine(), world.AddMachine());
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        var agent = await world.Backend.EnrollAsync(primary: primary);
        await agent.RetireAsync(replica);
        (await agent.ConfigAsync(new { autoTerminateEnabled = false })).Is(200);

        Assert.Contains("at the backend", (await world.PassAsync(agent)).Idle, StringComparison.Ordinal);
        Assert.Equal("running", world.StateOf(replica));

        (await agent.ConfigAsync(new { autoTerminateEnabled = true })).Is(200);
        Assert.Contains("AUTO_TERMINATE_ENABLED", (await world.PassAsync(agent, options => options with { AutoTerminateEnabled = () => false })).Idle, StringComparison.Ordinal);
        Assert.Equal("running", world.StateOf(replica));
        Assert.Equal(0, await world.Backend.QueryAsync<int>("SELECT COUNT(*) FROM sc_claims"));

        // Switched off between the claim and the call: nothing is terminated, and the claim lapses.
        var asked = 0;
        var late = await world.PassAsync(agent, options => options with { AutoTerminateEnabled = () => ++asked < 2 });
        Assert.Equal(SpotRemovalOutcome.Skipped, Assert.Single(late.Removals).Outcome);
        Assert.Equal("running", world.StateOf(replica));
        Assert.Equal(0, world.Terminations(replica));

        world.Backend.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(SpotRemovalOutcome.Removed, Assert.Single((await world.PassAsync(agent)).Removals).Outcome);
    }

    [Fact]
    public async Task The_guide_s_first_scenario_from_enabling_manual_mode_to_terminated()
    {
        await using var world = new AgentWorld(await StartAsync());
        var (agent, primary, replica) = await WithReplicaAsync(world);
        (await agent.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        Assert.Contains(
            "TERMINATED 1 active replicas",
            (await agent.Api.GetAsync($"{agent.Path}/events?type=replicas_disabled")).Items().Single().GetProperty("message").GetString(), StringComparison.Ordinal);
        await world.PassAsync(agent);
        Assert.Contains($"Terminating instance {replica} (reason: replica_terminated)", world.Log.Lines);
        Assert.Contains($"Cleanup: Terminating {replica} (reason: replica_terminated)", world.Log.Lines);
        Assert.Equal(("terminated", "running"), (world.StateOf(replica), world.StateOf(primary)));
        Assert.Equal("terminated", await world.BackendStateAsync(replica));
        Assert.Single(world.Cloud.Calls.Calls, call => call.Operation == "RunInstances");
        Assert.Empty(world.Errors);
    }

    [Fact]
    public async Task The_guide_s_second_scenario_from_enabling_manual_mode_to_the_end_of_the_old_primary()
    {
        await using var world = new AgentWorld(await StartAsync());
        var (agent, primary, replica) = await WithReplicaAsync(world);
        (await agent.PromoteAsync(await agent.ReplicaAsync("ready"))).Is(200);
        await world.PassAsync(agent);
        Assert.Equal("running", world.StateOf(primary));
        world.Backend.Clock.Advance(TimeSpan.FromSeconds(300));
        await world.PassAsync(agent);
        Assert.Equal(("terminated", "running"), (world.StateOf(primary), world.StateOf(replica)));
        Assert.Equal("terminated", await world.BackendStateAsync(primary));
        Assert.Equal("running_primary", await world.BackendStateAsync(replica));

        // Manual mode keeps a replica beside the new primary, too.
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.PassAsync(agent);
        await agent.ReplicaAsync("ready");
    }

    [Fact]
    public async Task A_launch_whose_answer_or_report_was_lost_gives_one_instance_and_none_that_nobody_knows()
    {
        await using var world = new AgentWorld(await StartAsync());
        var primary = world.AddMachine();
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        var agent = await world.Backend.EnrollAsync(primary: primary);
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        world.Cloud.Faults.Add(new Simulator.Faults.FaultRule { Operation = "RunInstances", Action = Simulator.Faults.FaultAction.ResetAfter });
        await Record.ExceptionAsync(() => world.PassAsync(agent));
        world.Cloud.Faults.Clear();
        var launched = Assert.Single(world.Cloud.Region(AgentWorld.Region).Instances, machine => machine.Id != primary).Id;

        // Nobody wants the replica any more by the time that the agent is back.
        (await agent.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.PassAsync(agent);
        Assert.Equal("retired", await world.BackendStateAsync(launched));
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.PassAsync(agent);
        Assert.Equal(("terminated", "running"), (world.StateOf(launched), world.StateOf(primary)));
        Assert.Equal(2, world.Cloud.Region(AgentWorld.Region).Instances.Count);
    }

    [Fact]
    public async Task A_launch_that_ec2_refuses_is_reported_with_its_code()
    {
        await using var world = new AgentWorld(await StartAsync());
        var primary = world.AddMachine();
        var agent = await world.Backend.EnrollAsync(primary: primary);
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        world.Cloud.Deny("RunInstances");
        await world.PassAsync(agent);
        var failed = (await world.Backend.Admin.GetAsync($"{agent.Path}/replicas?status=failed&include_terminated=true")).Items("replicas").Single();
        Assert.StartsWith("UnauthorizedOperation", failed.GetProperty("error_message").GetString(), StringComparison.Ordinal);
        Assert.Equal("UnauthorizedOperation", Assert.Single(world.Errors).ServiceCode);
    }

    [Theory]
    [InlineData("DescribeInstances")]
    [InlineData("DescribeInstanceAttribute")]
    public async Task A_fault_of_EC2_gives_every_claim_back_and_no_machine_up(string operation)
    {
        await using var world = new AgentWorld(await StartAsync());
        var machines = Enumerable.Range(0, 4).Select(_ => world.AddMachine()).ToArray();
        var agent = await world.Backend.EnrollAsync(primary: world.AddMachine());
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        foreach (var machine in machines)
        {
            await agent.RetireAsync(machine);
        }

        world.Cloud.Faults.Add(new Simulator.Faults.FaultRule { Operation = operation, Action = Simulator.Faults.FaultAction.Error, Code = "InternalError", Status = 500 });
        for (var pass = 1; pass <= 12; pass++)
        {
            await Assert.ThrowsAsync<SpotException>(() => world.PassAsync(agent));
            var open = (await world.Backend.Admin.GetAsync("/api/admin/terminations")).Items();
            Assert.All(open, item => Assert.Equal(("ready", 0), (item.GetProperty("status").GetString(), item.GetProperty("attempts").GetInt32())));
            world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        world.Cloud.Faults.Clear();
        await world.PassAsync(agent);
        Assert.All(machines, machine => Assert.Equal("terminated", world.StateOf(machine)));
    }

    private static async Task<(TestAgent Agent, string Primary, string Replica)> WithReplicaAsync(AgentWorld world)
    {
        var primary = world.AddMachine();
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        var agent = await world.Backend.EnrollAsync(primary: primary);
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        await world.PassAsync(agent);
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.PassAsync(agent);
        var ready = (await agent.Api.GetAsync($"{agent.Path}/replicas")).Items("replicas").Single();
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        return (agent, primary, ready.GetProperty("instance_id").GetString()!);
    }

    [Fact]
    public async Task Looking_claims_and_terminates_nothing_and_says_what_would_be()
    {
        await using var world = new AgentWorld(await StartAsync());
        var (primary, replica, untagged) = (world.AddMachine(), world.AddMachine(), world.AddMachine(tagged: false));
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        var agent = await world.Backend.EnrollAsync(primary: primary);
        await agent.RetireAsync(replica);
        await agent.RetireAsync(untagged);

        var look = await world.PassAsync(agent, scope: new() { WhatIf = true });
        Assert.Equal(
            new[] { (replica, SpotRemovalOutcome.Unknown), (untagged, SpotRemovalOutcome.Skipped) }.Order(),
            look.Removals.Select(removal => (removal.Id, removal.Outcome)).Order());
        Assert.Equal(0, await world.Backend.QueryAsync<int>("SELECT COUNT(*) FROM sc_claims"));
        Assert.DoesNotContain(world.Cloud.Calls.Calls, call => call.Operation == "TerminateInstances");

        // Only what was chosen is claimed.
        var one = await world.PassAsync(agent, scope: new() { Only = [replica] });
        Assert.Equal([replica], one.Removals.Select(removal => removal.Id));
        Assert.Equal(1, await world.Backend.QueryAsync<int>("SELECT COUNT(*) FROM sc_claims"));
        Assert.Equal("running", world.StateOf(untagged));
    }

    [Fact]
    public async Task A_machine_that_EC2_does_not_know_is_believed_gone_only_after_three_sightings()
    {
        await using var world = new AgentWorld(await StartAsync());
        var agent = await world.Backend.EnrollAsync(primary: world.AddMachine());
        await agent.RetireAsync(Other);
        for (var sighting = 1; sighting <= 3; sighting++)
        {
            Assert.Equal("InvalidInstanceID.NotFound", Assert.Single((await world.PassAsync(agent)).Removals).Code);
            Assert.Equal(sighting == 3 ? "terminated" : "retired", await world.BackendStateAsync(Other));
            world.Backend.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(0, (await world.PassAsync(agent)).Found);
        Assert.Equal(0, world.Terminations(Other));
    }
}
