using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The three scenarios of the seed, in its own calls.</summary>
public abstract class ScenarioTests(BackendFixture fixture) : BackendTests(fixture)
{
    [Fact]
    public async Task Scenario_1_a_disabled_manual_replica_is_terminated()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        var replica = await agent.ReplicaAsync();
        var shown = (await agent.Api.GetAsync($"{agent.Path}/replicas")).Items("replicas").Single();
        Assert.StartsWith("manual-", shown.GetProperty("instance_id").GetString(), StringComparison.Ordinal);
        (await agent.Api.PutAsync($"{agent.Path}/replicas/{replica}", new { instance_id = Replica, status = "syncing" })).Is(200);
        (await agent.Api.PostAsync($"{agent.Path}/replicas/{replica}/status", new { status = "ready" })).Is(200);

        (await agent.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);

        var disabled = (await agent.Api.GetAsync($"{agent.Path}/events?type=replicas_disabled")).Items().Single();
        Assert.Equal("TERMINATED 1 active replicas", disabled.GetProperty("message").GetString());
        var list = (await agent.PollAsync()).Is(200);
        var item = list.Items("instances").Single();
        Assert.Equal(Replica, item.GetProperty("instance_id").GetString());
        Assert.Equal("replica_terminated", item.GetProperty("reason").GetString());
        Assert.Equal(0, item.GetProperty("seconds_since_marked").GetInt32());
        Assert.False(item.TryGetProperty("seconds_waiting", out _));
        Assert.True(list.Flag("auto_terminate_enabled"));
        Assert.Equal(300, list.Number("terminate_wait_seconds"));

        var receipt = (await agent.ReportAsync(Replica, success: true)).Is(200);
        Assert.Equal("""{"success":true,"message":"Termination report recorded"}""", receipt.Body);
        Assert.Empty(await agent.HandedOutAsync());
        var ended = (await backend.Admin.GetAsync($"{agent.Path}/replicas?status=terminated&include_terminated=true")).Items("replicas").Single();
        Assert.True(ended.GetProperty("termination_confirmed").GetBoolean());
        var done = (await agent.Api.GetAsync($"{agent.Path}/events?type=instance_terminated")).Items().Single();
        Assert.Equal(Replica, done.GetProperty("instance_id").GetString());
        Assert.Equal(agent.Id, done.GetProperty("agent_id").GetString());
        Assert.False(string.IsNullOrEmpty(done.GetProperty("client_id").GetString()));
    }

    [Fact]
    public async Task Scenario_2_the_old_primary_is_terminated_after_the_wait_and_a_failure_is_retried()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var replica = await agent.ReadyReplicaAsync(Replica);

        var promoted = (await agent.PromoteAsync(replica)).Is(200);
        Assert.Equal(Replica, promoted.Text("new_instance_id"));
        Assert.Equal(Primary, promoted.Text("old_instance_id"));
        Assert.Empty(await agent.HandedOutAsync());
        backend.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Empty(await agent.HandedOutAsync());

        // Exactly the wait is included.
        backend.Clock.Advance(TimeSpan.FromSeconds(1));
        var item = (await agent.PollAsync()).Items("instances").Single();
        Assert.Equal(Primary, item.GetProperty("instance_id").GetString());
        Assert.Equal("zombie_timeout", item.GetProperty("reason").GetString());
        Assert.Equal(300, item.GetProperty("seconds_waiting").GetInt32());
        Assert.False(item.TryGetProperty("seconds_since_marked", out _));

        (await agent.ReportAsync(Primary, success: false, "RequestTimeout: no answer")).Is(200);
        Assert.Empty(await agent.HandedOutAsync());
        var failed = (await agent.Api.GetAsync($"{agent.Path}/events?type=instance_termination_failed")).Items().Single();
        Assert.Equal("warning", failed.GetProperty("severity").GetString());
        Assert.Equal("RequestTimeout: no answer", failed.GetProperty("metadata").GetProperty("error").GetString());
        backend.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Empty(await agent.HandedOutAsync());
        backend.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([Primary], await agent.HandedOutAsync());
        (await agent.ReportAsync(Primary, success: true)).Is(200);

        Assert.Equal("terminated", await backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @Primary", new { Primary }));
        Assert.Equal("running_primary", await backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        await agent.ReplicaAsync("launching");
    }

    [Fact]
    public async Task Scenario_3_nothing_is_handed_out_while_auto_terminate_is_off()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.ConfigAsync(new { autoTerminateEnabled = false })).Is(200);
        await agent.RetireAsync(Replica);

        var list = (await agent.PollAsync()).Is(200);
        Assert.False(list.Flag("auto_terminate_enabled"));
        Assert.Empty(list.Items("instances"));
        backend.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await agent.HandedOutAsync());
        var pending = (await backend.Admin.GetAsync("/api/admin/terminations")).Items().Single();
        Assert.Equal("blocked", pending.GetProperty("status").GetString());

        (await agent.ConfigAsync(new { autoTerminateEnabled = true })).Is(200);
        Assert.Equal([Replica], await agent.HandedOutAsync());
    }
}
