using System.Globalization;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The calls around terminations: what agents and the admin send and get.</summary>
public abstract class ApiTests(BackendFixture fixture) : BackendTests(fixture)
{
    [Fact]
    public async Task A_name_of_an_agent_is_one_name_in_every_case()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync("Web-1");
        var again = await backend.Admin.PostAsync(
            "/api/admin/agents", new { client = "client-1", logical_agent_id = "wEB-1", account_id = "111111111111", region = "us-east-1" });
        Assert.Contains("Web-1", again.Refuses(409, "agent_exists").Text("error"), StringComparison.Ordinal);
        await backend.EnrollAsync("wEB-1", "client-2");
        (await (agent with { Name = "WEB-1" }).RegisterAsync(Primary)).Is(200);
        (await (agent with { Name = "WEB-2" }).RegisterAsync(Primary)).Refuses(409, "agent_mismatch");
        Assert.Equal("Web-1", (await agent.Api.GetAsync(agent.Path)).Text("logical_agent_id"));

        // Of many at once one comes to be.
        var answers = await Task.WhenAll(new[] { "new", "New", "nEW", "neW" }.Select(name => backend.Admin.PostAsync(
            "/api/admin/agents", new { client = "client-3", logical_agent_id = name, account_id = "111111111111", region = "us-east-1" })));
        Assert.Equal([201, 409, 409, 409], answers.Select(answer => answer.Status).Order());

        (await backend.Admin.DeleteAsync($"/api/client/agents/{agent.Id}")).Is(200);
        await backend.EnrollAsync("web-1");
    }

    [Fact]
    public async Task Lists_are_searched_sorted_paged_and_sent_again_only_when_they_changed()
    {
        await using var backend = await StartAsync();
        var agents = new List<TestAgent>();
        for (var number = 0; number < 7; number++)
        {
            agents.Add(await backend.EnrollAsync($"web-{number}", number < 3 ? "shop" : "100%_lab", primary: $"i-{number + 0x100:x17}"));
            await agents[number].RetireAsync($"i-{number:x17}");
        }

        // The fourth has a dead letter, the second is silent for longer than the others.
        await agents[3].HandedOutAsync();
        (await agents[3].ReportAsync($"i-{3:x17}", success: false, "InvalidInstanceID.Malformed: x")).Is(200);
        backend.Clock.Advance(TimeSpan.FromMinutes(3));
        foreach (var agent in agents.Where((_, index) => index != 1))
        {
            await agent.Api.PostAsync($"{agent.Path}/heartbeat", new { status = "online" });
        }

        await backend.Scheduler.RunOnceAsync(CancellationToken.None);
        async Task<string[]> NamesAsync(string query) => (await backend.Admin.GetAsync("/api/admin/agents?" + query)).Is(200).Items()
            .Select(agent => agent.GetProperty("logical_agent_id").GetString()!).ToArray();
        Assert.Equal(7, (await NamesAsync("")).Length);
        Assert.Equal(["web-3", "web-1"], (await NamesAsync("sort=problems"))[..2]);
        Assert.Equal(["web-3", "web-1"], await NamesAsync("sort=problems&status=problem"));
        Assert.Equal(["web-2", "web-3"], await NamesAsync("sort=name&limit=2&offset=2"));
        Assert.Equal(["web-6", "web-5"], await NamesAsync("sort=name&descending=true&limit=2"));
        Assert.Equal(["web-1"], await NamesAsync("status=offline"));
        Assert.Equal(4, (await NamesAsync("search=" + Uri.EscapeDataString("100%_L"))).Length);
        Assert.Empty(await NamesAsync("search=" + Uri.EscapeDataString("1%0")));
        Assert.Empty(await NamesAsync("search=" + Uri.EscapeDataString("'; DROP TABLE agents; --")));
        foreach (var bad in (string[])["sort=id;x", "status=what", "limit=0", "limit=1001", "offset=-1", "search=" + new string('x', 201)])
        {
            (await backend.Admin.GetAsync("/api/admin/agents?" + bad)).Refuses(400, "validation_failed");
        }

        var open = (await backend.Admin.GetAsync("/api/admin/terminations?state=all&sort=problems&limit=1")).Is(200);
        Assert.Equal($"i-{3:x17}", open.Items().Single().GetProperty("instance_id").GetString());
        Assert.Equal(["i-00000000000000004"], (await backend.Admin.GetAsync("/api/admin/terminations?search=WEB-4")).Items().Select(item => item.GetProperty("instance_id").GetString()));
        var overview = (await backend.Admin.GetAsync("/api/admin/overview")).Is(200);
        Assert.Equal((7, 1, 6, 1), (overview.Number("agents"), overview.Number("offline"), overview.Number("pending"), overview.Number("dead_letters")));

        // The same again is 304, and time alone changes nothing.
        foreach (var path in (string[])["/api/admin/agents?limit=5", "/api/admin/terminations?limit=5", "/api/admin/events?limit=5"])
        {
            var tag = (await backend.Admin.GetAsync(path)).Is(200).ETag!;
            backend.Clock.Advance(TimeSpan.FromSeconds(7));
            Assert.Equal("", (await backend.Admin.SendAsync(HttpMethod.Get, path, change: request => request.Headers.TryAddWithoutValidation("If-None-Match", tag))).Is(304).Body);
        }

        var before = (await backend.Admin.GetAsync("/api/admin/agents?limit=5")).ETag;
        (await agents[0].SettingsAsync(new { auto_terminate_enabled = false })).Is(200);
        Assert.NotEqual(before, (await backend.Admin.GetAsync("/api/admin/agents?limit=5")).ETag);
    }

    [Fact]
    public async Task The_original_agent_registers_beats_and_reads_its_config()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync();
        var registered = (await agent.Api.SendAsync(HttpMethod.Post, "/api/agents/register", $$"""
            {"client_token":"x","hostname":"ip-10-0-0-1","logical_agent_id":"{{agent.Name}}","instance_id":"{{Primary}}","instance_type":"c5.large",
             "region":"us-east-1","az":"us-east-1a","ami_id":"ami-1","mode":"ondemand","agent_version":"4.0.0","private_ip":"10.0.0.1","public_ip":null}
            """)).Is(200);
        Assert.Equal(agent.Id, registered.Text("agent_id"));
        Assert.False(registered.Json.TryGetProperty("message", out _));
        foreach (var key in (string[])
            ["enabled", "auto_switch_enabled", "auto_terminate_enabled", "terminate_wait_seconds", "replica_enabled", "replica_count"])
        {
            Assert.True(registered.Json.GetProperty("config").TryGetProperty(key, out _), key);
        }

        var beat = (await agent.Api.SendAsync(HttpMethod.Post, $"{agent.Path}/heartbeat", $$"""
            {"status":"online","instance_id":"{{Primary}}","instance_type":"c5.large","mode":"spot","az":"us-east-1a",
             "monitored_instances":["{{Primary}}"],"instance_status":"running"}
            """)).Is(200);
        Assert.Equal("""{"success":true}""", beat.Body);
        (await agent.Api.PostAsync($"{agent.Path}/heartbeat", new { status = "whatever" })).Refuses(400, "validation_failed");
        Assert.False((await agent.Api.GetAsync($"{agent.Path}/config")).Flag("manual_replica_enabled"));
        Assert.Equal("""{"enabled":false,"count":0}""", (await agent.Api.GetAsync($"{agent.Path}/replica-config")).Is(200).Body);
        Assert.Equal("[]", (await agent.Api.GetAsync($"{agent.Path}/pending-commands")).Is(200).Body);

        // The original asks here whether it was deleted, and uninstalls itself on a 404.
        Assert.Equal("online", (await agent.Api.GetAsync(agent.Path)).Is(200).Text("status"));
    }

    [Fact]
    public async Task A_token_is_bound_to_its_agent_account_and_region()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync();
        await RefusesAsync(new { logical_agent_id = "another", region = agent.Region, account_id = agent.Account }, 409, "agent_mismatch");
        await RefusesAsync(new { logical_agent_id = agent.Name, region = "eu-west-1", account_id = agent.Account }, 409, "region_mismatch");
        await RefusesAsync(new { logical_agent_id = agent.Name, region = agent.Region, account_id = "999999999999" }, 409, "account_mismatch");
        Assert.Equal(0, await backend.QueryAsync<int>("SELECT COUNT(*) FROM sc_instances"));
        (await backend.Admin.PostAsync("/api/admin/agents", new { client = "client-1", logical_agent_id = agent.Name, account_id = agent.Account, region = agent.Region }))
            .Refuses(409, "agent_exists");
        foreach (var wrong in (object[])
            [
                new { logical_agent_id = "a", account_id = agent.Account, region = agent.Region },
                new { client = "c", account_id = agent.Account, region = agent.Region },
                new { client = "c", logical_agent_id = "a", account_id = "12345", region = agent.Region },
                new { client = "c", logical_agent_id = "a", account_id = agent.Account, region = "mars" },
                new { client = "c", logical_agent_id = "a", account_id = agent.Account, region = agent.Region, settings = new { terminate_wait_seconds = -5 } },
            ])
        {
            (await backend.Admin.PostAsync("/api/admin/agents", wrong)).Refuses(400, "validation_failed");
        }

        async Task RefusesAsync(dynamic who, int status, string code) => (await agent.Api.PostAsync("/api/agents/register", new
        {
            who.logical_agent_id,
            who.region,
            who.account_id,
            instance_id = Primary,
            instance_type = "c5.large",
            az = "us-east-1a",
        })).Refuses(status, code);
    }

    [Fact]
    public async Task A_machine_of_a_deleted_agent_goes_on_under_its_successor()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await backend.Admin.DeleteAsync($"/api/client/agents/{agent.Id}")).Is(200);
        var successor = await backend.EnrollAsync(primary: Primary);
        Assert.NotEqual(agent.Id, successor.Id);
        (await successor.PromoteAsync(await successor.ReadyReplicaAsync(Replica))).Is(200);
        backend.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal([Primary], await successor.HandedOutAsync());
    }

    [Theory]
    [InlineData("old_terminated_at")]
    [InlineData("old_instance_terminated_at")]
    public async Task A_switch_report_in_either_spelling_says_whether_the_old_machine_is_gone(string key)
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.Api.SendAsync(HttpMethod.Post, $"{agent.Path}/switch-report", $$"""
            {"old_instance":{"instance_id":"{{Primary}}"},"new_instance":{"instance_id":"{{Replica}}","instance_type":"m5.large"},
             "timing":{"{{key}}":"2026-03-01T11:59:00+00:00"},"prices":{},"trigger":"manual"}
            """)).Is(200);
        Assert.Equal("terminated", await backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @Primary", new { Primary }));
        Assert.Equal(Replica, (await agent.Api.GetAsync(agent.Path)).Text("instance_id"));

        (await agent.Api.PostAsync(
            $"{agent.Path}/switch-report",
            new { old_instance = new { instance_id = Replica }, new_instance = new { instance_id = Other }, timing = new { } })).Is(200);
        Assert.Equal("zombie", await backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
    }

    [Fact]
    public async Task A_cleanup_report_counts_everything_that_was_deleted_and_that_failed()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var receipt = (await agent.Api.SendAsync(HttpMethod.Post, $"{agent.Path}/cleanup-report", """
            {"timestamp":"2026-03-01T12:00:00+00:00",
             "snapshots":{"type":"snapshots","deleted":["snap-1","snap-2"],"failed":[{"id":"snap-3","error":"InvalidSnapshot.InUse"}],"cutoff_date":"2026-02-22T12:00:00"},
             "amis":{"deleted_amis":["ami-1"],"deleted_snapshots":["snap-4"],"failed":[],"cutoff_date":null,"error":"AuthFailure"}}
            """)).Is(200);
        Assert.Equal(3, receipt.Number("deleted_snapshots"));
        Assert.Equal(1, receipt.Number("deleted_amis"));
        Assert.Equal(2, receipt.Number("failed_count"));
        var told = (await agent.Api.GetAsync($"{agent.Path}/events?type=cleanup_completed")).Items().Single();
        Assert.Equal("warning", told.GetProperty("severity").GetString());
        (await agent.Api.SendAsync(HttpMethod.Post, $"{agent.Path}/cleanup-report", """{"snapshots":{"deleted":null},"amis":null}""")).Is(200);
    }

    [Fact]
    public async Task A_replica_goes_its_way_and_no_other()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.Api.PostAsync($"{agent.Path}/replicas", new { })).Refuses(409, "replica_not_possible");
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        (await agent.Api.PostAsync($"{agent.Path}/replicas", new { })).Refuses(409, "replica_exists");
        var id = await agent.ReplicaAsync();
        var path = $"{agent.Path}/replicas/{id}";

        (await agent.Api.PostAsync(path + "/promote")).Refuses(400, "replica_not_ready");
        (await agent.Api.PostAsync(path + "/status", new { status = "ready" })).Refuses(409, "replica_not_launched");
        (await agent.Api.PostAsync(path + "/status", new { status = "promoted" })).Refuses(400, "validation_failed");
        (await agent.Api.PutAsync(path, new { instance_id = "manual-12345678" })).Refuses(400, "validation_failed");
        (await agent.Api.PutAsync(path, new { instance_id = Primary })).Refuses(409, "instance_in_use");
        (await agent.Api.PutAsync(path, new { instance_id = Replica })).Is(200);
        (await agent.Api.PutAsync(path, new { instance_id = Replica })).Is(200);
        (await agent.Api.PostAsync(path + "/sync-status", new { sync_status = "syncing", sync_latency_ms = 40, state_transfer_progress = 55.5 })).Is(200);
        (await agent.Api.PostAsync(path + "/sync-status", new { state_transfer_progress = 101 })).Refuses(400, "validation_failed");
        Assert.Equal("ready", (await agent.Api.PostAsync(path + "/sync-status", new { sync_status = "synced", state_transfer_progress = 100 })).Is(200).Text("status"));
        (await agent.Api.PostAsync($"{agent.Path}/replicas/nothing/promote")).Refuses(404, "replica_not_found");

        var promoted = (await agent.Api.PostAsync(path + "/promote", new { demote_old_primary = true })).Is(200);
        Assert.True(promoted.Flag("demoted"));
        var standby = (await agent.Api.GetAsync($"{agent.Path}/replicas")).Items("replicas").Single();
        Assert.Equal(Primary, standby.GetProperty("instance_id").GetString());
        Assert.Equal("ready", standby.GetProperty("status").GetString());
        (await agent.Api.PostAsync(path + "/status", new { status = "terminated" })).Refuses(409, "transition_not_allowed");
        (await agent.Api.DeleteAsync(path)).Refuses(400, "replica_ended");

        var deleted = (await agent.Api.DeleteAsync($"{agent.Path}/replicas/{standby.GetProperty("id").GetString()}")).Is(200);
        Assert.False(string.IsNullOrEmpty(deleted.Text("new_replica_id")));
        Assert.Equal([Primary], await agent.HandedOutAsync());
    }

    [Fact]
    public async Task A_failed_replica_is_terminated_and_replaced_after_a_pause()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var id = await agent.ReadyReplicaAsync(Replica);
        (await agent.Api.PostAsync($"{agent.Path}/replicas/{id}/status", new { status = "failed", error_message = "disk" })).Is(200);
        Assert.Equal([Replica], await agent.HandedOutAsync());
        await backend.Scheduler.RunOnceAsync(CancellationToken.None);
        Assert.Empty((await agent.Api.GetAsync($"{agent.Path}/replicas")).Items("replicas"));
        backend.Clock.Advance(TimeSpan.FromMinutes(2));
        await backend.Scheduler.RunOnceAsync(CancellationToken.None);
        await backend.Scheduler.RunOnceAsync(CancellationToken.None);
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/replicas")).Items("replicas"));
    }

    [Fact]
    public async Task When_the_machine_is_taken_away_the_best_replica_takes_over()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var none = await agent.Api.PostAsync($"{agent.Path}/termination-imminent", new { instance_id = Primary, termination_time = "2026-03-01T12:02:00Z" });
        none.Refuses(409, "no_replica");
        Assert.Equal("emergency_snapshot_required", none.Json.GetProperty("details").GetProperty("action").GetString());
        await agent.ReadyReplicaAsync(Replica);
        Assert.Equal(Replica, (await agent.Api.PostAsync($"{agent.Path}/termination-imminent", new { instance_id = Primary })).Is(200).Text("new_instance_id"));
        Assert.Equal("monitor", (await agent.Api.PostAsync($"{agent.Path}/rebalance-recommendation", new { instance_id = Replica })).Is(200).Text("action"));
        (await agent.Api.PostAsync($"{agent.Path}/termination", new { reason = "spot" })).Is(200);
        Assert.Equal("offline", (await agent.Api.GetAsync(agent.Path)).Text("status"));
    }

    [Fact]
    public async Task A_silent_agent_goes_offline_and_comes_back_with_its_next_poll()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        backend.Clock.Advance(TimeSpan.FromSeconds(121));
        await backend.Scheduler.RunOnceAsync(CancellationToken.None);
        await backend.Scheduler.RunOnceAsync(CancellationToken.None);
        Assert.Equal("offline", (await backend.Admin.GetAsync(agent.Path)).Text("status"));
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/events?type=agent_marked_offline")).Items());
        await agent.HandedOutAsync();
        Assert.Equal("online", (await backend.Admin.GetAsync(agent.Path)).Text("status"));
    }

    [Fact]
    public async Task A_switched_off_agent_gets_nothing()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        Assert.False((await backend.Admin.PostAsync($"/api/client/agents/{agent.Id}/toggle-enabled")).Is(200).Flag("enabled"));
        Assert.Empty(await agent.HandedOutAsync());
        Assert.True((await backend.Admin.PostAsync($"/api/client/agents/{agent.Id}/toggle-enabled")).Is(200).Flag("enabled"));
        Assert.Equal([Replica], await agent.HandedOutAsync());
    }

    [Fact]
    public async Task The_settings_answer_what_holds_and_not_what_was_asked()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var first = (await agent.ConfigAsync(new { autoSwitchEnabled = true })).Is(200);
        Assert.True(first.Flag("auto_switch_enabled"));
        var second = (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        Assert.False(second.Flag("auto_switch_enabled"));
        Assert.True(second.Flag("manual_replica_enabled"));
        (await agent.ConfigAsync(new { manualReplicaEnabled = true, autoSwitchEnabled = true })).Refuses(400, "validation_failed");
        var changed = (await agent.Api.GetAsync($"{agent.Path}/events?type=config_changed")).Items();
        Assert.Equal("true", changed[0].GetProperty("metadata").GetProperty("manual_replica_enabled").GetString());

        var config = (await agent.Api.GetAsync($"{agent.Path}/config")).Is(200);
        (await agent.Api.SendAsync(
            HttpMethod.Get, $"{agent.Path}/config", null, request => request.Headers.TryAddWithoutValidation("If-None-Match", config.ETag))).Is(304);
    }

    [Fact]
    public async Task The_numbers_of_the_seed_are_counted()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        string[] machines = ["i-00000000000000101", "i-00000000000000102", "i-00000000000000103"];
        foreach (var machine in machines)
        {
            await agent.RetireAsync(machine);
        }

        backend.Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(3, (await agent.HandedOutAsync()).Length);
        (await agent.ReportAsync(machines[0], success: true)).Is(200);
        (await agent.ReportAsync(machines[1], success: false, "UnauthorizedOperation: no")).Is(200);

        var stats = (await agent.Api.GetAsync($"{agent.Path}/statistics")).Is(200);
        Assert.Equal(2, stats.Number("pending"));
        Assert.Equal(1, stats.Number("terminated"));
        Assert.Equal(1, stats.Number("failed_attempts"));
        Assert.Equal(0.5, stats.Json.GetProperty("success_rate").GetDouble());
        Assert.Equal(100, stats.Json.GetProperty("average_seconds_to_terminate").GetDouble());
        Assert.Equal(100, stats.Number("oldest_pending_seconds"));
        Assert.Equal(1, stats.Json.GetProperty("terminated_by_day").GetProperty("2026-03-01").GetInt32());

        var lines = (await backend.Admin.GetAsync("/metrics")).Is(200).Body.Split('\n');
        foreach (var line in (string[])
            [
                "spotcluster_terminations_total{result=\"succeeded\",reason=\"replica_terminated\"} 1",
                "spotcluster_terminations_total{result=\"failed\",reason=\"replica_terminated\"} 1",
                "spotcluster_terminated_last_day 1",
                "spotcluster_termination_success_ratio 0.5",
                "spotcluster_termination_failures_total 1",
                "spotcluster_pending_terminations 2",
                "spotcluster_oldest_pending_seconds 100",
                "spotcluster_mark_to_terminate_seconds_bucket{le=\"60\"} 0",
                "spotcluster_mark_to_terminate_seconds_bucket{le=\"300\"} 1",
                "spotcluster_mark_to_terminate_seconds_sum 100",
                "spotcluster_agent_last_seen_timestamp_seconds{agent=\"" + agent.Id + "\"} "
                    + backend.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ])
        {
            Assert.Contains(line, lines);
        }
    }

    [Fact]
    public async Task A_second_start_finds_everything_as_it_was_and_a_newer_database_is_not_touched()
    {
        Assert.SkipWhen(Fixture.Missing is not null, Fixture.Missing ?? "It is there");
        var target = await Fixture.CreateTargetAsync();
        await using var backend = await TestBackend.StartAsync(target.Address, target.CleanUp);
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await using (var again = await BackendFixture.StartBesideAsync(backend))
        {
            Assert.Equal([Replica], (await again.Client(agent.Token).GetAsync($"{agent.Path}/instances-to-terminate")).Is(200)
                .Items("instances").Select(item => item.GetProperty("instance_id").GetString()!));
        }

        await backend.Database.WriteAsync(
            new Data.RequestContext("test", "test", CancellationToken.None),
            session => session.ExecuteAsync("INSERT INTO sc_migrations (number, name, applied_at) VALUES (999, 'future', 0)"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => BackendFixture.StartBesideAsync(backend));
        Assert.Contains("newer version", error.Message, StringComparison.Ordinal);
    }
}
