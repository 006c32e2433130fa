using System.Text.Json;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>What went wrong in the original, one test for each; the numbers are those of the list in docs/backend.md.</summary>
public abstract class LessonTests(BackendFixture fixture) : BackendTests(fixture)
{
    [Fact]
    public async Task L01_a_promoted_replica_is_the_primary_and_is_never_handed_out()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var replica = await agent.ReadyReplicaAsync(Replica);
        (await agent.PromoteAsync(replica)).Is(200);

        // Both ways that killed the live primary in the original.
        (await agent.ConfigAsync(new { autoSwitchEnabled = true })).Is(200);
        backend.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal([Primary], await agent.HandedOutAsync());
        (await backend.Admin.DeleteAsync($"/api/client/agents/{agent.Id}")).Is(200);
        Assert.Equal("running_primary", await StateAsync(backend, Replica));
    }

    [Fact]
    public async Task L01_a_machine_that_any_agent_has_as_primary_is_not_handed_out_whatever_its_row_says()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        var foreign = await backend.EnrollAsync("agent-2", "client-2", "222222222222", "eu-west-1", primary: Replica);

        Assert.Empty(await agent.HandedOutAsync());
        var pending = (await backend.Admin.GetAsync("/api/admin/terminations")).Items().Single();
        Assert.Equal("It is the primary of an agent", pending.GetProperty("blocked_by").GetString());
        Assert.Equal(Replica, (await foreign.Api.GetAsync(foreign.Path)).Text("instance_id"));
    }

    [Fact]
    public async Task L01_each_of_the_two_guards_of_a_primary_holds_by_itself()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var other = await backend.EnrollAsync("agent-2", "client-2", "222222222222");
        await agent.RetireAsync(Replica);

        // Written behind the back of the API: an agent's row without a machine's, then a machine's row without an agent's.
        await ExecuteAsync("UPDATE sc_agents SET instance_id = @Replica WHERE id = @Id", other.Id);
        Assert.Empty(await agent.HandedOutAsync());
        await ExecuteAsync("UPDATE sc_agents SET instance_id = NULL WHERE id = @Id", other.Id);
        await ExecuteAsync(
            """
            INSERT INTO sc_instances (account_id, instance_id, client_id, agent_id, region, state, desired_state, created_at, updated_at)
            SELECT account_id, @Replica, client_id, id, region, 'running_replica', 'running', 0, 0 FROM sc_agents WHERE id = @Id
            """,
            other.Id);
        Assert.Empty(await agent.HandedOutAsync());
        await ExecuteAsync("DELETE FROM sc_instances WHERE agent_id = @Id AND instance_id = @Replica", other.Id);
        Assert.Equal([Replica], await agent.HandedOutAsync());

        Task ExecuteAsync(string sql, string id) => backend.Database.WriteAsync(
            new Data.RequestContext("test", "test", CancellationToken.None), session => session.ExecuteAsync(sql, new { Id = id, Replica }));
    }

    [Fact]
    public async Task L02_only_the_owner_gets_its_machines()
    {
        await using var backend = await StartAsync();
        var owner = await backend.EnrollAsync(primary: Primary);
        var sameClient = await backend.EnrollAsync("agent-2", primary: "i-00000000000000002");
        var otherClient = await backend.EnrollAsync("agent-1", "client-2", primary: "i-00000000000000003");
        var otherRegion = await backend.EnrollAsync("agent-3", region: "eu-west-1", primary: "i-00000000000000004");
        var replica = await owner.ReadyReplicaAsync(Replica);
        (await owner.PromoteAsync(replica)).Is(200);
        backend.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Empty(await sameClient.HandedOutAsync());
        Assert.Empty(await otherClient.HandedOutAsync());
        Assert.Empty(await otherRegion.HandedOutAsync());
        Assert.Equal([Primary], await owner.HandedOutAsync());
    }

    [Fact]
    public async Task L02_the_machines_of_a_deleted_agent_are_given_to_another_one_by_the_admin_only()
    {
        await using var backend = await StartAsync();
        var owner = await backend.EnrollAsync(primary: Primary);
        var heir = await backend.EnrollAsync("agent-2", primary: "i-00000000000000002");
        var stranger = await backend.EnrollAsync("agent-3", region: "eu-west-1");
        await owner.RetireAsync(Replica);
        (await backend.Admin.DeleteAsync($"/api/client/agents/{owner.Id}")).Is(200);
        (await owner.PollAsync()).Refuses(401, "token_invalid");
        Assert.Empty(await heir.HandedOutAsync());

        (await backend.Admin.PostAsync($"/api/admin/agents/{owner.Id}/reassign", new { to_agent_id = stranger.Id }))
            .Refuses(409, "reassign_out_of_scope");
        Assert.Equal(1, (await backend.Admin.PostAsync($"/api/admin/agents/{owner.Id}/reassign", new { to_agent_id = heir.Id })).Is(200).Number("count"));
        Assert.Equal([Replica], await heir.HandedOutAsync());
    }

    [Fact]
    public async Task L03_not_found_is_believed_only_after_three_sightings_from_the_owners_scope()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);

        // Without account and region it is no sighting at all.
        await NotFoundAsync(agent, null, null);
        Assert.Equal("retired", await StateAsync(backend, Replica));
        Assert.Equal(0, await backend.QueryAsync<int>("SELECT not_found_count FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        for (var sighting = 1; sighting <= 3; sighting++)
        {
            Assert.Equal("retired", await StateAsync(backend, Replica));
            backend.Clock.Advance(TimeSpan.FromMinutes(6));
            await NotFoundAsync(agent, agent.Account, agent.Region);
        }

        Assert.Equal("terminated", await StateAsync(backend, Replica));
        Assert.Equal("not_found", await backend.QueryAsync<string>("SELECT observed_state FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        Assert.Equal(3, (await agent.Api.GetAsync($"{agent.Path}/events?type=instance_termination_unverified")).Items().Count);

        async Task NotFoundAsync(TestAgent reporter, string? account, string? region)
        {
            Assert.Equal([Replica], await reporter.HandedOutAsync());
            (await reporter.Api.PostAsync(
                $"{reporter.Path}/termination-report",
                new { instance_id = Replica, outcome = "not_found", account_id = account, region })).Is(200);
        }
    }

    [Fact]
    public async Task L03_a_report_from_another_account_or_region_is_refused()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.Api.PostAsync(
            $"{agent.Path}/termination-report",
            new { instance_id = Replica, outcome = "not_found", account_id = "999999999999", region = agent.Region })).Refuses(409, "scope_mismatch");
        (await agent.Api.PostAsync(
            $"{agent.Path}/termination-report", new { instance_id = Replica, success = true, region = "eu-west-1" })).Refuses(409, "scope_mismatch");
        Assert.Equal("retired", await StateAsync(backend, Replica));
    }

    [Fact]
    public async Task L04_a_report_needs_a_claim_of_that_agent()
    {
        await using var backend = await StartAsync();
        var owner = await backend.EnrollAsync(primary: Primary);
        var other = await backend.EnrollAsync("agent-2", "client-2", "222222222222", primary: "i-00000000000000002");
        await owner.RetireAsync(Replica);

        (await owner.ReportAsync(Replica, success: true)).Refuses(409, "not_claimed");
        (await owner.ReportAsync(Primary, success: true)).Refuses(409, "not_claimed");
        (await owner.ReportAsync(Other, success: true)).Refuses(404, "instance_not_found");
        var claim = (await owner.PollAsync()).Items("instances").Single().GetProperty("claim_id").GetString();
        (await other.ReportAsync(Replica, success: true)).Refuses(404, "instance_not_found");
        (await other.Api.PostAsync($"{other.Path}/termination-report", new { instance_id = Replica, success = true, claim_id = claim }))
            .Refuses(404, "claim_not_found");
        (await owner.Api.PostAsync($"{owner.Path}/termination-report", new { instance_id = Primary, success = true, claim_id = claim }))
            .Refuses(409, "claim_of_another_instance");
        Assert.Equal("retired", await StateAsync(backend, Replica));
        Assert.Equal("running_primary", await StateAsync(backend, Primary));
    }

    [Fact]
    public async Task L05_tokens_are_kept_as_hashes_and_can_be_rotated_and_revoked()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var stored = await backend.QueryAsync<string>("SELECT hash FROM sc_agent_tokens");
        Assert.Matches("^[0-9a-f]{64}$", stored);
        Assert.DoesNotContain(agent.Token, stored, StringComparison.Ordinal);

        var rotated = (await agent.Api.PostAsync($"{agent.Path}/token/rotate", new { grace_seconds = 60 })).Is(200).Text("token");
        var renewed = backend.Client(rotated);
        (await agent.PollAsync()).Is(200);
        (await renewed.GetAsync($"{agent.Path}/config")).Is(200);
        backend.Clock.Advance(TimeSpan.FromSeconds(61));
        (await agent.PollAsync()).Refuses(401, "token_invalid");
        (await renewed.GetAsync($"{agent.Path}/config")).Is(200);

        (await backend.Admin.DeleteAsync($"/api/admin/agents/{agent.Id}/tokens")).Is(200);
        (await renewed.GetAsync($"{agent.Path}/config")).Refuses(401, "token_invalid");
    }

    [Fact]
    public async Task L06_a_claim_holds_until_its_lease_ends()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);

        var first = (await agent.PollAsync()).Items("instances").Single();
        Assert.Equal(300, first.GetProperty("lease_seconds").GetInt32());
        Assert.Equal(1, first.GetProperty("attempt").GetInt32());
        backend.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Empty(await agent.HandedOutAsync());
        backend.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = (await agent.PollAsync()).Items("instances").Single();
        Assert.Equal(1, second.GetProperty("attempt").GetInt32());
        Assert.NotEqual(first.GetProperty("claim_id").GetString(), second.GetProperty("claim_id").GetString());
    }

    [Fact]
    public async Task L06_looking_claims_nothing()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        var seen = (await agent.PollAsync("?claim=false")).Is(200).Items("instances").Single();
        Assert.False(seen.TryGetProperty("claim_id", out _));
        Assert.Equal(0, await backend.QueryAsync<int>("SELECT COUNT(*) FROM sc_claims"));
        Assert.Equal([Replica], await agent.HandedOutAsync());
    }

    [Fact]
    public async Task L07_a_confirmed_machine_never_comes_back()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.ReportAsync(Replica, success: true)).Is(200);
        backend.Clock.Advance(TimeSpan.FromDays(360));
        Assert.Empty(await agent.HandedOutAsync());
    }

    [Fact]
    public async Task L08_neither_prices_nor_failures_move_the_time_of_the_mark()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.PromoteAsync(await agent.ReadyReplicaAsync(Replica))).Is(200);
        var marked = await backend.QueryAsync<long>("SELECT marked_at FROM sc_instances WHERE instance_id = @Primary", new { Primary });
        for (var minute = 0; minute < 5; minute++)
        {
            backend.Clock.Advance(TimeSpan.FromMinutes(1));
            (await agent.Api.PostAsync(
                $"{agent.Path}/pricing-report",
                new { instance = new { instance_id = Primary }, pricing = new { current_spot_price = 0.0312, on_demand_price = 0.085 } })).Is(200);
            (await agent.Api.PostAsync($"{agent.Path}/heartbeat", new { status = "online", instance_id = Primary })).Is(200);
        }

        Assert.Equal([Primary], await agent.HandedOutAsync());
        (await agent.ReportAsync(Primary, success: false, "InternalError: x")).Is(200);
        Assert.Equal(marked, await backend.QueryAsync<long>("SELECT marked_at FROM sc_instances WHERE instance_id = @Primary", new { Primary }));

        // The replaced machine still runs its agent: that does not make it the primary again.
        Assert.Equal(Replica, (await agent.Api.GetAsync(agent.Path)).Text("instance_id"));
    }

    [Fact]
    public async Task L09_a_replica_without_a_machine_is_cancelled_and_never_handed_out()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        (await agent.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        backend.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await agent.HandedOutAsync());
        Assert.Equal("cancelled", (await backend.Admin.GetAsync($"{agent.Path}/replicas?include_terminated=true")).Items("replicas").Single().GetProperty("status").GetString());
        (await agent.ReportAsync("manual-1a2b3c4d", success: true)).Refuses(400, "validation_failed");
    }

    [Fact]
    public async Task L10_a_machine_that_comes_up_too_late_is_refused_and_queued_for_termination()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        var replica = await agent.ReplicaAsync();
        (await agent.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);

        var late = await agent.Api.PutAsync($"{agent.Path}/replicas/{replica}", new { instance_id = Replica, status = "syncing" });
        late.Refuses(409, "replica_ended");
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/events?type=replica_orphaned")).Items());
        Assert.Equal([Replica], await agent.HandedOutAsync());
        // Again changes nothing, and a primary can not be smuggled in that way.
        (await agent.Api.PutAsync($"{agent.Path}/replicas/{replica}", new { instance_id = Replica })).Is(409);
        (await agent.Api.PutAsync($"{agent.Path}/replicas/{replica}", new { instance_id = Primary })).Refuses(409, "instance_in_use");
        Assert.Equal("running_primary", await StateAsync(backend, Primary));
    }

    [Fact]
    public async Task L11_failures_back_off_to_an_hour_and_end_as_a_dead_letter_that_can_be_requeued()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        int[] pauses = [5, 10, 20, 40, 60, 60, 60];
        foreach (var minutes in pauses)
        {
            Assert.Equal([Replica], await agent.HandedOutAsync());
            (await agent.ReportAsync(Replica, success: false, "InternalError: An internal error has occurred")).Is(200);
            backend.Clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
            Assert.Empty(await agent.HandedOutAsync());
            backend.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([Replica], await agent.HandedOutAsync());
        (await agent.ReportAsync(Replica, success: false, "InternalError: An internal error has occurred")).Is(200);
        backend.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Empty(await agent.HandedOutAsync());
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/events?type=instance_termination_dead_letter")).Items());
        var dead = (await backend.Admin.GetAsync("/api/admin/terminations?state=dead_letter")).Items().Single();
        Assert.Equal(8, dead.GetProperty("attempts").GetInt32());

        var requeue = $"/api/admin/terminations/{agent.Account}/{Replica}/requeue";
        (await backend.Admin.PostAsync(requeue)).Is(200);
        (await backend.Admin.PostAsync(requeue)).Refuses(409, "not_dead_letter");
        Assert.Equal([Replica], await agent.HandedOutAsync());
    }

    [Theory]
    [InlineData("IAM permissions insufficient to terminate instance i-0000000000000000b", 60)]
    [InlineData("OperationNotPermitted: The instance may not be terminated", 60)]
    [InlineData("RequestLimitExceeded: Request limit exceeded", 5)]
    public async Task L11_the_kind_of_error_decides_the_pause(string error, int minutes)
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.ReportAsync(Replica, success: false, error)).Is(200);
        backend.Clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
        Assert.Empty(await agent.HandedOutAsync());
        backend.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([Replica], await agent.HandedOutAsync());
    }

    [Fact]
    public async Task L11_a_claim_of_which_nothing_is_reported_is_no_attempt_and_no_failure()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        for (var look = 1; look <= 20; look++)
        {
            // A person with the curl of the guide, or an agent that EC2 keeps from trying.
            Assert.Equal([Replica], await agent.HandedOutAsync());
            Assert.Empty(await agent.HandedOutAsync());
            backend.Clock.Advance(TimeSpan.FromMinutes(5));
            await backend.Scheduler.RunOnceAsync(CancellationToken.None);
        }

        Assert.Empty((await backend.Admin.GetAsync("/api/admin/terminations?state=dead_letter")).Items());
        Assert.Equal(0, (await backend.Admin.GetAsync("/api/admin/terminations")).Items().Single().GetProperty("attempts").GetInt32());
        var stats = (await backend.Admin.GetAsync("/api/admin/stats")).Json;
        Assert.Equal((0, System.Text.Json.JsonValueKind.Null), (stats.GetProperty("failed_attempts").GetInt32(), stats.GetProperty("success_rate").ValueKind));
        Assert.Equal(20, (await agent.Api.GetAsync($"{agent.Path}/events?type=claims_lapsed")).Items().Count);
        Assert.Equal([Replica], await agent.HandedOutAsync());
        (await agent.ReportAsync(Replica, success: true)).Is(200);
        Assert.Equal(1, (await backend.Admin.GetAsync("/api/admin/stats")).Json.GetProperty("success_rate").GetDouble());
    }

    [Fact]
    public async Task L11_what_ec2_took_and_never_ended_counts()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        for (var attempt = 1; attempt <= 8; attempt++)
        {
            var claim = (await agent.PollAsync()).Items("instances").Single().GetProperty("claim_id").GetString();
            (await agent.Api.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, claim_id = claim, outcome = "terminating", success = true })).Is(200);
            backend.Clock.Advance(TimeSpan.FromMinutes(15));
        }

        Assert.Empty(await agent.HandedOutAsync());
        Assert.Single((await backend.Admin.GetAsync("/api/admin/terminations?state=dead_letter")).Items());
    }

    [Fact]
    public async Task L11_a_released_claim_is_no_attempt_and_is_handed_out_at_once()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        for (var round = 1; round <= 10; round++)
        {
            var claim = (await agent.PollAsync()).Items("instances").Single().GetProperty("claim_id").GetString();
            var report = new { instance_id = Replica, claim_id = claim, success = false, outcome = "released", error = "RequestLimitExceeded" };
            Assert.False((await agent.Api.PostAsync($"{agent.Path}/termination-report", report)).Is(200).Json.TryGetProperty("duplicate", out _));
            Assert.True((await agent.Api.PostAsync($"{agent.Path}/termination-report", report)).Is(200).Flag("duplicate"));
        }

        Assert.Equal("ready", (await backend.Admin.GetAsync("/api/admin/terminations")).Items().Single().GetProperty("status").GetString());
        Assert.Equal(0, (await backend.Admin.GetAsync("/api/admin/terminations")).Items().Single().GetProperty("attempts").GetInt32());
        (await agent.Api.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, success = true, outcome = "released" })).Refuses(400, "validation_failed");
    }

    [Theory]
    [InlineData("UnauthorizedOperation: You are not authorized to perform this operation.")]
    [InlineData("IAM permissions insufficient to terminate instance i-0000000000000000b")]
    [InlineData("RequestLimitExceeded: Request limit exceeded.")]
    public async Task L11_a_cause_that_all_machines_share_gives_none_of_them_up_and_is_one_event(string error)
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        string[] machines = ["i-00000000000000100", "i-00000000000000101", "i-00000000000000102"];
        foreach (var machine in machines)
        {
            await agent.RetireAsync(machine);
        }

        for (var round = 1; round <= 12; round++)
        {
            Assert.Equal(machines, (await agent.HandedOutAsync()).Order());
            foreach (var machine in machines)
            {
                (await agent.ReportAsync(machine, success: false, error)).Is(200);
            }

            Assert.Equal(round, (await agent.Api.GetAsync($"{agent.Path}/events?type=instance_termination_failed")).Items().Count);
            backend.Clock.Advance(TimeSpan.FromHours(2));
        }

        Assert.Empty((await backend.Admin.GetAsync("/api/admin/terminations?state=dead_letter")).Items());
        Assert.Equal(36, (await backend.Admin.GetAsync("/api/admin/stats")).Json.GetProperty("failed_attempts").GetInt32());
        Assert.Equal(machines, (await agent.HandedOutAsync()).Order());
    }

    [Fact]
    public async Task L11_dead_letters_are_requeued_all_at_once()
    {
        await using var backend = await StartAsync();
        var (first, second) = (await backend.EnrollAsync("web-1", primary: Primary), await backend.EnrollAsync("web-2", primary: Other));
        string[] machines = ["i-00000000000000100", "i-00000000000000101", "i-00000000000000102"];
        foreach (var (agent, machine) in machines.Select((machine, index) => (index < 2 ? first : second, machine)))
        {
            await agent.RetireAsync(machine);
            await agent.HandedOutAsync();
            (await agent.ReportAsync(machine, success: false, "InvalidInstanceID.Malformed: x")).Is(200);
        }

        Assert.Equal(3, (await backend.Admin.GetAsync("/api/admin/terminations?state=dead_letter")).Items().Count);
        (await first.Api.PostAsync("/api/admin/terminations/requeue", new { })).Refuses(403, "not_allowed");
        (await backend.Admin.PostAsync("/api/admin/terminations/requeue", new { agent_id = "nobody" })).Refuses(404, "agent_not_found");
        Assert.Equal(1, (await backend.Admin.PostAsync("/api/admin/terminations/requeue", new { agent_id = second.Id })).Is(200).Number("count"));
        Assert.Equal(2, (await backend.Admin.PostAsync("/api/admin/terminations/requeue")).Is(200).Number("count"));
        Assert.Equal(0, (await backend.Admin.PostAsync("/api/admin/terminations/requeue")).Is(200).Number("count"));
        Assert.Equal(2, (await backend.Admin.GetAsync("/api/admin/events?type=instance_termination_requeued")).Items().Count);
        Assert.Equal(machines[..2], (await first.HandedOutAsync()).Order());
    }

    [Fact]
    public async Task A_failure_that_is_followed_by_success_stays_counted()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.ReportAsync(Replica, success: false, "InternalError: x")).Is(200);
        Assert.Equal(1, (await backend.Admin.GetAsync("/api/admin/stats")).Json.GetProperty("failed_attempts").GetInt32());
        (await agent.ReportAsync(Replica, success: true)).Is(200);
        Assert.Equal(1, (await backend.Admin.GetAsync("/api/admin/stats")).Json.GetProperty("failed_attempts").GetInt32());
        Assert.Contains("spotcluster_termination_failures_total 1\n", (await backend.Admin.GetAsync("/metrics")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task L12_the_first_success_settles_it_and_repeats_change_nothing()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.ReportAsync(Replica, success: true)).Is(200);
        var before = await RowAsync(backend);
        backend.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.True((await agent.ReportAsync(Replica, success: true)).Is(200).Flag("duplicate"));
        Assert.True((await agent.ReportAsync(Replica, success: false, "late")).Is(200).Flag("duplicate"));
        Assert.Equal(before, await RowAsync(backend));
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/events?type=instance_terminated")).Items());
        Assert.Empty((await agent.Api.GetAsync($"{agent.Path}/events?type=instance_termination_failed")).Items());

        static Task<string> RowAsync(TestBackend backend) => backend.RowAsync(
            "SELECT state, terminated_at, attempts, updated_at FROM sc_instances WHERE instance_id = @Replica", new { Replica });
    }

    [Fact]
    public async Task L12_a_success_that_comes_after_the_lease_settles_the_newer_claim_as_well()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        var old = (await agent.PollAsync()).Items("instances").Single().GetProperty("claim_id").GetString();
        backend.Clock.Advance(TimeSpan.FromMinutes(6));
        var young = (await agent.PollAsync()).Items("instances").Single().GetProperty("claim_id").GetString();
        (await agent.Api.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, success = true, claim_id = old })).Is(200);
        Assert.Equal("terminated", await StateAsync(backend, Replica));
        var repeat = await agent.Api.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, success = false, claim_id = young, error = "x" });
        Assert.True(repeat.Is(200).Flag("duplicate"));
    }

    [Theory]
    [InlineData("\"2025-11-25T12:30:00\"")]
    [InlineData("\"2025-11-25T12:30:00Z\"")]
    [InlineData("\"2025-11-25T12:30:00.123456\"")]
    [InlineData("\"2025-11-25T12:30:00.123456+00:00\"")]
    [InlineData("\"2025-11-25T14:30:00+02:00\"")]
    [InlineData("\"2025-11-25T14:30:00+0200\"")]
    [InlineData("\"2025-11-25 12:30:00\"")]
    [InlineData("null")]
    public async Task L13_every_form_of_time_is_read_and_the_backends_clock_decides(string time)
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.Api.SendAsync(
            HttpMethod.Post, $"{agent.Path}/termination-report",
            $$"""{"instance_id":"{{Replica}}","success":true,"error":null,"terminated_at":{{time}}}""")).Is(200);
        Assert.Equal(
            backend.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            await backend.QueryAsync<long>("SELECT terminated_at FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        if (time != "null")
        {
            var told = await backend.QueryAsync<long>("SELECT agent_terminated_at FROM sc_instances WHERE instance_id = @Replica", new { Replica });
            Assert.Equal(new DateTimeOffset(2025, 11, 25, 12, 30, 0, TimeSpan.Zero).ToUnixTimeSeconds(), told / 1000);
        }
    }

    [Theory]
    [InlineData("\"yesterday\"")]
    [InlineData("\"11/25/2025\"")]
    [InlineData("\"2025-13-45T12:30:00Z\"")]
    [InlineData("1764073800")]
    [InlineData("{}")]
    public async Task L13_a_garbled_time_is_refused(string time)
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.Api.SendAsync(
            HttpMethod.Post, $"{agent.Path}/termination-report",
            $$"""{"instance_id":"{{Replica}}","success":true,"terminated_at":{{time}}}""")).Refuses(400, "malformed_json");
        Assert.Equal("retired", await StateAsync(backend, Replica));
    }

    [Fact]
    public async Task L13_a_wrong_clock_is_told_once_an_hour()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        for (var poll = 0; poll < 3; poll++)
        {
            (await agent.Api.SendAsync(
                HttpMethod.Get, $"{agent.Path}/instances-to-terminate", null,
                request => request.Headers.Date = backend.Clock.GetUtcNow() - TimeSpan.FromMinutes(7))).Is(200);
        }

        var skew = (await agent.Api.GetAsync($"{agent.Path}/events?type=clock_skewed")).Items().Single();
        Assert.Equal("-420", skew.GetProperty("metadata").GetProperty("seconds").GetString());
        (await agent.Api.SendAsync(
            HttpMethod.Get, $"{agent.Path}/instances-to-terminate", null,
            request => request.Headers.Date = backend.Clock.GetUtcNow() + TimeSpan.FromSeconds(50))).Is(200);
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/events?type=clock_skewed")).Items());
    }

    [Fact]
    public async Task L15_a_new_primary_makes_the_old_one_a_zombie_that_is_handed_out()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.Api.PostAsync(
            $"{agent.Path}/register-instance",
            new { instance_id = Replica, instance_type = "c5.large", region = agent.Region, az = "us-east-1b", mode = "spot" })).Is(200);
        Assert.Equal("zombie", await StateAsync(backend, Primary));
        backend.Clock.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal([Primary], await agent.HandedOutAsync());
        (await agent.ReportAsync(Primary, success: true)).Is(200);

        // Nothing comes back from the end.
        (await agent.Api.PostAsync(
            $"{agent.Path}/register-instance",
            new { instance_id = Primary, instance_type = "c5.large", region = agent.Region, az = "us-east-1b", mode = "spot" })).Refuses(409, "instance_marked");
        var ignored = (await agent.RegisterAsync(Primary)).Is(200);
        Assert.Equal("Instance is not primary, registration ignored", ignored.Text("message"));
        Assert.False(ignored.Json.GetProperty("config").GetProperty("auto_terminate_enabled").GetBoolean());
        Assert.Equal("terminated", await StateAsync(backend, Primary));
    }

    [Fact]
    public async Task L16_a_wait_of_zero_is_at_once_and_the_range_is_checked()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.SettingsAsync(new { terminate_wait_seconds = 0 })).Is(200);
        (await agent.PromoteAsync(await agent.ReadyReplicaAsync(Replica))).Is(200);
        var list = (await agent.PollAsync()).Is(200);
        Assert.Equal(0, list.Number("terminate_wait_seconds"));
        Assert.Equal(Primary, list.Items("instances").Single().GetProperty("instance_id").GetString());

        foreach (var wrong in (int[])[-1, 604_801])
        {
            (await agent.SettingsAsync(new { terminate_wait_seconds = wrong })).Refuses(400, "validation_failed");
        }

        (await agent.ConfigAsync(new { terminateWaitMinutes = 30 })).Is(200);
        (await agent.ConfigAsync(new { terminate_wait_minutes = 10_081 })).Refuses(400, "validation_failed");
        var config = (await agent.Api.GetAsync($"{agent.Path}/config")).Is(200);
        Assert.Equal(1800, config.Number("terminate_wait_seconds"));

        // A lost update is told, not made.
        (await backend.Admin.SendAsync(
            HttpMethod.Post, $"/api/client/agents/{agent.Id}/settings", """{"auto_terminate_enabled":0}""",
            request => request.Headers.TryAddWithoutValidation("If-Match", "\"1\""))).Refuses(412, "config_changed");
        (await backend.Admin.SendAsync(
            HttpMethod.Post, $"/api/client/agents/{agent.Id}/settings", """{"auto_terminate_enabled":0}""",
            request => request.Headers.TryAddWithoutValidation("If-Match", config.ETag))).Is(200);
    }

    [Theory]
    [InlineData("{}", 400)]
    [InlineData("[]", 400)]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    [InlineData("null", 400)]
    [InlineData("""{"instance_id":"","success":true}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b"}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b","success":"false"}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b","success":2}""", 400)]
    [InlineData("""{"instance_id":["i-0000000000000000b"],"success":true}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b","success":true,"outcome":"failed"}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b","success":true,"outcome":"maybe"}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b' OR 1=1 --","success":true}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b","success":true,"error":"\u0000"}""", 400)]
    [InlineData("""{"instance_id":"i-0000000000000000b","success":1,"extra":{"a":[1,2,3]}}""", 200)]
    [InlineData("""{"instance_id":"i-0000000000000000b","success":0,"error":null}""", 200)]
    public async Task L17_bodies_are_typed(string body, int status)
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        var answer = await agent.Api.SendAsync(HttpMethod.Post, $"{agent.Path}/termination-report", body);
        answer.Is(status);
        if (status == 400)
        {
            Assert.Equal(JsonValueKind.String, answer.Json.GetProperty("error").ValueKind);
            Assert.Equal("retired", await StateAsync(backend, Replica));
        }
    }

    [Fact]
    public async Task L18_terminating_keeps_the_claim_and_the_end_is_reported_later()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.Api.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, outcome = "terminating" })).Is(200);
        Assert.Equal("terminating", await backend.QueryAsync<string>("SELECT observed_state FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        backend.Clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Empty(await agent.HandedOutAsync());
        (await agent.Api.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, outcome = "terminated" })).Is(200);
        Assert.Equal("terminated", await StateAsync(backend, Replica));
    }

    [Fact]
    public async Task L18_a_terminating_that_is_never_followed_up_is_handed_out_again()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.Api.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, outcome = "terminating" })).Is(200);
        backend.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal([Replica], await agent.HandedOutAsync());
    }

    [Fact]
    public async Task L20_every_change_of_state_has_its_audit_row_and_the_audit_cannot_be_changed()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        (await agent.ReportAsync(Replica, success: true)).Is(200);
        var trail = (await backend.Admin.GetAsync($"/api/admin/audit?subject={Replica}")).Is(200).Items()
            .Select(row => $"{row.GetProperty("actor").GetString()} {row.GetProperty("action").GetString()} {row.GetProperty("state_from").GetString()}>{row.GetProperty("state_to").GetString()}")
            .Reverse();
        Assert.Equal(
            [
                $"agent:{agent.Id} instance.add >running_replica",
                "admin instance.move running_replica>retired",
                $"agent:{agent.Id} termination.claim >",
                $"agent:{agent.Id} instance.move retired>terminated",
            ],
            trail);
        foreach (var sql in (string[])["UPDATE sc_audit SET actor = 'nobody'", "DELETE FROM sc_audit"])
        {
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => backend.Database.WriteAsync(
                new Data.RequestContext("test", "test", CancellationToken.None), session => session.ExecuteAsync(sql)));
        }
    }

    [Fact]
    public async Task L21_a_long_list_comes_in_pages_and_says_when_to_ask_again()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        for (var number = 1; number <= 5; number++)
        {
            await agent.RetireAsync($"i-0000000000000010{number}");
        }

        var page = (await agent.PollAsync("?limit=3")).Is(200);
        Assert.Equal(3, page.Items("instances").Count);
        Assert.Equal(5, page.Number("next_poll_seconds"));
        var rest = (await agent.PollAsync("?limit=3")).Is(200);
        Assert.Equal(2, rest.Items("instances").Count);
        Assert.Equal(60, rest.Number("next_poll_seconds"));
        foreach (var wrong in (string[])["0", "501", "-1"])
        {
            (await agent.PollAsync($"?limit={wrong}")).Refuses(400, "validation_failed");
        }

        (await agent.PollAsync("?limit=many")).Refuses(400, "malformed_request");
    }

    [Fact]
    public async Task L22_no_more_than_allowed_in_an_hour_and_only_what_carries_the_tag()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary, settings: new { max_terminations_per_hour = 1 });
        await agent.RetireAsync("i-00000000000000101");
        await agent.RetireAsync("i-00000000000000102");
        Assert.Equal(["i-00000000000000101"], await agent.HandedOutAsync());
        (await agent.ReportAsync("i-00000000000000101", success: true)).Is(200);
        backend.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Empty(await agent.HandedOutAsync());
        backend.Clock.Advance(TimeSpan.FromMinutes(1));
        (await agent.SettingsAsync(new { required_tag = "ManagedBy=SpotOptimizer" })).Is(200);
        Assert.Empty(await agent.HandedOutAsync());
        var pending = (await backend.Admin.GetAsync("/api/admin/terminations")).Items().Single();
        Assert.Equal("It does not have the required tag ManagedBy", pending.GetProperty("blocked_by").GetString());

        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        var replica = await agent.ReplicaAsync();
        (await agent.Api.PutAsync(
            $"{agent.Path}/replicas/{replica}",
            new { instance_id = "i-00000000000000103", tags = new { ManagedBy = "SpotOptimizer", Name = "x" } })).Is(200);
        (await agent.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        var list = (await agent.PollAsync()).Is(200);
        Assert.Equal("i-00000000000000103", list.Items("instances").Single().GetProperty("instance_id").GetString());
        Assert.Equal("ManagedBy=SpotOptimizer", list.Text("required_tag"));
    }

    protected static Task<string> StateAsync(TestBackend backend, string instanceId) =>
        backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @instanceId", new { instanceId });
}
