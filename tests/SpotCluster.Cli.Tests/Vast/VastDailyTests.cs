using Newtonsoft.Json.Linq;
using SpotCluster.Cli.Commands;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Cli.Tests.Vast;

/// <summary>Daily work at Vast.ai: filters, what is rented with, logs, restarts, ports.</summary>
public sealed class VastDailyTests : VastStubTest
{
    [Fact]
    public async Task Every_filter_travels_to_the_service_and_is_checked_again_here()
    {
        Stub.Offer(11, 12, 13, 14);
        foreach (var (id, offer) in Stub.Offers)
        {
            offer["cuda_max_good"] = id == 11 ? 11.8 : 12.4;
            offer["host_id"] = id == 12 ? 66 : 5;
            offer["machine_id"] = id;
            offer["hosting_type"] = 1;
            offer["inet_up"] = 500;
            offer["inet_down"] = 600;
        }

        JObject? asked = null;
        Stub.Search = body =>
        {
            asked = body;
            return StubReply.Json(new { offers = Stub.Offers.Values });
        };
        var result = await RunAsync(
            "offers --min-cuda 12.1 --min-driver 550.90.07 --min-download 100 --min-upload 50 --data-center --host-id 5,66 --exclude-host-id 66 --exclude-machine-id 13 --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["14"], result.Json.GetProperty("offers").EnumerateArray().Select(offer => offer.GetProperty("offerId").GetString()));
        Assert.Equal(12.1m, (decimal)asked!["cuda_max_good"]!["gte"]!);
        Assert.Equal(550090007m, (decimal)asked["driver_version"]!["gte"]!);
        Assert.Equal([66L], asked["host_id"]!["notin"]!.Values<long>());
        Assert.True((bool)asked["datacenter"]!["eq"]!);

        Assert.Equal(0, (await RunAsync("offers --min-reliability 0")).ExitCode);
        var unreliable = await RunAsync("offers --min-reliability 1.5");
        Assert.Equal(2, unreliable.ExitCode);
        Assert.Contains("a number from 0 to 1", unreliable.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("offers --min-driver new")).ExitCode);
        Assert.Equal(2, (await RunAsync("offers --host-id five")).ExitCode);
        Assert.Equal(2, (await RunAsync("offers --sort size")).ExitCode);
        Assert.Equal(2, (await RunAsync("offers --provider aws --min-cuda 12")).ExitCode);
    }

    [Fact]
    public async Task The_best_performance_for_the_money_comes_first_when_it_is_asked_for()
    {
        Stub.Offer(11, 12, 13);
        Stub.Offers[12]["dlperf_per_dphtotal"] = 200;
        Stub.Offers[13]["dlperf_per_dphtotal"] = 300;
        var result = await RunAsync("offers --sort performance --json");
        Assert.Equal(["13", "12", "11"], result.Json.GetProperty("offers").EnumerateArray().Select(offer => offer.GetProperty("offerId").GetString()));
    }

    [Fact]
    public async Task Ports_a_template_and_the_login_of_a_registry_reach_the_service_and_the_password_is_shown_nowhere()
    {
        Stub.Offer(11);
        Assert.Equal(2, (await RunAsync("rent --offer-id 11 --port 70000 --force")).ExitCode);
        Assert.Equal(2, (await RunAsync("rent --offer-id 11 --registry ghcr.io --force")).ExitCode);
        Environment.SetEnvironmentVariable("SPOTCLUSTER_REGISTRY_PASSWORD", "p4ssw0rd-of-the-registry");
        try
        {
            var result = await RunAsync("rent --offer-id 11 --port 8080,53/udp --template abc123 --registry-user me --registry ghcr.io --force --verbose");
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.DoesNotContain("p4ssw0rd", result.Out + result.Error, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SPOTCLUSTER_REGISTRY_PASSWORD", null);
        }

        var body = Stub.Calls.Single(call => call.Path.Contains("asks/11", StringComparison.Ordinal)).Body;
        Assert.Equal("1", (string?)body["env"]!["-p 8080:8080"]);
        Assert.Equal("1", (string?)body["env"]!["-p 53:53/udp"]);
        Assert.Equal("abc123", (string?)body["template_hash_id"]);
        Assert.Equal("-u me -p p4ssw0rd-of-the-registry ghcr.io", (string?)body["image_login"]);
    }

    [Fact]
    public async Task Open_ports_are_shown_with_where_they_are_reached()
    {
        Stub.Add(1);
        Stub.Instances[1]["ports"]!["8080/tcp"] = new JArray(new JObject { ["HostIp"] = "0.0.0.0", ["HostPort"] = "41023" });
        Assert.Contains("8080/tcp=203.0.113.7:41023", (await RunAsync("instances")).Out, StringComparison.Ordinal);
        var ports = (await RunAsync("instances --json")).Json.GetProperty("instances")[0].GetProperty("ports");
        Assert.Equal(["22/tcp=203.0.113.7:41022", "8080/tcp=203.0.113.7:41023"], ports.EnumerateArray().Select(port => port.GetString()));
    }

    [Fact]
    public async Task A_log_is_asked_for_waited_for_and_read_without_the_key()
    {
        Stub.Add(1);
        var looks = 0;
        Stub.Before = call => call.Path switch
        {
            "/api/v0/instances/request_logs/1/" => StubReply.Json(new { success = true, result_url = "https://storage.example/logs/1.log" }),
            "/logs/1.log" => ++looks < 3 ? new StubReply(404, "<Error/>", "application/xml") : new StubReply(200, "first\nsecond\n", "text/plain"),
            _ => null,
        };
        var result = await RunAsync("logs 1 --tail 20 --daemon");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["first", "second"], result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Equal("20", (string?)Stub.Calls.Single(call => call.Path.Contains("request_logs", StringComparison.Ordinal)).Body["tail"]);
        Assert.All(Stub.Calls.Where(call => call.Path == "/logs/1.log"), call => Assert.False(call.HasKey));
        Assert.NotEqual(0, (await RunAsync("logs 9")).ExitCode);
    }

    [Theory]
    [InlineData("", "a\nb\n", "a,b")]
    [InlineData("a\nb", "a\nb\nc", "c")]
    [InlineData("a\nb\nc", "b\nc\nd\ne", "d,e")]
    [InlineData("a\nb", "x\ny", "x,y")]
    [InlineData("a\na", "a\na\na", "a")]
    [InlineData("a", "a", "")]
    public void What_is_new_in_a_log_is_shown_once(string before, string after, string expected)
    {
        var tail = new LogTail();
        tail.Next(before);
        Assert.Equal(expected, string.Join(',', tail.Next(after)));
    }

    [Fact]
    public async Task A_container_is_restarted_and_made_anew_only_after_a_yes()
    {
        Stub.Add(1);
        Stub.Before = call => call.Path.Contains("/reboot/", StringComparison.Ordinal) || call.Path.Contains("/recycle/", StringComparison.Ordinal) ? StubReply.Json(new { success = true }) : null;
        Assert.Equal(0, (await RunAsync("reboot --instance-id 1")).ExitCode);
        Assert.NotEqual(0, (await RunAsync("recycle --instance-id 1")).ExitCode);
        Assert.Equal(1, Stub.Calls.Count(call => call.Method == "PUT"));
        Assert.Equal(0, (await RunAsync("recycle --instance-id 1 --force")).ExitCode);
        Assert.Equal(1, Stub.Count("PUT", "/api/v0/instances/recycle/1"));
    }

    [Fact]
    public async Task The_key_of_this_user_is_added_where_the_account_has_none_of_this_user()
    {
        Stub.Offer(11, 12);
        Stub.Before = call => call.Method == "POST" && call.Path.TrimEnd('/') == "/api/v0/ssh" ? StubReply.Json(new { success = true }) : null;
        foreach (var (key, expected) in new[] { ("ssh-ed25519 AAAA other-comment", 0), ("ssh-ed25519 BBBB me@here", 1) })
        {
            using var service = Open(change: options => options with { LocalKeys = () => [key] });
            await service.RentAsync(new RentRequest { OfferId = expected == 0 ? "11" : "12", Image = "a:b" }, new RecordingHost(), default);
            Assert.Equal(expected, Stub.Count("POST", "/api/v0/ssh"));
        }
    }

    [Theory]
    [InlineData("./data", "28116358:/workspace", "28116358", true)]
    [InlineData("i-0123:out", ".", "i-0123", false)]
    [InlineData("C:\\data", "28116358:", "28116358", true)]
    public void One_side_of_a_copy_is_an_instance(string source, string destination, string id, bool isUpload)
    {
        var (found, copy) = CopyCommand.Read(source, destination);
        Assert.Equal(id, found);
        Assert.Equal(isUpload, copy.IsUpload);
        Assert.Throws<SpotException>(() => CopyCommand.Read("a", "b"));
        Assert.Throws<SpotException>(() => CopyCommand.Read("1:a", "2:b"));
    }
}
