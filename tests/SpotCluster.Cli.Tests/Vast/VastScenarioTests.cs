using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Cli.Tests.Vast;

/// <summary>Answers that a service should not give and that were met all the same: what the program makes of each.</summary>
public sealed class VastScenarioTests : IDisposable
{
    private const string Auto = "auto --max-hourly-price 0.5 --force";

    private static readonly StubReply Page = new(200, "<html><body>Maintenance</body></html>", "text/html");

    private readonly SimulatedClock _clock = new();
    private readonly VastStub _vast;
    private readonly string _journal = Directory.CreateTempSubdirectory("spotcluster-vast-scenario-").FullName;

    public VastScenarioTests() => _vast = new VastStub(_clock);

    public void Dispose()
    {
        _vast.Dispose();
        _clock.Dispose();
        Directory.Delete(_journal, recursive: true);
    }

    [Fact]
    public async Task Basic_instances_are_listed_rented_and_destroyed()
    {
        _vast.Add(1, 2, 3).Offer(11, 12);
        Assert.Contains("3 instances, $0.9300 per hour.", (await RunAsync("instances")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("rent --offer-id 11 --force")).ExitCode);
        Assert.Equal(0, (await RunAsync(Auto)).ExitCode);
        Assert.Equal(5, _vast.Instances.Count);
        var result = await RunAsync("destroy-all --force");
        Assert.Contains("Destroyed 5/5 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.Contains("Verified empty: every managed instance at Vast.ai", result.Out + result.Error, StringComparison.Ordinal);
        Assert.Empty(_vast.Instances);
    }

    [Theory]
    [InlineData("rent --offer-id 11 --force")]
    [InlineData("reserve --offer-id 11 --force")]
    [InlineData(Auto)]
    public async Task Creditcard_a_negative_credit_that_the_service_accepts_rents_and_destroys_nothing(string command)
    {
        _vast.Add(1, 2, 3).Offer(11);
        _vast.User["credit"] = -0.01;
        _vast.User["can_pay"] = true;
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([1, 2, 3, 501], _vast.Instances.Keys);
        Assert.Contains("a credit of $-0.01; Vast.ai decides", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(402)]
    [InlineData(200)]
    public async Task Credit400_the_services_refusal_of_a_create_call_destroys_what_is_managed_whatever_its_status(int status)
    {
        _vast.Add(1, 2, 3).Offer(11);
        _vast.Instances[9] = _vast.Instance(9, "alice");
        _vast.Create = (_, _) => StubReply.Refuse(status, "insufficient_credit", "Your account lacks credit; see the billing page.");
        var result = await RunAsync(Auto);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal([9], _vast.Instances.Keys);
        Assert.Contains("All instances destroyed to prevent further costs.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_call_without_credit_starts_no_clean_up()
    {
        _vast.Add(1, 2, 3).Offer(11);
        _vast.Search = _ => StubReply.Refuse(400, "insufficient_credit", "no searches without credit");
        Assert.Equal(1, (await RunAsync(Auto)).ExitCode);
        Assert.Equal(1, (await RunAsync("rent --offer-id 11 --force")).ExitCode);
        Assert.Equal(3, _vast.Instances.Count);
    }

    [Theory]
    [InlineData("start --instance-id 1 --force")]
    [InlineData("set --instance-id 1 --bid 0.4 --force")]
    public async Task Startcredit_a_start_or_a_bid_without_credit_touches_nothing_and_names_what_stops_the_bill(string command)
    {
        _vast.Add(1, 2, 3);
        _vast.Change(1, new JObject { ["state"] = "stopped" });
        _vast.Instances[1]["is_bid"] = true;
        _vast.Before = call => call.Method == "PUT" ? StubReply.Refuse(400, "insufficient_credit", "Your account lacks credit.") : null;
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal([1, 2, 3], _vast.Instances.Keys);
        Assert.DoesNotContain(_vast.Calls, call => call.Method == "DELETE");
        Assert.Contains("InsufficientCredit", result.Error, StringComparison.Ordinal);
        Assert.Contains("spotcluster destroy-all", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pricechange_an_instance_above_the_limit_is_destroyed_at_once_and_the_next_offer_is_tried()
    {
        _vast.Offer(11, 12, 13);
        _vast.Create = (offer, body) =>
        {
            var reply = _vast.Rent(offer, body);
            if (offer < 13)
            {
                _vast.Instances[_vast.LastId]["dph_base"] = 2.5;
                _vast.Instances[_vast.LastId]["dph_total"] = 2.51;
            }

            return reply;
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([503], _vast.Instances.Keys);

        _vast.Offer(11, 12);
        var dear = await RunAsync("rent --offer-id 11 --max-hourly-price 0.5 --force");
        Assert.NotEqual(0, dear.ExitCode);
        Assert.Contains("HourlyCostExceeded", dear.Error, StringComparison.Ordinal);
        Assert.Equal([503], _vast.Instances.Keys);
    }

    [Fact]
    public async Task A_price_that_rises_while_the_instance_loads_is_seen_too()
    {
        _vast.Offer(11, 12);
        var shows = 0;
        _vast.Create = (offer, body) =>
        {
            var reply = _vast.Rent(offer, body);
            _vast.Instances[_vast.LastId]["actual_status"] = "loading";
            return reply;
        };
        _vast.List = call =>
        {
            if (_vast.Instances.TryGetValue(501, out var first) && ++shows == 2)
            {
                first["dph_total"] = 2.51;
                first["actual_status"] = "running";
            }
            else if (_vast.Instances.TryGetValue(502, out var second))
            {
                second["actual_status"] = "running";
            }

            return _vast.ListPage(call);
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([502], _vast.Instances.Keys);
    }

    [Fact]
    public async Task A_bid_above_the_price_on_demand_is_refused_unless_it_is_given()
    {
        _vast.Offer(11);
        _vast.Offers[11]["min_bid"] = 0.45;
        _vast.Offers[11]["dph_base"] = 0.45;
        var refused = await RunAsync("rent --offer-id 11 --force");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("above its on-demand price of $0.3000", refused.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await RunAsync(Auto)).ExitCode);
        Assert.Empty(_vast.Instances);

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
        _vast.Before = call => !call.Path.Contains("gpu_names", StringComparison.Ordinal) ? null
            : knowsNames ? StubReply.Json(new { gpu_names = new[] { "RTX 3060", "H100 SXM" } })
            : null;
        var result = await RunAsync("offers --gpu-name H100* --limit 10 --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["301", "302", "303", "304", "305"], result.Json.GetProperty("offers").EnumerateArray().Select(offer => offer.GetProperty("offerId").GetString()));
        Assert.Equal(knowsNames ? 1 : 4, _vast.Count("POST", "/api/v0/bundles"));
    }

    [Fact]
    public async Task Sameprice_a_price_of_more_offers_than_one_answer_holds_is_read_on_by_id_or_said_to_be_cut_off()
    {
        _vast.Offer([.. Enumerable.Range(1, 200).Select(id => (long)id)]);
        foreach (var offer in _vast.Offers.Values)
        {
            offer["dph_total"] = 0.3;
        }

        _vast.Search = Market;
        var all = await RunAsync("offers --limit 150 --json");
        Assert.Equal(150, all.Json.GetProperty("offers").GetArrayLength());

        _vast.Search = body =>
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
        _vast.Offer(11);
        using var service = Open();
        var query = new VastOfferQuery { MinMemoryGiB = (decimal)least, MinGpuMemoryGiB = 24 };
        Assert.Equal(expected, (await service.FindOffersAsync(query, new RecordingHost(), default).ToListAsync()).Count);
    }

    [Fact]
    public async Task Neverleaves_the_residue_is_what_the_newest_listing_shows()
    {
        _vast.Add(1, 2, 3);
        _vast.DeleteMany = ids => _vast.DestroyAll([.. ids.Except([2])]);
        _vast.Delete = id => id == 2 ? StubReply.Json(new { success = true }) : _vast.Destroy(id);
        var result = await RunAsync("destroy-all --force --timeout 60s --json");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(["2"], result.Json.GetProperty("proof").GetProperty("residue").EnumerateArray().Select(row => row.GetProperty("id").GetString()));
        Assert.Contains("1 instance at Vast.ai remains: 2.", result.Error, StringComparison.Ordinal);
        Assert.Contains("waiting until instance 2 is no longer listed, at most until", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gonethenback_what_comes_back_is_destroyed_again()
    {
        _vast.Add(1, 2, 3);
        var second = _vast.Instances[2];
        var lists = 0;
        var isBack = false;
        _vast.List = call =>
        {
            if (_vast.Instances.Count == 0 && ++lists == 2 && !isBack)
            {
                isBack = true;
                _vast.Instances[2] = second;
            }

            return _vast.ListPage(call);
        };
        var result = await RunAsync("destroy-all --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(isBack);
        Assert.True(result.Json.GetProperty("proof").GetProperty("proven").GetBoolean());
        Assert.Contains("Instance 2 is listed again", result.Error, StringComparison.Ordinal);
        Assert.Empty(_vast.Instances);
    }

    [Fact]
    public async Task Keyexpirepart_what_was_done_is_told_although_the_key_ends_in_the_middle()
    {
        _vast.Add(1, 2, 3);
        var isDead = false;
        _vast.Before = _ => isDead ? StubReply.Refuse(404, "auth_error", "Session expired. Please log in again.") : null;
        _vast.DeleteMany = _ => new StubReply(500, "x", "text/plain");
        _vast.Delete = id =>
        {
            isDead = true;
            return _vast.Destroy(id);
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
        _vast.Add(1);
        var deletes = 0;
        _vast.Delete = id => ++deletes == 1 ? StubReply.Refuse(500, "server_error", "try again") : _vast.Destroy(id);
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Empty(_vast.Instances);
    }

    [Fact]
    public async Task Bulkpart_what_a_call_for_many_left_is_destroyed_singly_and_a_failure_is_tried_again()
    {
        _vast.Add(1, 2, 3);
        var deletes = 0;
        _vast.DeleteMany = ids => _vast.DestroyAll([ids[0]]);
        _vast.Delete = id => id == 2 && ++deletes < 2 ? StubReply.Refuse(500, "server_error") : _vast.Destroy(id);
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("Destroyed 3/3 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.Empty(_vast.Instances);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bulk500_a_call_for_many_that_fails_is_looked_up_before_anything_is_done_again(bool wasDone)
    {
        _vast.Add(1, 2, 3);
        _vast.DeleteMany = ids =>
        {
            _ = wasDone ? _vast.DestroyAll(ids) : null;
            return new StubReply(500, "<html>Internal Server Error</html>", "text/html");
        };
        var result = await RunAsync("destroy-all --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.All(result.Json.GetProperty("removals").EnumerateArray(), removal => Assert.Equal("Removed", removal.GetProperty("outcome").GetString()));
        Assert.Equal(wasDone ? 0 : 3, _vast.Calls.Count(call => call.Method == "DELETE") - 1);
    }

    [Fact]
    public async Task Sf200_a_refusal_under_the_status_of_a_success_is_never_a_success()
    {
        _vast.Add(1, 2);
        _vast.DeleteMany = _ => StubReply.Refuse(200, "server_error", "try again");
        _vast.Delete = _ => StubReply.Refuse(200, "server_error", "cannot destroy now");
        var result = await RunAsync("destroy-all --force --timeout 60s");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Destroyed 0/2 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.True(_vast.Calls.Count(call => call.Method == "DELETE") > 4, "It is tried again until the time is over.");
    }

    [Fact]
    public async Task P2fails_what_is_known_is_shown_and_destroyed()
    {
        _vast.Add([.. Enumerable.Range(1, 39).Select(id => (long)id)]);
        _vast.List = call => call.Query.ContainsKey("after_token") ? new StubReply(500, "boom", "text/plain") : _vast.ListPage(call);
        var listed = await RunAsync("instances --json");
        Assert.Equal(3, listed.ExitCode);
        Assert.Equal(25, listed.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal(["ServiceFailed"], listed.ErrorIds);

        var result = await RunAsync("destroy-all --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(39, result.Json.GetProperty("removals").GetArrayLength());
        Assert.Contains("25 so far", result.Error, StringComparison.Ordinal);
        Assert.Empty(_vast.Instances);
    }

    [Fact]
    public async Task Hang_every_call_has_a_bound_and_says_what_it_waits_for()
    {
        _vast.Add(1);
        _vast.Hang = (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        using var service = Open(VastTransport.UsualAnswerLimit);
        var host = new RecordingHost();
        var start = _clock.GetUtcNow();
        var error = await Assert.ThrowsAsync<SpotException>(async () => await service.GetInstancesAsync(new InstanceQuery(), host, default).ToListAsync());
        Assert.Equal(SpotErrorIds.ServiceFailed, error.ErrorId);
        Assert.Equal(SpotErrorCategory.Timeout, error.Category);
        Assert.InRange(_clock.GetUtcNow() - start, TimeSpan.Zero, VastTransport.Patience + VastTransport.UsualAnswerLimit);
        Assert.Contains(host.Steps, step => step.IsWait && step.Status.Contains("no answer for 5 s", StringComparison.Ordinal));
        Assert.Contains(host.Steps, step => step.IsWait && step.Status.Contains("retrying", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Slow_an_answer_that_takes_twenty_seconds_is_waited_for()
    {
        _vast.Add(1);
        _vast.Hang = (_, token) => Task.Delay(TimeSpan.FromSeconds(20), _clock, token);
        using var service = Open(VastTransport.UsualAnswerLimit);
        Assert.Single(await service.GetInstancesAsync(new InstanceQuery(), new RecordingHost(), default).ToListAsync());
    }

    [Fact]
    public async Task Retryhuge_a_wait_of_a_day_is_an_error_and_not_slept_through()
    {
        _vast.Add(1);
        _vast.Before = _ => new StubReply(429, "API requests too frequent", "text/plain") { RetryAfter = "86400" };
        var result = await RunAsync("instances --json");
        Assert.Equal(["RequestThrottled"], result.ErrorIds);
        Assert.Contains("requires a wait of 86400 seconds", result.Error, StringComparison.Ordinal);
        Assert.Single(_vast.Calls);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT")]
    [InlineData(null)]
    public async Task T429_t429retry_and_retrydate_a_throttled_call_is_made_again_and_the_wait_is_told(string? retryAfter)
    {
        _vast.Add(1);
        var calls = 0;
        _vast.Before = _ => ++calls <= 2 ? new StubReply(429, "API requests too frequent: endpoint threshold=1.0", "text/plain") { RetryAfter = retryAfter } : null;
        var result = await RunAsync("instances");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Vast.ai throttled the call; retrying in", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("instances --json")]
    [InlineData("destroy-all --force --timeout 30s --json")]
    public async Task T429forever_has_an_end(string command)
    {
        _vast.Add(1);
        _vast.Before = _ => new StubReply(429, "API requests too frequent", "text/plain");
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("RequestThrottled", result.ErrorIds);
    }

    [Fact]
    public async Task Endlesstoken_pages_that_bring_nothing_new_end_and_what_was_read_is_shown()
    {
        _vast.Add([.. Enumerable.Range(1, 29).Select(id => (long)id)]);
        var pages = 0;
        _vast.List = _ => StubReply.Json(new { success = true, next_token = $"t{++pages}", instances = _vast.Instances.Values.Take(25) });
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
        _vast.Add(1, 2);
        _vast.List = _ => new StubReply(200, new JObject { ["success"] = true, ["next_token"] = JToken.Parse(token), ["instances"] = new JArray(_vast.Instances.Values) }.ToString());
        var result = await RunAsync("instances --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(2, result.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal(1, _vast.Count("GET", "/api/v1/instances"));
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
        var row = _vast.Instance(1, "spotcluster/demo/n");
        row["actual_status"] = "loading";
        row["status_msg"] = message;
        row["image_uuid"] = image;
        row["start_date"] = _clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(expected, new VastInstance(row).State(_clock.GetUtcNow()).State);
    }

    [Fact]
    public async Task Cf403_a_page_of_a_proxy_says_nothing_about_the_key()
    {
        _vast.Add(1);
        _vast.Before = _ => new StubReply(403, "<html><head><title>Just a moment...</title></head></html>", "text/html");
        foreach (var command in new[] { "instances --json", "destroy-all --force --timeout 30s --json", "destroy --instance-id 1 --force --json" })
        {
            var result = await RunAsync(command);
            Assert.NotEqual(0, result.ExitCode);
            Assert.All(result.ErrorIds, id => Assert.Equal("ServiceFailed", id));
            Assert.Contains("a web page came back instead of JSON (HTTP 403)", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("key lacks permission", result.Error, StringComparison.Ordinal);
        }

        Assert.Single(_vast.Instances);
    }

    [Fact]
    public async Task Get404_an_instance_that_is_gone_may_be_told_by_a_404_and_a_page_with_that_status_is_not_that()
    {
        _vast.Add(1, 2);
        _vast.Show = id => _vast.Instances.TryGetValue(id, out var row) ? StubReply.Json(new { instances = row }) : StubReply.Refuse(404, "no_such_instance");
        using var service = Open();
        var host = new RecordingHost();
        Assert.Equal(SpotErrorIds.InstanceNotFound, (await Assert.ThrowsAsync<SpotException>(() => service.StopAsync(new InstanceKey("9"), host, default))).ErrorId);
        Assert.Equal(0, (await RunAsync("destroy --instance-id 1 --force")).ExitCode);

        _vast.Show = _ => new StubReply(404, "<html>Not found</html>", "text/html");
        Assert.Equal(SpotErrorIds.ServiceFailed, (await Assert.ThrowsAsync<SpotException>(() => service.StopAsync(new InstanceKey("2"), host, default))).ErrorId);
    }

    [Theory]
    [InlineData("instances --json")]
    [InlineData("stop --instance-id 1 --json")]
    [InlineData("set --instance-id 1 --label a --json")]
    [InlineData("destroy-all --force --timeout 30s --json")]
    public async Task Html200_a_web_page_is_never_an_answer(string command)
    {
        _vast.Add(1, 2);
        _vast.Before = call => call.Method != "GET" || command.StartsWith("instances", StringComparison.Ordinal) ? Page : null;
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("a web page came back instead of JSON (HTTP 200)", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, _vast.Instances.Count);
    }

    [Theory]
    [InlineData("v0list410", 410, "deprecated_endpoint", "no longer serves")]
    [InlineData("no_v1", 404, "not_found", "refused ListInstances")]
    [InlineData("a401", 401, "auth_error", "does not accept the API key")]
    public async Task A_refusal_of_the_list_is_an_error_and_never_an_empty_account(string name, int status, string code, string expected)
    {
        Assert.NotNull(name);
        _vast.Add(1);
        _vast.List = _ => StubReply.Refuse(status, code, "said");
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
        _vast.Add(1, 2, 3);
        _vast.Delete = id => _vast.Destroy(id).Status == 200 ? new StubReply(204, "", null) : throw new InvalidOperationException();
        _vast.DeleteMany = ids => hasBulk && _vast.DestroyAll(ids).Status == 200 ? new StubReply(204, "", null) : new StubReply(405, "Method Not Allowed", "text/plain");
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Empty(_vast.Instances);
    }

    [Fact]
    public async Task Slowleave_an_instance_that_takes_its_time_is_waited_for()
    {
        _vast.Add(1, 2, 3);
        DateTimeOffset? gone = null;
        _vast.DeleteMany = _ =>
        {
            gone = _clock.GetUtcNow() + TimeSpan.FromSeconds(45);
            return StubReply.Json(new { success = true });
        };
        _vast.Delete = _ => StubReply.Json(new { success = true });
        _vast.List = call =>
        {
            if (_clock.GetUtcNow() > gone)
            {
                _vast.Instances.Clear();
            }

            return _vast.ListPage(call);
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
        _vast.Offer(11, 12, 13);
        _vast.Create = (offer, body) => offer < 13 ? StubReply.Refuse(status, "no_such_ask", "Instance type is not available") : _vast.Rent(offer, body);
        var result = await RunAsync(Auto);
        Assert.Equal(expected, result.ExitCode == 0);
        Assert.Equal([501], _vast.Instances.Keys);
    }

    [Theory]
    [InlineData("createempty", "")]
    [InlineData("createnocontract", "{\"success\":true}")]
    [InlineData("strcreate", "\"accepted\"")]
    public async Task An_answer_to_a_rent_that_says_nothing_is_cleared_up_by_the_label(string name, string body)
    {
        Assert.NotNull(name);
        _vast.Offer(11);
        _vast.Create = (offer, request) => _vast.Rent(offer, request) with { Body = body };
        var result = await RunAsync("rent --offer-id 11 --force --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("501", result.Json.GetProperty("instance").GetProperty("id").GetString());
        Assert.Equal(1, _vast.Count("PUT", "/api/v0/asks/11"));
    }

    [Fact]
    public async Task Parked_a_contract_that_comes_with_a_refusal_is_destroyed_and_the_next_offer_is_tried()
    {
        _vast.Offer(11, 12);
        _vast.Create = (offer, body) =>
        {
            var reply = _vast.Rent(offer, body);
            return offer == 11 ? reply with { Body = $"{{\"success\":false,\"msg\":\"bid too low\",\"new_contract\":{_vast.LastId}}}" } : reply;
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([502], _vast.Instances.Keys);
    }

    [Theory]
    [InlineData("exited", "Container exited with code 1")]
    [InlineData("offline", "offline")]
    [InlineData("created", "Error response from daemon: failed to create task: OCI runtime create failed")]
    public async Task Exited_offline_and_created_oci_an_instance_that_will_not_run_is_destroyed_and_the_next_offer_is_tried(string status, string message)
    {
        _vast.Offer(11, 12);
        _vast.Create = (offer, body) =>
        {
            var reply = _vast.Rent(offer, body);
            if (offer == 11)
            {
                _vast.Instances[_vast.LastId]["actual_status"] = status;
                _vast.Instances[_vast.LastId]["status_msg"] = message;
            }

            return reply;
        };
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([502], _vast.Instances.Keys);
    }

    [Fact]
    public async Task Nullfields_strings_and_dupes_are_read_as_well_as_they_can_be()
    {
        _vast.Add(1, 2);
        _vast.Instances[3] = new JObject { ["id"] = 3, ["label"] = "spotcluster/demo/n3" };
        _vast.Instances[4] = new JObject(_vast.Instance(4, "spotcluster/demo/n4").Properties().Select(pair => new JProperty(pair.Name, pair.Name is "id" or "label" ? pair.Value : JValue.CreateNull())));
        _vast.Instances[5] = new JObject(_vast.Instance(5, "spotcluster/demo/n5").Properties().Select(pair =>
            new JProperty(pair.Name, pair.Value is JValue { Type: JTokenType.Integer or JTokenType.Float } number ? Convert.ToString(number.Value, CultureInfo.InvariantCulture) : pair.Value)));
        _vast.List = _ => StubReply.Json(new { success = true, next_token = (string?)null, instances = _vast.Instances.Values.Concat(_vast.Instances.Values) });
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
        _vast.Add(1, 2);
        _vast.Instances[1]["credit_balance"] = 12.5;
        var result = await RunAsync("destroy-all --force");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal([1], _vast.Instances.Keys);
        Assert.Contains("prepaid", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("destroy --instance-id 1 --force")).ExitCode);
    }

    private void AddMarket()
    {
        for (var i = 1; i <= 200; i++)
        {
            _vast.Offer(i);
            _vast.Offers[i]["gpu_name"] = "RTX 3060";
            _vast.Offers[i]["dph_total"] = 0.05 + (i * 0.0005);
        }

        for (var i = 301; i <= 305; i++)
        {
            _vast.Offer(i);
            _vast.Offers[i]["gpu_name"] = "H100 SXM";
            _vast.Offers[i]["dph_total"] = 1.5 + (i * 0.001);
        }

        _vast.Search = Market;
    }

    private StubReply Market(JObject body)
    {
        var names = (body["gpu_name"]?["in"] as JArray)?.Values<string>().ToHashSet();
        var price = body["dph_total"] as JObject ?? [];
        var rows = _vast.Offers.Values
            .Where(row => names?.Contains((string)row["gpu_name"]!) != false)
            .Where(row => body["id"]?["gt"] is not { } after || (long)row["id"]! > (long)after)
            .Where(row => (decimal)row["dph_total"]! <= ((decimal?)price["lte"] ?? decimal.MaxValue) && (decimal)row["dph_total"]! >= ((decimal?)price["gte"] ?? 0))
            .OrderBy(row => (decimal)row["dph_total"]!).ThenBy(row => (long)row["id"]!)
            .Take(64);
        return StubReply.Json(new { offers = rows });
    }

    private VastService Open(TimeSpan? answerLimit = null) => new(new VastServiceOptions
    {
        Keys = new VastKeyStore(_ => null),
        JournalFolder = _journal,
        Client = new VastClientOptions
        {
            BaseAddress = new Uri("https://console.vast.ai"),
            Key = () => new VastKey("simulated", "test"),
            Transport = _vast,
            Clock = _clock,
            AnswerLimit = answerLimit,
        },
    });

    private Task<CliResult> RunAsync(string commandLine, TestConsole? console = null) => CliRunner.RunAsync(
        commandLine,
        options => new EngineSession(options with { Transport = _vast, Clock = _clock, JournalDirectory = _journal }),
        console);
}
