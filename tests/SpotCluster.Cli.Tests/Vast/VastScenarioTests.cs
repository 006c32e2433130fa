using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Cli.Tests.Vast;

/// <summary>Answers that a service should not give and that were met all the same: what the program makes of each.</summary>
public sealed class VastScenarioTests : VastStubTest
{
    private const string Auto = "auto --max-hourly-price 0.5 --force";

    private static readonly StubReply Page = new(200, "<html><body>Maintenance</body></html>", "text/html");

    [Fact]
    public async Task Basic_instances_are_listed_rented_and_destroyed()
    {
        Stub.Add(1, 2, 3).Offer(11, 12);
        Assert.Contains("3 instances, $0.9300 per hour.", (await RunAsync("instances")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("rent --offer-id 11 --force")).ExitCode);
        Assert.Equal(0, (await RunAsync(Auto)).ExitCode);
        Assert.Equal(5, Stub.Instances.Count);
        var result = await RunAsync("destroy-all --force");
        Assert.Contains("Destroyed 5/5 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.Contains("Verified empty: every managed instance at Vast.ai", result.Out + result.Error, StringComparison.Ordinal);
        Assert.Empty(Stub.Instances);
    }

    [Theory]
    [InlineData("rent --offer-id 11 --force")]
    [InlineData("reserve --offer-id 11 --force")]
    [InlineData(Auto)]
    public async Task Creditcard_a_negative_credit_that_the_service_accepts_rents_and_destroys_nothing(string command)
    {
        Stub.Add(1, 2, 3).Offer(11);
        Stub.User["credit"] = -0.01;
        Stub.User["can_pay"] = true;
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([1, 2, 3, 501], Stub.Instances.Keys);
        Assert.Contains("a credit of $-0.01; Vast.ai decides", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(402)]
    [InlineData(200)]
    public async Task Credit400_the_services_refusal_of_a_create_call_destroys_what_is_managed_whatever_its_status(int status)
    {
        Stub.Add(1, 2, 3).Offer(11);
        Stub.Instances[9] = Stub.Instance(9, "alice");
        Stub.Create = (_, _) => StubReply.Refuse(status, "insufficient_credit", "Your account lacks credit; see the billing page.");
        var result = await RunAsync(Auto);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal([9], Stub.Instances.Keys);
        Assert.Contains("All instances destroyed to prevent further costs.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_call_without_credit_starts_no_clean_up()
    {
        Stub.Add(1, 2, 3).Offer(11);
        Stub.Search = _ => StubReply.Refuse(400, "insufficient_credit", "no searches without credit");
        Assert.Equal(1, (await RunAsync(Auto)).ExitCode);
        Assert.Equal(1, (await RunAsync("rent --offer-id 11 --force")).ExitCode);
        Assert.Equal(3, Stub.Instances.Count);
    }

    [Theory]
    [InlineData("start --instance-id 1 --force")]
    [InlineData("set --instance-id 1 --bid 0.4 --force")]
    public async Task Startcredit_a_start_or_a_bid_without_credit_touches_nothing_and_names_what_stops_the_bill(string command)
    {
        Stub.Add(1, 2, 3);
        Stub.Change(1, new JObject { ["state"] = "stopped" });
        Stub.Instances[1]["is_bid"] = true;
        Stub.Before = call => call.Method == "PUT" ? StubReply.Refuse(400, "insufficient_credit", "Your account lacks credit.") : null;
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal([1, 2, 3], Stub.Instances.Keys);
        Assert.DoesNotContain(Stub.Calls, call => call.Method == "DELETE");
        Assert.Contains("InsufficientCredit", result.Error, StringComparison.Ordinal);
        Assert.Contains("spotcluster destroy-all", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pricechange_an_instance_above_the_limit_is_destroyed_at_once_and_the_next_offer_is_tried()
    {
        Stub.Offer(11, 12, 13);
        Stub.Create = (offer, body) =>
        {
            var reply = Stub.Rent(offer, body);
            if (offer < 13)
            {
                Stub.Instances[Stub.LastId]["dph_base"] = 2.5;
                Stub.Instances[Stub.LastId]["dph_total"] = 2.51;
            }

            return reply;
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([503], Stub.Instances.Keys);

        Stub.Offer(11, 12);
        var dear = await RunAsync("rent --offer-id 11 --max-hourly-price 0.5 --force");
        Assert.NotEqual(0, dear.ExitCode);
        Assert.Contains("HourlyCostExceeded", dear.Error, StringComparison.Ordinal);
        Assert.Equal([503], Stub.Instances.Keys);
    }

    [Fact]
    public async Task A_price_that_rises_while_the_instance_loads_is_seen_too()
    {
        Stub.Offer(11, 12);
        var shows = 0;
        Stub.Create = (offer, body) =>
        {
            var reply = Stub.Rent(offer, body);
            Stub.Instances[Stub.LastId]["actual_status"] = "loading";
            return reply;
        };
        Stub.List = call =>
        {
            if (Stub.Instances.TryGetValue(501, out var first) && ++shows == 2)
            {
                first["dph_total"] = 2.51;
                first["actual_status"] = "running";
            }
            else if (Stub.Instances.TryGetValue(502, out var second))
            {
                second["actual_status"] = "running";
            }

            return Stub.ListPage(call);
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([502], Stub.Instances.Keys);
    }

    [Fact]
    public async Task A_bid_above_the_price_on_demand_is_refused_unless_it_is_given()
    {
        Stub.Offer(11);
        Stub.Offers[11]["min_bid"] = 0.45;
        Stub.Offers[11]["dph_base"] = 0.45;
        var refused = await RunAsync("rent --offer-id 11 --force");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("above its on-demand price of $0.3000", refused.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await RunAsync(Auto)).ExitCode);
        Assert.Empty(Stub.Instances);

        var given = await RunAsync("rent --offer-id 11 --bid 0.46 --force");
        Assert.True(given.ExitCode == 0, given.Error);
        Assert.Contains("warning: A bid of $0.4600", given.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_a_pattern_finds_what_lies_behind_hundreds_of_cheaper_offers(bool knowsNames)
    {
        AddMarket();
        Stub.Before = call => !call.Path.Contains("gpu_names", StringComparison.Ordinal) ? null
            : knowsNames ? StubReply.Json(new { gpu_names = new[] { "RTX 3060", "H100 SXM" } })
            : null;
        var result = await RunAsync("offers --gpu-name H100* --limit 10 --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["301", "302", "303", "304", "305"], result.Json.GetProperty("offers").EnumerateArray().Select(offer => offer.GetProperty("offerId").GetString()));
        Assert.Equal(knowsNames ? 1 : 4, Stub.Count("POST", "/api/v0/bundles"));
    }

    [Fact]
    public async Task Sameprice_a_price_of_more_offers_than_one_answer_holds_is_read_on_by_id_or_said_to_be_cut_off()
    {
        Stub.Offer([.. Enumerable.Range(1, 200).Select(id => (long)id)]);
        foreach (var offer in Stub.Offers.Values)
        {
            offer["dph_total"] = 0.3;
        }

        Stub.Search = Market;
        var all = await RunAsync("offers --limit 150 --json");
        Assert.Equal(150, all.Json.GetProperty("offers").GetArrayLength());

        Stub.Search = body =>
        {
            body.Remove("id");
            return Market(body);
        };
        var cut = await RunAsync("offers --limit 150 --json");
        Assert.Equal(64, cut.Json.GetProperty("offers").GetArrayLength());
        Assert.Contains("More offers exist than Vast.ai returns", cut.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(62, 1)]
    [InlineData(62.5, 1)]
    public async Task Memory_is_compared_as_it_is_shown(double least, int expected)
    {
        Stub.Offer(11);
        using var service = Open();
        var query = new OfferQuery { MinMemoryGiB = (decimal)least, MinGpuMemoryGiB = 24 };
        Assert.Equal(expected, (await service.FindOffersAsync(query, new RecordingHost(), default).ToListAsync()).Count);
    }

    [Fact]
    public async Task Neverleaves_the_residue_is_what_the_newest_listing_shows()
    {
        Stub.Add(1, 2, 3);
        Stub.DeleteMany = ids => Stub.DestroyAll([.. ids.Except([2])]);
        Stub.Delete = id => id == 2 ? StubReply.Json(new { success = true }) : Stub.Destroy(id);
        var result = await RunAsync("destroy-all --force --timeout 60s --json");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(["2"], result.Json.GetProperty("proof").GetProperty("residue").EnumerateArray().Select(row => row.GetProperty("id").GetString()));
        Assert.Contains("1 instance at Vast.ai remains: 2.", result.Error, StringComparison.Ordinal);
        Assert.Contains("waiting until instance 2 is no longer listed, at most until", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gonethenback_what_comes_back_is_destroyed_again()
    {
        Stub.Add(1, 2, 3);
        var second = Stub.Instances[2];
        var lists = 0;
        var isBack = false;
        Stub.List = call =>
        {
            if (Stub.Instances.Count == 0 && ++lists == 2 && !isBack)
            {
                isBack = true;
                Stub.Instances[2] = second;
            }

            return Stub.ListPage(call);
        };
        var result = await RunAsync("destroy-all --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(isBack);
        Assert.True(result.Json.GetProperty("proof").GetProperty("proven").GetBoolean());
        Assert.Contains("Instance 2 is listed again", result.Error, StringComparison.Ordinal);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task Keyexpirepart_what_was_done_is_told_although_the_key_ends_in_the_middle()
    {
        Stub.Add(1, 2, 3);
        var isDead = false;
        Stub.Before = _ => isDead ? StubReply.Refuse(404, "auth_error", "Session expired. Please log in again.") : null;
        Stub.DeleteMany = _ => new StubReply(500, "x", "text/plain");
        Stub.Delete = id =>
        {
            isDead = true;
            return Stub.Destroy(id);
        };
        var result = await RunAsync("destroy-all --force --json");
        Assert.Equal(3, result.ExitCode);
        var removals = result.Json.GetProperty("removals").EnumerateArray().ToDictionary(removal => removal.GetProperty("id").GetString()!, removal => removal.GetProperty("reason").GetString()!);
        Assert.Equal(["1", "2", "3"], removals.Keys.Order());
        Assert.Single(removals.Values, reason => reason.Contains("Vast.ai accepted the request", StringComparison.Ordinal));
        Assert.Equal(2, removals.Values.Count(reason => reason.Contains("Cannot destroy instance", StringComparison.Ordinal)));
        Assert.False(result.Json.GetProperty("proof").GetProperty("proven").GetBoolean());
        Assert.Contains("VastSessionExpired", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("destroy --instance-id 1 --force")]
    [InlineData("destroy-all --force")]
    public async Task Del500once_a_failed_delete_is_tried_again(string command)
    {
        Stub.Add(1);
        var deletes = 0;
        Stub.Delete = id => ++deletes == 1 ? StubReply.Refuse(500, "server_error", "try again") : Stub.Destroy(id);
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task Bulkpart_what_a_call_for_many_left_is_destroyed_singly_and_a_failure_is_tried_again()
    {
        Stub.Add(1, 2, 3);
        var deletes = 0;
        Stub.DeleteMany = ids => Stub.DestroyAll([ids[0]]);
        Stub.Delete = id => id == 2 && ++deletes < 2 ? StubReply.Refuse(500, "server_error") : Stub.Destroy(id);
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("Destroyed 3/3 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.Empty(Stub.Instances);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bulk500_a_call_for_many_that_fails_is_looked_up_before_anything_is_done_again(bool wasDone)
    {
        Stub.Add(1, 2, 3);
        Stub.DeleteMany = ids =>
        {
            _ = wasDone ? Stub.DestroyAll(ids) : null;
            return new StubReply(500, "<html>Internal Server Error</html>", "text/html");
        };
        var result = await RunAsync("destroy-all --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.All(result.Json.GetProperty("removals").EnumerateArray(), removal => Assert.Equal("Removed", removal.GetProperty("outcome").GetString()));
        Assert.Equal(wasDone ? 0 : 3, Stub.Calls.Count(call => call.Method == "DELETE") - 1);
    }

    [Fact]
    public async Task Sf200_a_refusal_under_the_status_of_a_success_is_never_a_success()
    {
        Stub.Add(1, 2);
        Stub.DeleteMany = _ => StubReply.Refuse(200, "server_error", "try again");
        Stub.Delete = _ => StubReply.Refuse(200, "server_error", "cannot destroy now");
        var result = await RunAsync("destroy-all --force --timeout 60s");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Destroyed 0/2 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.True(Stub.Calls.Count(call => call.Method == "DELETE") > 4, "It is tried again until the time is over.");
    }

    [Fact]
    public async Task P2fails_what_is_known_is_shown_and_destroyed()
    {
        Stub.Add([.. Enumerable.Range(1, 39).Select(id => (long)id)]);
        Stub.List = call => call.Query.ContainsKey("after_token") ? new StubReply(500, "boom", "text/plain") : Stub.ListPage(call);
        var listed = await RunAsync("instances --json");
        Assert.Equal(3, listed.ExitCode);
        Assert.Equal(25, listed.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal(["ServiceFailed"], listed.ErrorIds);

        var result = await RunAsync("destroy-all --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(39, result.Json.GetProperty("removals").GetArrayLength());
        Assert.Contains("25 so far", result.Error, StringComparison.Ordinal);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task Hang_every_call_has_a_bound_and_says_what_it_waits_for()
    {
        Stub.Add(1);
        Stub.Hang = (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        using var service = Open(VastTransport.UsualAnswerLimit);
        var host = new RecordingHost();
        var start = Clock.GetUtcNow();
        var error = await Assert.ThrowsAsync<SpotException>(async () => await service.GetInstancesAsync(new InstanceQuery(), host, default).ToListAsync());
        Assert.Equal(SpotErrorIds.ServiceFailed, error.ErrorId);
        Assert.Equal(SpotErrorCategory.Timeout, error.Category);
        Assert.InRange(Clock.GetUtcNow() - start, TimeSpan.Zero, VastTransport.Patience + VastTransport.UsualAnswerLimit);
        Assert.Contains(host.Steps, step => step.IsWait && step.Status.Contains("no answer for 5 s", StringComparison.Ordinal));
        Assert.Contains(host.Steps, step => step.IsWait && step.Status.Contains("retrying", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Slow_an_answer_that_takes_twenty_seconds_is_waited_for()
    {
        Stub.Add(1);
        Stub.Hang = (_, token) => Task.Delay(TimeSpan.FromSeconds(20), Clock, token);
        using var service = Open(VastTransport.UsualAnswerLimit);
        Assert.Single(await service.GetInstancesAsync(new InstanceQuery(), new RecordingHost(), default).ToListAsync());
    }

    [Fact]
    public async Task Retryhuge_a_wait_of_a_day_is_an_error_and_not_slept_through()
    {
        Stub.Add(1);
        Stub.Before = _ => new StubReply(429, "API requests too frequent", "text/plain") { RetryAfter = "86400" };
        var result = await RunAsync("instances --json");
        Assert.Equal(["RequestThrottled"], result.ErrorIds);
        Assert.Contains("requires a wait of 86400 seconds", result.Error, StringComparison.Ordinal);
        Assert.Single(Stub.Calls);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT")]
    [InlineData(null)]
    public async Task T429_t429retry_and_retrydate_a_throttled_call_is_made_again_and_the_wait_is_told(string? retryAfter)
    {
        Stub.Add(1);
        var calls = 0;
        Stub.Before = _ => ++calls <= 2 ? new StubReply(429, "API requests too frequent: endpoint threshold=1.0", "text/plain") { RetryAfter = retryAfter } : null;
        var result = await RunAsync("instances");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Vast.ai throttled the call; retrying in", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("instances --json")]
    [InlineData("destroy-all --force --timeout 30s --json")]
    public async Task T429forever_has_an_end(string command)
    {
        Stub.Add(1);
        Stub.Before = _ => new StubReply(429, "API requests too frequent", "text/plain");
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("RequestThrottled", result.ErrorIds);
    }

    [Fact]
    public async Task Endlesstoken_pages_that_bring_nothing_new_end_and_what_was_read_is_shown()
    {
        Stub.Add([.. Enumerable.Range(1, 29).Select(id => (long)id)]);
        var pages = 0;
        Stub.List = _ => StubReply.Json(new { success = true, next_token = $"t{++pages}", instances = Stub.Instances.Values.Take(25) });
        var result = await RunAsync("instances --json");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(["ResponseInvalid"], result.ErrorIds);
        Assert.Equal(25, result.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal(2, pages);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("null")]
    [InlineData("\"\"")]
    public async Task Falsetoken_and_emptytoken_only_a_text_or_a_number_names_another_page(string token)
    {
        Stub.Add(1, 2);
        Stub.List = _ => new StubReply(200, new JObject { ["success"] = true, ["next_token"] = JToken.Parse(token), ["instances"] = new JArray(Stub.Instances.Values) }.ToString());
        var result = await RunAsync("instances --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(2, result.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal(1, Stub.Count("GET", "/api/v1/instances"));
    }

    [Theory]
    [InlineData("Pulling from myrepo/error-correction: 33%", "x", SpotInstanceState.Pending)]
    [InlineData("myrepo/error:latest: Pulling fs layer", "myrepo/error:latest", SpotInstanceState.Pending)]
    [InlineData("Status: Downloaded newer image for failed:1", "failed:1", SpotInstanceState.Pending)]
    [InlineData("Successfully loaded exception/failure:v2", "exception/failure:v2", SpotInstanceState.Pending)]
    [InlineData("success, running error/ssh", "error", SpotInstanceState.Pending)]
    [InlineData("Error response from daemon: pull access denied for myrepo/x", "myrepo/x", SpotInstanceState.Stuck)]
    [InlineData("Error response from daemon: failed to create task: OCI runtime create failed", "x", SpotInstanceState.Stuck)]
    [InlineData("write /var/lib/docker/tmp/x: no space left on device", "x", SpotInstanceState.Stuck)]
    [InlineData("permission denied", "x", SpotInstanceState.Stuck)]
    public void Errfalsepos_the_name_of_an_image_is_no_failure(string message, string image, SpotInstanceState expected)
    {
        var row = Stub.Instance(1, "spotcluster/demo/n");
        row["actual_status"] = "loading";
        row["status_msg"] = message;
        row["image_uuid"] = image;
        row["start_date"] = Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(expected, new VastInstance(row).State(Clock.GetUtcNow()).State);
    }

    [Fact]
    public async Task Cf403_a_page_of_a_proxy_says_nothing_about_the_key()
    {
        Stub.Add(1);
        Stub.Before = _ => new StubReply(403, "<html><head><title>Just a moment...</title></head></html>", "text/html");
        foreach (var command in new[] { "instances --json", "destroy-all --force --timeout 30s --json", "destroy --instance-id 1 --force --json" })
        {
            var result = await RunAsync(command);
            Assert.NotEqual(0, result.ExitCode);
            Assert.All(result.ErrorIds, id => Assert.Equal("ServiceFailed", id));
            Assert.Contains("a web page came back instead of JSON (HTTP 403)", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("key lacks permission", result.Error, StringComparison.Ordinal);
        }

        Assert.Single(Stub.Instances);
    }

    [Fact]
    public async Task Get404_an_instance_that_is_gone_may_be_told_by_a_404_and_a_page_with_that_status_is_not_that()
    {
        Stub.Add(1, 2);
        Stub.Show = id => Stub.Instances.TryGetValue(id, out var row) ? StubReply.Json(new { instances = row }) : StubReply.Refuse(404, "no_such_instance");
        using var service = Open();
        var host = new RecordingHost();
        Assert.Equal(SpotErrorIds.InstanceNotFound, (await Assert.ThrowsAsync<SpotException>(() => service.StopAsync(new InstanceKey("9"), host, default))).ErrorId);
        Assert.Equal(0, (await RunAsync("destroy --instance-id 1 --force")).ExitCode);

        Stub.Show = _ => new StubReply(404, "<html>Not found</html>", "text/html");
        Assert.Equal(SpotErrorIds.ServiceFailed, (await Assert.ThrowsAsync<SpotException>(() => service.StopAsync(new InstanceKey("2"), host, default))).ErrorId);
    }

    [Theory]
    [InlineData("instances --json")]
    [InlineData("stop --instance-id 1 --json")]
    [InlineData("set --instance-id 1 --label a --json")]
    [InlineData("destroy-all --force --timeout 30s --json")]
    public async Task Html200_a_web_page_is_never_an_answer(string command)
    {
        Stub.Add(1, 2);
        Stub.Before = call => call.Method != "GET" || command.StartsWith("instances", StringComparison.Ordinal) ? Page : null;
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("a web page came back instead of JSON (HTTP 200)", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, Stub.Instances.Count);
    }

    [Theory]
    [InlineData("v0list410", 410, "deprecated_endpoint", "no longer serves")]
    [InlineData("no_v1", 404, "not_found", "refused ListInstances")]
    [InlineData("a401", 401, "auth_error", "does not accept the API key")]
    public async Task A_refusal_of_the_list_is_an_error_and_never_an_empty_account(string name, int status, string code, string expected)
    {
        Assert.NotNull(name);
        Stub.Add(1);
        Stub.List = _ => StubReply.Refuse(status, code, "said");
        foreach (var command in new[] { "instances", "destroy-all --force --timeout 20s" })
        {
            var result = await RunAsync(command);
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains(expected, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("No active instances", result.Error + result.Out, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Del204_an_empty_answer_to_a_delete_is_a_success(bool hasBulk)
    {
        Stub.Add(1, 2, 3);
        Stub.Delete = id => Stub.Destroy(id).Status == 200 ? new StubReply(204, "", null) : throw new InvalidOperationException();
        Stub.DeleteMany = ids => hasBulk && Stub.DestroyAll(ids).Status == 200 ? new StubReply(204, "", null) : new StubReply(405, "Method Not Allowed", "text/plain");
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task Slowleave_an_instance_that_takes_its_time_is_waited_for()
    {
        Stub.Add(1, 2, 3);
        DateTimeOffset? gone = null;
        Stub.DeleteMany = _ =>
        {
            gone = Clock.GetUtcNow() + TimeSpan.FromSeconds(45);
            return StubReply.Json(new { success = true });
        };
        Stub.Delete = _ => StubReply.Json(new { success = true });
        Stub.List = call =>
        {
            if (Clock.GetUtcNow() > gone)
            {
                Stub.Instances.Clear();
            }

            return Stub.ListPage(call);
        };
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("Destroyed 3/3", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, true)]
    [InlineData(400, true)]
    [InlineData(410, true)]
    [InlineData(200, true)]
    public async Task Rentgone400_and_rent200false_an_offer_that_is_taken_is_passed_over_whatever_the_status(int status, bool expected)
    {
        Stub.Offer(11, 12, 13);
        Stub.Create = (offer, body) => offer < 13 ? StubReply.Refuse(status, "no_such_ask", "Instance type is not available") : Stub.Rent(offer, body);
        var result = await RunAsync(Auto);
        Assert.Equal(expected, result.ExitCode == 0);
        Assert.Equal([501], Stub.Instances.Keys);
    }

    [Theory]
    [InlineData("createempty", "")]
    [InlineData("createnocontract", "{\"success\":true}")]
    [InlineData("strcreate", "\"accepted\"")]
    public async Task An_answer_to_a_rent_that_says_nothing_is_cleared_up_by_the_label(string name, string body)
    {
        Assert.NotNull(name);
        Stub.Offer(11);
        Stub.Create = (offer, request) => Stub.Rent(offer, request) with { Body = body };
        var result = await RunAsync("rent --offer-id 11 --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("501", result.Json.GetProperty("instance").GetProperty("id").GetString());
        Assert.Equal(1, Stub.Count("PUT", "/api/v0/asks/11"));
    }

    [Fact]
    public async Task Parked_a_contract_that_comes_with_a_refusal_is_destroyed_and_the_next_offer_is_tried()
    {
        Stub.Offer(11, 12);
        Stub.Create = (offer, body) =>
        {
            var reply = Stub.Rent(offer, body);
            return offer == 11 ? reply with { Body = $"{{\"success\":false,\"msg\":\"bid too low\",\"new_contract\":{Stub.LastId}}}" } : reply;
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([502], Stub.Instances.Keys);
    }

    [Theory]
    [InlineData("exited", "Container exited with code 1")]
    [InlineData("offline", "offline")]
    [InlineData("created", "Error response from daemon: failed to create task: OCI runtime create failed")]
    public async Task Exited_offline_and_created_oci_an_instance_that_will_not_run_is_destroyed_and_the_next_offer_is_tried(string status, string message)
    {
        Stub.Offer(11, 12);
        Stub.Create = (offer, body) =>
        {
            var reply = Stub.Rent(offer, body);
            if (offer == 11)
            {
                Stub.Instances[Stub.LastId]["actual_status"] = status;
                Stub.Instances[Stub.LastId]["status_msg"] = message;
            }

            return reply;
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([502], Stub.Instances.Keys);
    }

    [Fact]
    public async Task Nullfields_strings_and_dupes_are_read_as_well_as_they_can_be()
    {
        Stub.Add(1, 2);
        Stub.Instances[3] = new JObject { ["id"] = 3, ["label"] = "spotcluster/demo/n3" };
        Stub.Instances[4] = new JObject(Stub.Instance(4, "spotcluster/demo/n4").Properties().Select(pair => new JProperty(pair.Name, pair.Name is "id" or "label" ? pair.Value : JValue.CreateNull())));
        Stub.Instances[5] = new JObject(Stub.Instance(5, "spotcluster/demo/n5").Properties().Select(pair =>
            new JProperty(pair.Name, pair.Value is JValue { Type: JTokenType.Integer or JTokenType.Float } number ? Convert.ToString(number.Value, CultureInfo.InvariantCulture) : pair.Value)));
        Stub.List = _ => StubReply.Json(new { success = true, next_token = (string?)null, instances = Stub.Instances.Values.Concat(Stub.Instances.Values) });
        var result = await RunAsync("instances --json");
        Assert.Equal(0, result.ExitCode);
        var rows = result.Json.GetProperty("instances").EnumerateArray().ToArray();
        Assert.Equal(["1", "2", "3", "4", "5"], rows.Select(row => row.GetProperty("id").GetString()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, rows[2].GetProperty("hourlyPrice").ValueKind);
        Assert.Equal(0.31m, rows[4].GetProperty("hourlyPrice").GetDecimal());
    }

    [Fact]
    public async Task Prepaid_an_instance_whose_return_costs_money_is_retained_and_named()
    {
        Stub.Add(1, 2);
        Stub.Instances[1]["credit_balance"] = 12.5;
        var result = await RunAsync("destroy-all --force");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal([1], Stub.Instances.Keys);
        Assert.Contains("prepaid", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("destroy --instance-id 1 --force")).ExitCode);
    }

    private void AddMarket()
    {
        for (var i = 1; i <= 200; i++)
        {
            Stub.Offer(i);
            Stub.Offers[i]["gpu_name"] = "RTX 3060";
            Stub.Offers[i]["dph_total"] = 0.05 + (i * 0.0005);
        }

        for (var i = 301; i <= 305; i++)
        {
            Stub.Offer(i);
            Stub.Offers[i]["gpu_name"] = "H100 SXM";
            Stub.Offers[i]["dph_total"] = 1.5 + (i * 0.001);
        }

        Stub.Search = Market;
    }

    private StubReply Market(JObject body)
    {
        var names = (body["gpu_name"]?["in"] as JArray)?.Values<string>().ToHashSet();
        var price = body["dph_total"] as JObject ?? [];
        var rows = Stub.Offers.Values
            .Where(row => names?.Contains((string)row["gpu_name"]!) != false)
            .Where(row => body["id"]?["gt"] is not { } after || (long)row["id"]! > (long)after)
            .Where(row => (decimal)row["dph_total"]! <= ((decimal?)price["lte"] ?? decimal.MaxValue) && (decimal)row["dph_total"]! >= ((decimal?)price["gte"] ?? 0))
            .OrderBy(row => (decimal)row["dph_total"]!).ThenBy(row => (long)row["id"]!)
            .Take(64);
        return StubReply.Json(new { offers = rows });
    }
}
