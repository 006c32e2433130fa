using System.Text.Json;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The original agent against this backend: all of its workers, all of the guide's scenarios, and what it must never get.</summary>
public abstract class OriginalAgentTests(BackendFixture fixture) : BackendTests(fixture)
{
    private const string Third = "i-0000000000000000d";

    [Fact]
    public async Task Scenario_1_from_enabling_manual_mode_to_terminated()
    {
        await using var backend = await StartAsync();
        var enrolled = await backend.EnrollAsync();
        var (agent, _) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => null);
        (await enrolled.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        await agent.WorkAsync(Primary, _ => Replica);
        Assert.Equal("ready", (await enrolled.Api.GetAsync($"{enrolled.Path}/replicas")).Items("replicas").Single().GetProperty("status").GetString());

        var off = (await enrolled.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        Assert.False(off.Flag("manual_replica_enabled"));
        await agent.WorkAsync(Primary, Never);
        Assert.Equal([Replica], agent.Terminated);
        var gone = (await backend.Admin.GetAsync("/api/admin/terminations?state=terminated")).Items().Single();
        Assert.Equal((Replica, "replica_terminated"), (gone.GetProperty("instance_id").GetString(), gone.GetProperty("reason").GetString()));

        // The end stays the end.
        backend.Clock.Advance(TimeSpan.FromHours(1));
        await agent.WorkAsync(Primary, Never);
        Assert.Single(agent.Terminated);
    }

    [Fact]
    public async Task Scenario_2_a_promoted_replica_lives_and_the_old_primary_is_terminated_after_its_wait()
    {
        await using var backend = await StartAsync();
        var enrolled = await backend.EnrollAsync();
        var (agent, _) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => null);
        (await enrolled.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        await agent.WorkAsync(Primary, _ => Replica);
        (await enrolled.PromoteAsync(await enrolled.ReplicaAsync("ready"))).Is(200);

        // The agent on the new primary registers under the same name; the one on the old primary is told that it is none.
        var (next, _) = await OriginalAgent.RegisterAsync(enrolled, Replica, _ => null);
        var (_, reply) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => null);
        Assert.Equal("Instance is not primary, registration ignored", reply.GetProperty("message").GetString());
        await agent.HeartbeatAsync(Primary);
        await next.WorkAsync(Replica, _ => Third);
        Assert.Empty(next.Terminated);
        Assert.Equal(Replica, (await enrolled.Api.GetAsync(enrolled.Path)).Text("instance_id"));

        // The original's price reports and failed attempts began the wait anew.
        backend.Clock.Advance(TimeSpan.FromSeconds(299));
        await next.WorkAsync(Replica, Never);
        Assert.Empty(next.Terminated);
        backend.Clock.Advance(TimeSpan.FromSeconds(1));
        await next.WorkAsync(Replica, Never);
        Assert.Equal([Primary], next.Terminated);

        // What killed the live primary in the original: automatic switching on, and the agent deleted.
        (await enrolled.ConfigAsync(new { autoSwitchEnabled = true })).Is(200);
        backend.Clock.Advance(TimeSpan.FromHours(1));
        await next.WorkAsync(Replica, Never);
        Assert.Equal([Primary, Third], next.Terminated);
        (await backend.Admin.DeleteAsync($"/api/client/agents/{enrolled.Id}")).Is(200);
        await next.TerminateMarkedAsync();
        await next.PollEndedReplicasAsync();
        Assert.DoesNotContain(Replica, next.Terminated);
    }

    [Fact]
    public async Task Scenario_3_nothing_is_terminated_by_any_worker_while_auto_terminate_is_off()
    {
        await using var backend = await StartAsync();
        var enrolled = await backend.EnrollAsync();
        var (agent, _) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => null);
        (await enrolled.ConfigAsync(new { autoTerminateEnabled = false, manualReplicaEnabled = true })).Is(200);
        await agent.WorkAsync(Primary, _ => Replica);
        (await enrolled.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        for (var hour = 0; hour < 3; hour++)
        {
            await agent.WorkAsync(Primary, Never);
            backend.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Empty(agent.Terminated);
        (await enrolled.ConfigAsync(new { autoTerminateEnabled = true })).Is(200);
        await agent.WorkAsync(Primary, Never);
        Assert.Equal([Replica], agent.Terminated);
    }

    [Theory]
    [InlineData("switched off")]
    [InlineData("deleted")]
    [InlineData("failed")]
    [InlineData("waiting for a tag")]
    [InlineData("over the limit")]
    public async Task No_answer_but_a_claim_names_an_ended_replica(string how)
    {
        await using var backend = await StartAsync();
        var enrolled = await backend.EnrollAsync(settings: new { auto_terminate_enabled = how is "waiting for a tag" or "over the limit" }, primary: Primary);
        var replica = await enrolled.ReadyReplicaAsync(Replica);
        if (how == "waiting for a tag")
        {
            (await enrolled.SettingsAsync(new { required_tag = "Team=web" })).Is(200);
        }

        if (how == "over the limit")
        {
            (await enrolled.SettingsAsync(new { max_terminations_per_hour = 1 })).Is(200);
            (await enrolled.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
            Assert.Equal([Replica], await enrolled.HandedOutAsync());
            (await enrolled.ReportAsync(Replica, success: true)).Is(200);
            replica = await enrolled.ReadyReplicaAsync(Other);
        }

        var id = how == "over the limit" ? Other : Replica;
        (how switch
        {
            "deleted" => await enrolled.Api.DeleteAsync($"{enrolled.Path}/replicas/{replica}"),
            "failed" => await enrolled.Api.PostAsync($"{enrolled.Path}/replicas/{replica}/status", new { status = "failed", error_message = "x" }),
            _ => await enrolled.ConfigAsync(new { manualReplicaEnabled = false }),
        }).Is(200);

        string[] statuses = ["", "launching", "syncing", "ready", "promoted", "terminated", "failed", "cancelled", "retired"];
        var paths = statuses.SelectMany(status => new[] { "", "&include_terminated=true", "&include_terminated=1", "&include_terminated=True" }
                .Select(more => $"/replicas?{(status.Length == 0 ? "x=y" : "status=" + status)}{more}"))
            .Concat(["", "/config", "/pending-commands", "/replica-config", "/statistics", "/instances-to-terminate", "/instances-to-terminate?claim=false", $"/replicas/{replica}"]);
        foreach (var path in paths)
        {
            Assert.DoesNotContain(id, (await enrolled.Api.GetAsync(enrolled.Path + path)).Body, StringComparison.Ordinal);
        }

        var (agent, _) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => null);
        await agent.WorkAsync(Primary, Never);
        Assert.Empty(agent.Terminated);

        // The admin sees what became of it.
        Assert.Contains(id, (await backend.Admin.GetAsync($"{enrolled.Path}/replicas?include_terminated=true")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interruption_of_an_instance_that_is_not_the_primary_promotes_nothing()
    {
        await using var backend = await StartAsync();
        var enrolled = await backend.EnrollAsync();
        var (agent, _) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => null);
        (await enrolled.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        await agent.PollReplicasAsync(_ => Replica);
        (await enrolled.PromoteAsync(await enrolled.ReplicaAsync("ready"))).Is(200);
        await agent.PollReplicasAsync(_ => Third);

        // AWS takes the old primary, on which its agent still runs: the new primary must live.
        Assert.Null(await agent.InterruptedAsync(Primary));
        Assert.Equal(Replica, (await enrolled.Api.GetAsync(enrolled.Path)).Text("instance_id"));

        // AWS takes the replica: it ends, and is not promoted later.
        Assert.Null(await agent.InterruptedAsync(Third));
        Assert.Equal("failed", (await backend.Admin.GetAsync($"{enrolled.Path}/replicas?include_terminated=true&status=failed"))
            .Items("replicas").Single().GetProperty("status").GetString());
        Assert.Equal("running_primary", await backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        (await enrolled.Api.PostAsync($"{enrolled.Path}/termination-imminent", new { })).Refuses(400, "validation_failed");
    }

    [Fact]
    public async Task Every_request_of_the_original_is_taken()
    {
        await using var backend = await StartAsync();
        var enrolled = await backend.EnrollAsync();
        var (agent, reply) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => null);
        Assert.Equal(enrolled.Id, reply.GetProperty("agent_id").GetString());
        var config = reply.GetProperty("config");
        Assert.All(
            (string[])["enabled", "auto_switch_enabled", "auto_terminate_enabled", "terminate_wait_seconds", "replica_enabled", "replica_count"],
            name => Assert.True(config.TryGetProperty(name, out _), name));
        Assert.True(await agent.HeartbeatAsync(Primary));
        (await enrolled.SettingsAsync(new { enabled = false })).Is(200);
        Assert.True(await agent.HeartbeatAsync(Primary, "disabled"));
        Assert.Equal("online", (await enrolled.Api.GetAsync(enrolled.Path)).Text("status"));
        Assert.False(await agent.IsDeletedAsync());
        Assert.True((await agent.PricingReportAsync(Primary))!.Value.GetProperty("success").GetBoolean());
        var cleanup = (await agent.CleanupReportAsync())!.Value;
        Assert.Equal((1, 1), (cleanup.GetProperty("deleted_amis").GetInt32(), cleanup.GetProperty("deleted_snapshots").GetInt32()));
        Assert.Equal("monitor", (await agent.RebalanceAsync(Primary))!.Value.GetProperty("action").GetString());
        Assert.Equal(JsonValueKind.Array, (await agent.PendingCommandsAsync())!.Value.ValueKind);
    }

    [Fact]
    public async Task What_the_original_reports_as_failed_is_classified_and_tried_again()
    {
        await using var backend = await StartAsync();
        var enrolled = await backend.EnrollAsync();
        string? refusal = "UnauthorizedOperation: no";
        var (agent, _) = await OriginalAgent.RegisterAsync(enrolled, Primary, _ => refusal);
        (await enrolled.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        await agent.PollReplicasAsync(_ => Replica);
        (await enrolled.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        await agent.TerminateMarkedAsync();
        Assert.Equal("permission", await backend.QueryAsync<string>("SELECT last_error_class FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        refusal = null;
        backend.Clock.Advance(TimeSpan.FromHours(2));
        await agent.TerminateMarkedAsync();
        Assert.Equal([Replica], agent.Terminated);
    }

    private static string Never(string zone) => throw new InvalidOperationException($"Nothing was to be launched in {zone}");
}
