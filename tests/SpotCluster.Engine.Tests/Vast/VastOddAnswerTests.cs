using System.IO.Compression;
using System.Net;
using System.Text;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>Compressed, moved, repeated and lost answers, labels of all kinds, and states that a rent or a list must read right.</summary>
public sealed class VastOddAnswerTests : VastStubTest
{
    private const string Auto = "auto --max-hourly-price 0.5 --force";

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData(null)]
    public async Task Gz_and_gzpolite_an_answer_is_read_whether_it_is_compressed_or_not(string? encoding)
    {
        Stub.Add(1, 2, 3);
        using var server = new HttpListener();
        var port = FreePort();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        string? accepted = null;
        var serving = ServeAsync();
        using var service = new VastService(new VastServiceOptions
        {
            Keys = new VastKeyStore(_ => null),
            JournalFolder = Journal,
            Client = new VastClientOptions { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Key = () => new VastKey("simulated", "test"), Clock = TimeProvider.System },
        });
        Assert.Equal(3, (await service.GetInstancesAsync(new InstanceQuery(), new RecordingHost(), default).ToListAsync()).Count);
        Assert.Contains("gzip", accepted, StringComparison.Ordinal);
        server.Stop();
        await serving;

        async Task ServeAsync()
        {
            while (server.IsListening)
            {
                try
                {
                    var context = await server.GetContextAsync();
                    accepted = context.Request.Headers["Accept-Encoding"];
                    var rows = new JObject { ["success"] = true, ["next_token"] = null, ["instances"] = new JArray(Stub.Instances.Values) };
                    await WriteAsync(context.Response, Encoding.UTF8.GetBytes(rows.ToString()));
                }
                catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }

        async Task WriteAsync(HttpListenerResponse response, byte[] body)
        {
            response.ContentType = "application/json";
            using var packed = new MemoryStream();
            if (encoding is not null)
            {
                response.AddHeader("Content-Encoding", encoding);
                await using (Stream packing = encoding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true) : new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                {
                    await packing.WriteAsync(body);
                }

                body = packed.ToArray();
            }

            response.ContentLength64 = body.Length;
            await response.OutputStream.WriteAsync(body);
            response.Close();
        }
    }

    [Theory]
    [InlineData("instances")]
    [InlineData("destroy-all --force --timeout 20s")]
    [InlineData(Auto)]
    public async Task Redirect_a_key_is_not_sent_elsewhere_and_where_it_would_go_is_named(string command)
    {
        Stub.Add(1).Offer(11);
        Stub.Before = call => new StubReply(301, "") { Location = "https://cloud.vast.example" + call.Path };
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("to https://cloud.vast.example, which is not followed", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("No active instances", result.Error + result.Out, StringComparison.Ordinal);
        Assert.Single(Stub.Instances);
    }

    [Theory]
    [InlineData("stop --instance-id 1", "{}", "ResponseInvalid")]
    [InlineData("reboot --instance-id 1", "{}", "ResponseInvalid")]
    [InlineData("set --instance-id 1 --label x --force", "{}", "ResponseInvalid")]
    [InlineData("set --instance-id 1 --adopt --to-cluster other --force", "{}", "ResponseInvalid")]
    [InlineData("stop --instance-id 1", "{\"error\":\"server_error\",\"msg\":\"busy\"}", "ServiceFailed")]
    [InlineData("stop --instance-id 1", "", null)]
    public async Task A_change_is_done_only_when_the_service_says_so_or_says_nothing_at_all(string command, string body, string? error)
    {
        Stub.Add(1);
        Stub.Before = call => call.Method == "PUT" ? new StubReply(200, body) : null;
        var result = await RunAsync(command);
        Assert.Equal(error is null, result.ExitCode == 0);
        Assert.Contains(error ?? "", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Charges_that_cannot_be_read_are_reported_and_stop_no_measurement()
    {
        Stub.Add(1);
        Stub.Before = call => call.Path.Contains("/charges", StringComparison.Ordinal) ? StubReply.Refuse(410, "deprecated_endpoint", "use v1") : null;
        var result = await RunAsync("cost --provider vast --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(0.31m, result.Json.GetProperty("total").GetProperty("hourlyCost").GetDecimal());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, result.Json.GetProperty("total").GetProperty("costToDate").ValueKind);
        Assert.Single(result.Json.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.StartsWith("The charges at Vast.ai cannot be read", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--min-reliability 0", null)]
    [InlineData("--min-reliability 1", null)]
    [InlineData("--min-gpu-memory 0 --min-download 0 --min-upload 0 --min-cuda 0 --disk 8", null)]
    [InlineData("--min-reliability 1.5", "'1.5' is not valid for --min-reliability: specify a number from 0 to 1,")]
    [InlineData("--min-reliability -0.1", "'-0.1' is not valid for --min-reliability: specify a number from 0 to 1,")]
    [InlineData("--min-reliability 95%", "'95%' is not valid for --min-reliability: specify a number from 0 to 1,")]
    [InlineData("--min-download fast", "'fast' is not valid for --min-download: specify a number from 0 to 1000000,")]
    [InlineData("--min-gpu-memory 1,5", "'1,5' is not valid for --min-gpu-memory: specify a number from 0 to 100000,")]
    [InlineData("--disk 4", "'4' is not valid for --disk: specify a number from 8 to 100000,")]
    [InlineData("--max-hourly-price 0", "'0' is not valid for --max-hourly-price: specify a price in USD per hour")]
    public async Task A_number_is_refused_in_its_own_words(string options, string? error)
    {
        Stub.Offer(11);
        var result = await RunAsync("offers --provider vast " + options);
        Assert.Equal(error is null ? 0 : 2, result.ExitCode);
        Assert.Contains(error ?? "", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"success\":true,\"next_token\":null,\"instances\":", "[", "]", 200_000)]
    [InlineData("{\"success\":true,\"next_token\":null,\"instances\":[]", " ", "", 33 << 20)]
    public async Task An_answer_without_an_end_is_an_error_and_never_an_empty_account(string start, string open, string close, int count)
    {
        Stub.Add(1);
        var body = start + string.Concat(Enumerable.Repeat(open, count)) + string.Concat(Enumerable.Repeat(close, count)) + "}";
        Stub.List = _ => new StubReply(200, body);
        foreach (var command in new[] { "instances --json", "destroy-all --force --timeout 20s --json" })
        {
            var result = await RunAsync(command);
            Assert.NotEqual(0, result.ExitCode);
            Assert.Equal(["ResponseInvalid"], result.ErrorIds.Distinct());
            Assert.DoesNotContain("Verified empty", result.Out + result.Error, StringComparison.Ordinal);
        }

        Assert.True(Stub.Calls.Count < 60, $"{Stub.Calls.Count} calls");
        Assert.Single(Stub.Instances);
    }

    [Fact]
    public async Task Unicode_a_label_is_managed_in_its_exact_form_only_and_never_written_raw()
    {
        string?[] labels = ["spotcluster/demo/nöde-①", "🚀 train\n\u001b[31mred", "spotcluster/../x", new string('x', 1000), "spotcluster/demo/a/b", "SPOTCLUSTER/demo/n", "", " spotcluster/demo/n8 ", "spotcluster/-/n9", "spotcluster/demo/a\u001b[2Jb"];
        for (var i = 0; i < labels.Length; i++)
        {
            Stub.Instances[i + 1] = Stub.Instance(i + 1, labels[i]);
        }

        var all = await RunAsync("instances --include-foreign");
        Assert.Equal(0, all.ExitCode);
        Assert.DoesNotContain('\u001b', all.Out);
        Assert.DoesNotContain("train\n", all.Out, StringComparison.Ordinal);
        Assert.Contains("nöde-①", all.Out, StringComparison.Ordinal);
        var json = (await RunAsync("instances --include-foreign --json")).Json.GetProperty("instances");
        Assert.Equal(labels.Length, json.GetArrayLength());

        var managed = (await RunAsync("instances --json")).Json.GetProperty("instances").EnumerateArray().Select(row => row.GetProperty("id").GetString());
        Assert.Equal(["1", "8", "9", "10"], managed);
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([2, 3, 4, 5, 6, 7], Stub.Instances.Keys);
    }

    [Theory]
    [InlineData(Auto)]
    [InlineData("rent --offer-id 11 --force")]
    [InlineData("reserve --offer-id 11 --force")]
    public async Task Createlost_a_rent_whose_answer_is_lost_is_found_by_its_label_and_not_made_again(string command)
    {
        Stub.Offer(11);
        Stub.Create = (offer, body) =>
        {
            Stub.Rent(offer, body);
            throw new HttpRequestException("The connection was reset.");
        };
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([501], Stub.Instances.Keys);
        Assert.Equal(1, Stub.Count("PUT", "/api/v0/asks/11"));
        Assert.Contains("was lost; searching for its", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loading", null)]
    [InlineData("hibernating", "x")]
    [InlineData(null, null)]
    public async Task Loading_and_weird_an_instance_that_does_not_run_in_time_is_destroyed_and_the_next_offer_is_tried(string? status, string? message)
    {
        Stub.Offer(11, 12);
        Stub.Create = (offer, body) =>
        {
            var reply = Stub.Rent(offer, body);
            if (offer == 11)
            {
                Stub.Instances[Stub.LastId]["actual_status"] = status;
                Stub.Instances[Stub.LastId]["status_msg"] = message;
                Stub.Instances[Stub.LastId]["ports"] = null;
            }

            return reply;
        };
        var start = Clock.GetUtcNow();
        var result = await RunAsync(Auto + " --timeout 2m");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([502], Stub.Instances.Keys);
        Assert.Contains("waiting until 501 runs", result.Error, StringComparison.Ordinal);
        Assert.Contains("501 did not start in time", result.Error, StringComparison.Ordinal);
        Assert.True(Clock.GetUtcNow() - start < TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Outbid_every_state_is_told_and_priced_for_what_it_is()
    {
        Stub.Add(1, 2, 3, 4, 5, 6, 7, 8);
        foreach (var id in new[] { 1, 2, 3 })
        {
            Stub.Change(id, new JObject { ["state"] = "stopped" });
        }

        Stub.Instances[1].Merge(new JObject { ["is_bid"] = true, ["dph_base"] = 0.2, ["min_bid"] = 0.35 });
        Stub.Instances[2].Merge(new JObject { ["is_bid"] = true, ["dph_base"] = 0.2, ["min_bid"] = 0.1 });
        foreach (var (id, status) in new (int, string?)[] { (3, "offline"), (4, "offline"), (5, "exited"), (6, "loading"), (7, null), (8, "unknown") })
        {
            Stub.Instances[id]["actual_status"] = status;
            Stub.Instances[id]["status_msg"] = null;
        }

        var result = await RunAsync("instances --json");
        var rows = result.Json.GetProperty("instances").EnumerateArray().ToDictionary(row => row.GetProperty("id").GetString()!);
        Assert.Equal(
            ["Outbid", "Stopped", "Stopped", "Stuck", "Stuck", "Stuck", "Stuck", "Stuck"],
            rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Value.GetProperty("state").GetString()));
        Assert.All(["1", "2", "3"], id => Assert.Equal(0.01m, rows[id].GetProperty("hourlyPrice").GetDecimal()));
        Assert.Contains("below the market's $0.3500", rows["1"].GetProperty("stateReason").GetString(), StringComparison.Ordinal);
        Assert.Contains("loading for more than", rows["6"].GetProperty("stateReason").GetString(), StringComparison.Ordinal);
        Assert.Contains("outbid", (await RunAsync("instances")).Out, StringComparison.Ordinal);
        Assert.Equal(8, Stub.Instances.Count);

        // Without credit a stopped bid says that instead.
        Stub.User["credit"] = 0;
        var poor = (await RunAsync("instances --json")).Json.GetProperty("instances")[0];
        Assert.Equal("Stopped", poor.GetProperty("state").GetString());
        Assert.Contains("credit of the account is exhausted", poor.GetProperty("stateReason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Auto)]
    [InlineData("rent --offer-id 11 --force")]
    public async Task Spendrate_a_limit_for_new_accounts_is_no_lack_of_credit(string command)
    {
        Stub.Add(1, 2, 3).Offer(11, 12);
        Stub.Create = (_, _) => StubReply.Refuse(400, "spend_rate_limit", "spend rate limit reached");
        var result = await RunAsync(command);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal([1, 2, 3], Stub.Instances.Keys);
        Assert.Contains("limits the spend rate of this new account", result.Error, StringComparison.Ordinal);
        Assert.Contains("credit is sufficient", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, Stub.Calls.Count(call => call.Path.Contains("/asks/", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("instances", 0)]
    [InlineData("destroy-all --force --timeout 20s", 3)]
    [InlineData("destroy --instance-id 1 --force", 3)]
    [InlineData(Auto, 1)]
    public async Task V0_410_what_still_works_is_shown_and_what_does_not_is_never_claimed(string command, int exitCode)
    {
        Stub.Add(1, 2).Offer(11);
        Stub.Before = call => call.Path.StartsWith("/api/v0/", StringComparison.Ordinal) ? StubReply.Refuse(410, "endpoint_deprecated", "use v1") : null;
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        Assert.Equal([1, 2], Stub.Instances.Keys);
        if (exitCode != 0)
        {
            Assert.Contains("no longer serves", result.Error, StringComparison.Ordinal);
            Assert.Contains("newer version of SpotCluster", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("Destroyed 2/2", result.Out, StringComparison.Ordinal);
        }
    }

    /// <summary>Only the account cannot be read: no bill runs on because of that, and nobody confirms it unawares.</summary>
    [Theory]
    [InlineData("destroy-all", null, 410, 2)]
    [InlineData("destroy-all", "u", 410, 2)]
    [InlineData("destroy-all", "vast.ai", 410, 0)]
    [InlineData("destroy-all", "vast.ai", 403, 0)]
    [InlineData("destroy-all", "vast.ai", 500, 0)]
    [InlineData("destroy-all --force", null, 410, 0)]
    [InlineData("nuke --provider vast", "u", 410, 2)]
    [InlineData("nuke --provider vast", "vast.ai", 410, 0)]
    [InlineData("nuke --provider vast --force", null, 410, 0)]
    public async Task V0_410_of_the_account_alone_is_named_in_the_confirmation_and_stops_no_removal(string command, string? answer, int status, int exitCode)
    {
        Stub.Add(1, 2);
        Stub.Before = call => call.Path.StartsWith("/api/v0/users/current", StringComparison.Ordinal) ? StubReply.Refuse(status, status == 410 ? "endpoint_deprecated" : "x", "use v1") : null;
        var console = command.EndsWith("--force", StringComparison.Ordinal) ? null : new TestConsole { CanAsk = true, Answer = answer };
        var result = await RunAsync(command, console);
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        Assert.Equal(exitCode == 0 ? [] : new long[] { 1, 2 }, Stub.Instances.Keys);
        if (answer is not null || command.StartsWith("nuke", StringComparison.Ordinal))
        {
            Assert.Contains("Cannot read the account of the Vast.ai key", result.Error, StringComparison.Ordinal);
        }

        if (answer is not null)
        {
            Assert.Contains("The account cannot be read. This cannot be undone. Type vast.ai to continue", result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(401, "auth_error")]
    [InlineData(429, "too_many")]
    public async Task A_key_that_is_not_accepted_is_no_account_that_cannot_be_read(int status, string code)
    {
        Stub.Add(1);
        Stub.Before = call => call.Path.StartsWith("/api/v0/users/current", StringComparison.Ordinal) ? StubReply.Refuse(status, code, "Invalid user key") : null;
        var result = await RunAsync("nuke --provider vast --force --timeout 30s");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal([1], Stub.Instances.Keys);
    }

    [Fact]
    public async Task T429deleteforever_what_could_not_be_destroyed_is_named_after_a_bounded_time()
    {
        Stub.Add(1, 2, 3);
        Stub.Before = call => call.Method == "DELETE" ? new StubReply(429, "API requests too frequent", "text/plain") : null;
        var result = await RunAsync("destroy-all --force --timeout 60s --json");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("RemovalNotProven", result.ErrorIds);
        Assert.Equal(3, result.Json.GetProperty("proof").GetProperty("residue").GetArrayLength());
        Assert.Equal([1, 2, 3], Stub.Instances.Keys);
    }

    [Fact]
    public async Task Bulk500done_what_a_failed_call_did_all_the_same_is_seen_by_the_list()
    {
        Stub.Add(1, 2, 3);
        Stub.DeleteMany = ids => Stub.DestroyAll(ids) with { Status = 500, Body = "oops", ContentType = "text/plain" };
        Stub.Delete = id => Stub.Instances.Remove(id) ? new StubReply(500, "oops", "text/plain") : StubReply.Refuse(404, "no_such_instance");
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("Destroyed 3/3", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keyexpirelist_a_key_that_ends_at_the_first_delete_destroys_nothing_and_says_so()
    {
        Stub.Add(1, 2, 3);
        var ended = false;
        Stub.Before = call => (ended |= call.Method == "DELETE") ? StubReply.Refuse(404, "auth_error", "Invalid user key") : null;
        var result = await RunAsync("destroy-all --force --timeout 60s --json");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("VastKeyInvalid", result.Error, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], Stub.Instances.Keys);
        Assert.False(result.Json.TryGetProperty("proof", out var proof) && proof.GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task A401plain_the_status_and_the_sentence_are_enough()
    {
        Stub.Add(1);
        Stub.Before = _ => StubReply.Json(new { msg = "Invalid user key" }, 401);
        var result = await RunAsync("instances --json");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("VastKeyInvalid", result.ErrorIds);
    }

    [Fact]
    public async Task Credit0_an_account_that_is_charged_later_rents()
    {
        Stub.Add(1, 2, 3).Offer(11);
        Stub.User["credit"] = 0.0;
        Stub.User["can_pay"] = true;
        var result = await RunAsync(Auto);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([1, 2, 3, 501], Stub.Instances.Keys);
    }

    [Fact]
    public async Task Del200empty_without_a_call_for_many_each_is_destroyed_by_its_own()
    {
        Stub.Add(1, 2, 3);
        Stub.DeleteMany = _ => new StubReply(405, "Method Not Allowed", "text/plain");
        Stub.Delete = id => Stub.Destroy(id) with { Status = 200, Body = "" };
        var result = await RunAsync("destroy-all --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task Idstrings_an_id_may_be_a_text()
    {
        Stub.Add(1, 2);
        foreach (var row in Stub.Instances.Values)
        {
            row["id"] = (string?)row["id"];
        }

        Assert.Equal(["1", "2"], (await RunAsync("instances --json")).Json.GetProperty("instances").EnumerateArray().Select(row => row.GetProperty("id").GetString()));
        Assert.Equal(0, (await RunAsync("destroy --instance-id 1 --force")).ExitCode);
        Assert.Equal([2], Stub.Instances.Keys);
    }

    [Fact]
    public async Task Repeatpage_pages_that_overlap_show_each_instance_once()
    {
        Stub.Add([.. Enumerable.Range(1, 59).Select(id => (long)id)]);
        Stub.List = call =>
        {
            var start = Math.Max(0, int.Parse(call.Query.GetValueOrDefault("after_token", "0"), System.Globalization.CultureInfo.InvariantCulture) - 3);
            var rows = Stub.Instances.Values.Skip(start).Take(25).ToArray();
            var next = start + 25 < Stub.Instances.Count ? (start + 25).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
            return StubReply.Json(new { success = true, next_token = next, instances = rows });
        };
        var result = await RunAsync("instances --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(59, result.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal(59, result.Json.GetProperty("instances").EnumerateArray().Select(row => row.GetProperty("id").GetString()).Distinct().Count());
        Assert.True((await RunAsync("destroy-all --force")).ExitCode == 0);
        Assert.Empty(Stub.Instances);
    }

    [Theory]
    [InlineData("instances --json")]
    [InlineData("destroy-all --force --timeout 30s --json")]
    [InlineData(Auto + " --json")]
    public async Task Html503_a_page_of_maintenance_ends_in_an_error_after_a_bounded_time(string command)
    {
        Stub.Add(1).Offer(11);
        Stub.Before = _ => new StubReply(503, "<html><body>Maintenance</body></html>", "text/html");
        var start = Clock.GetUtcNow();
        var result = await RunAsync(command);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("ServiceFailed", result.ErrorIds);
        Assert.Contains("a web page came back instead of JSON (HTTP 503)", result.Error, StringComparison.Ordinal);
        Assert.Contains("retrying in", result.Error, StringComparison.Ordinal);
        Assert.True(Clock.GetUtcNow() - start < TimeSpan.FromMinutes(5));
        Assert.Single(Stub.Instances);
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
