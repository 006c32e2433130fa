using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>The original's backend lists instances that must live; the agent finds out what they are, and fails closed when it cannot.</summary>
public sealed class OriginalBackendTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_promoted_replica_that_is_listed_for_termination_is_the_live_primary(bool isOnOldPrimary)
    {
        using var lab = new AgentLab();
        var (old, replica) = (lab.Add(), lab.Add());
        lab.Backend.Primary = replica;
        lab.Backend.Hand(replica);
        lab.Options = lab.Options with { InstanceId = isOnOldPrimary ? old : null };
        var pass = await lab.PassAsync();
        Assert.Equal("running", lab.StateOf(replica));
        Assert.Equal(0, lab.Terminations);
        if (isOnOldPrimary)
        {
            Assert.Contains("replaced", pass.Idle, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("PrimaryInstance", Assert.Single(pass.Removals).Code);
            Assert.False((bool)Assert.Single(lab.Backend.Reports)["success"]!);
        }
    }

    [Fact]
    public async Task A_primary_of_another_agent_or_by_the_list_of_instances_alone_is_a_primary()
    {
        using var lab = new AgentLab();
        var (other, alone, zombie) = (lab.Add(), lab.Add(), lab.Add());
        lab.Backend.Hand(other, alone, zombie);
        lab.Backend.Agents = () => ScriptedBackend.Json($$"""
            [{"id":"agent-1","instanceId":null,"enabled":1,"autoTerminateEnabled":1},{"id":"agent-2","instanceId":"{{other}}","enabled":1,"autoTerminateEnabled":0}]
            """);
        lab.Backend.Instances = () => ScriptedBackend.Json($$"""
            [{"id":"{{other}}","instanceStatus":"terminated"},{"id":"{{alone}}","instanceStatus":"running_primary"},{"id":"{{zombie}}","instanceStatus":"zombie"}]
            """);
        var pass = await lab.PassAsync();
        Assert.Equal(2, pass.Removals.Count(removal => removal.Code == "PrimaryInstance"));
        Assert.Equal(("running", "running", "terminated"), (lab.StateOf(other), lab.StateOf(alone), lab.StateOf(zombie)));
    }

    [Fact]
    public async Task A_zombie_of_another_client_in_the_same_region_is_refused()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        lab.Backend.Zombies.Clear();
        Assert.Equal("ForeignClient", Assert.Single((await lab.PassAsync()).Removals).Code);
        Assert.Equal("running", lab.StateOf(id));
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("agents")]
    [InlineData("instances")]
    public async Task Without_a_way_to_know_the_primary_everything_is_refused_and_reported(string missing)
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        Forget(lab, missing, () => ScriptedBackend.Html(404));
        var pass = await lab.PassAsync();
        Assert.Equal((SpotRemovalOutcome.Skipped, "PrimaryUnknown"), pass.Removals.Select(removal => (removal.Outcome, removal.Code)).Single());
        Assert.Equal(SpotErrorIds.TerminationRefused, Assert.Single(lab.Errors).ErrorId);
        Assert.False((bool)Assert.Single(lab.Backend.Reports)["success"]!);
        Assert.Equal("running", lab.StateOf(id));

        // Somebody who names the risk gets what he asks for.
        lab.Options = lab.Options with { AllowUnknownPrimary = true };
        await lab.PassAsync();
        Assert.Equal("terminated", lab.StateOf(id));
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("agents")]
    [InlineData("instances")]
    public async Task A_failure_to_tell_the_primary_ends_the_pass_even_with_the_flag(string failing)
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        lab.Options = lab.Options with { AllowUnknownPrimary = true };
        foreach (var answer in new Func<HttpResponseMessage>[]
            { () => ScriptedBackend.Json("""{"error":"x"}""", 500), () => ScriptedBackend.Html(200), () => ScriptedBackend.Json("{}"), () => throw new HttpRequestException("down") })
        {
            Forget(lab, failing, answer);
            await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync());
        }

        Assert.Equal("running", lab.StateOf(id));
        Assert.Equal(0, lab.Terminations);
    }

    [Fact]
    public async Task A_primary_that_changes_after_the_list_was_made_is_seen_before_the_call()
    {
        using var lab = new AgentLab();
        var (first, second) = (lab.Add(), lab.Add());
        lab.Backend.Hand(first, second);
        lab.Backend.Report = _ =>
        {
            lab.Backend.Primary = second;
            return ScriptedBackend.Json("""{"success":true}""");
        };

        // The first is gone by EC2's word when its end is reported; the second was promoted by then.
        lab.Cloud.Region(AgentLab.Region).Call("TerminateInstances", ("InstanceId.1", first));
        ((Simulator.SimulatedClock)lab.Cloud.Clock).Advance(TimeSpan.FromMinutes(5));
        await lab.PassAsync();
        Assert.Equal("running", lab.StateOf(second));
    }

    [Fact]
    public async Task An_agent_that_was_deleted_or_switched_off_terminates_nothing()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        lab.Backend.Agents = () => ScriptedBackend.Json("[]");
        Assert.Equal(SpotErrorIds.AgentNotFound, (await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync())).ErrorId);
        lab.Backend.Agents = () => ScriptedBackend.Json("""[{"id":"agent-1","enabled":1,"autoTerminateEnabled":0}]""");
        Assert.NotNull((await lab.PassAsync()).Idle);
        lab.Backend.Agents = () => ScriptedBackend.Json("""[{"id":"agent-1","enabled":0,"autoTerminateEnabled":1}]""");
        Assert.NotNull((await lab.PassAsync()).Idle);
        Assert.Equal("running", lab.StateOf(id));
    }

    [Theory]
    [InlineData("agent-1", null)]
    [InlineData(null, "web-1")]
    public async Task A_look_changes_nothing_at_the_backend(string? id, string? name)
    {
        using var lab = new AgentLab();
        var own = lab.Add();
        var zombie = lab.Add();
        lab.Backend.Primary = own;
        lab.Backend.Hand(zombie, "i-0123456789abcdef0");
        using var metadata = lab.Cloud.CreateMetadataHandler(own);
        lab.Options = lab.Options with { AgentId = id, LogicalAgentId = name, MetadataTransport = metadata };
        var pass = await lab.PassAsync(new PassScope { WhatIf = true });
        Assert.Equal("agent-1", pass.AgentId);
        Assert.Equal(2, pass.Found);
        Assert.All(lab.Backend.Requests, request => Assert.Equal(HttpMethod.Get, request.Method));
        Assert.Equal(0, lab.Terminations);

        lab.Options = lab.Options with { AgentId = null, LogicalAgentId = "nobody" };
        Assert.Equal(
            SpotErrorIds.AgentNotFound,
            (await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync(new PassScope { WhatIf = true }))).ErrorId);
        Assert.All(lab.Backend.Requests, request => Assert.Equal(HttpMethod.Get, request.Method));
    }

    [Fact]
    public async Task An_instance_that_ec2_does_not_list_is_not_registered()
    {
        using var lab = new AgentLab();
        lab.Options = lab.Options with { AgentId = null, LogicalAgentId = "web-1", InstanceId = "i-0123456789abcdef0" };
        Assert.Equal(SpotErrorIds.AgentScopeMismatch, (await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync())).ErrorId);
        Assert.Empty(lab.Backend.Others);
    }

    [Fact]
    public async Task Heartbeats_say_nothing_that_would_replace_what_the_original_has()
    {
        using var lab = new AgentLab();
        var own = lab.Add();
        using var metadata = lab.Cloud.CreateMetadataHandler(own);
        lab.Options = lab.Options with { MetadataTransport = metadata };
        using var agent = lab.Open();
        await agent.RegisterAsync(CancellationToken.None);
        await agent.HeartbeatAsync(CancellationToken.None);
        var (path, body) = Assert.Single(lab.Backend.Others);
        Assert.Equal("/api/agents/agent-1/heartbeat", path);
        Assert.Equal(["agent_version", "instance_id", "status"], body.Properties().Select(property => property.Name).Order());
        Assert.Equal("4.1.0", (string)body["agent_version"]!);
    }

    [Fact]
    public async Task The_policy_of_the_guide_is_enough()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        lab.Cloud.Faults.Add(new Simulator.Faults.FaultRule
        {
            Operation = "DescribeInstanceAttribute",
            Code = "UnauthorizedOperation",
        });
        await lab.PassAsync();
        Assert.Equal("terminated", lab.StateOf(id));
        Assert.Contains(lab.Log, entry => entry.Level == AgentLogLevel.Warning && entry.Event == "protection_unknown");
    }

    private static void Forget(AgentLab lab, string what, Func<HttpResponseMessage> answer)
    {
        switch (what)
        {
            case "validate":
                lab.Backend.Owner = answer;
                break;
            case "agents":
                lab.Backend.Agents = answer;
                break;
            default:
                lab.Backend.Instances = answer;
                break;
        }
    }
}
