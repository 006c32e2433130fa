using System.Globalization;
using System.Text;
using Newtonsoft.Json.Linq;
using SpotCluster.Cli.Running;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Cli.Tests.Vast;

/// <summary>The simulated service answers what the official program sends, row by row of <c>docs/vast-verbs.md</c>, and the engine what it then shows.</summary>
public sealed class VastVerbTests : IDisposable
{
    private readonly SimulatedClock _clock = new();
    private readonly SimulatedCloud _cloud;
    private readonly HttpClient _http;

    public VastVerbTests()
    {
        _cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock, Vast = new SimulatedVastOptions { TakenShare = 0, Volatility = 0, LimitRate = false, LoadingTime = (TimeSpan.Zero, TimeSpan.Zero) } });
        _http = new HttpClient(_cloud.CreateHandler()) { BaseAddress = new Uri("https://console.vast.ai") };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", SimulatedVast.DefaultKey);
    }

    public void Dispose()
    {
        _http.Dispose();
        _cloud.Dispose();
        _clock.Dispose();
    }

    [Fact]
    public async Task Every_verb_of_the_table_is_answered_as_it_says()
    {
        var bid = _cloud.Vast.AddMachine("bid", byBid: true).ToString(CultureInfo.InvariantCulture);
        var known = new Dictionary<string, string>(StringComparer.Ordinal) { ["bid"] = bid };
        var rows = File.ReadAllLines(Path.Combine(Root(), "docs", "vast-verbs.md"))
            .Where(line => line.Contains(" /api/", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim(' ', '`')).ToArray())
            .ToArray();
        Assert.InRange(rows.Length, 61, 200);
        foreach (var row in rows)
        {
            known["offer"] = _cloud.Vast.FreeOffers[0].ToString(CultureInfo.InvariantCulture);
            var request = Fill(row[1], known).Split(' ', 2);
            var body = Fill(row[2], known);
            var (status, text) = await SendAsync(request[0], request[1], body);
            var expected = row[3];
            Assert.True(status == (expected == "deprecated_endpoint" ? 410 : 200), $"{row[0]}: {status} {text}");
            var answer = JToken.Parse(text);
            if (expected == "[]")
            {
                Assert.IsType<JArray>(answer);
                continue;
            }

            if (expected == "deprecated_endpoint")
            {
                Assert.Equal(expected, (string?)answer["error"]);
                continue;
            }

            Assert.True(answer.SelectToken(expected) is not null, $"{row[0]}: {text}");
            Assert.True(answer is JArray || (bool?)answer["success"] != false, $"{row[0]}: {text}");
            Learn(row[0], answer, known);
        }

        Assert.DoesNotContain(_cloud.Vast.Machines, machine => machine.Label == "bid");
    }

    /// <summary>What the official program reads of charges (<c>show invoices-v1 --charges --format tree</c>) and of an instance that loads (<c>ssh-url</c>).</summary>
    [Fact]
    public async Task Single_charges_have_a_span_of_their_own_and_an_instance_that_loads_has_no_ports()
    {
        var (_, created) = await SendAsync("PUT", $"/api/v0/asks/{_cloud.Vast.FreeOffers[0]}/", "{\"image\":\"a/b:1\",\"disk\":20}");
        var path = $"/api/v0/instances/{(string?)JObject.Parse(created)["new_contract"]}/";
        Assert.False(((JObject)JObject.Parse((await SendAsync("GET", path, "")).Text)["instances"]!).ContainsKey("ports"));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.NotNull(JObject.Parse((await SendAsync("GET", path, "")).Text).SelectToken("instances.ports['22/tcp'][0].HostPort"));
        var (_, text) = await SendAsync("GET", "/api/v0/charges/?limit=20&format=tree", "");
        foreach (var charge in JObject.Parse(text).SelectTokens("results[0].items[*]").Append(JObject.Parse(text)["results"]![0]!))
        {
            Assert.All(new[] { "type", "source", "description", "start", "end", "amount", "metadata", "items" }, field => Assert.NotNull(charge[field]));
            Assert.True((long)charge["end"]! > (long)charge["start"]!);
        }
    }

    [Theory]
    [InlineData("PUT", "/api/v0/instances/command/{instance}/", "{\"command\":\"cat /etc/passwd\"}", 400, "invalid_args")]
    [InlineData("PUT", "/api/v0/instances/request_logs/1/", "{\"tail\":\"1\"}", 404, "invalid_id")]
    [InlineData("PUT", "/api/v0/asks/{offer}/", "{\"template_hash_id\":\"no\",\"disk\":20}", 400, "invalid_args")]
    [InlineData("DELETE", "/api/v0/volumes/?id=1", "{}", 404, "no_such_volume")]
    [InlineData("PUT", "/api/v0/volumes/", "{\"id\":{offer},\"size\":0}", 400, "invalid_args")]
    [InlineData("PUT", "/api/v0/instances/prepay/{instance}/", "{\"amount\":10000}", 411, null)]
    [InlineData("PUT", "/api/v0/secrets/", "{\"key\":\"none\",\"value\":\"x\"}", 400, "invalid_args")]
    [InlineData("PUT", "/api/v0/commands/copy_direct/", "{\"src_id\":\"C.1\",\"dst_id\":\"C.2\"}", 404, "no_such_instance")]
    [InlineData("POST", "/api/v0/bundles/", "{\"no_such_field\":{\"eq\":1}}", 400, "invalid_args")]
    [InlineData("GET", "/api/v0/tfa/status/", "", 404, "not_found")]
    public async Task What_the_service_refuses_is_refused(string method, string path, string body, int status, string? code)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["instance"] = _cloud.Vast.AddMachine("x").ToString(CultureInfo.InvariantCulture),
            ["offer"] = _cloud.Vast.FreeOffers[0].ToString(CultureInfo.InvariantCulture),
        };
        var (actual, text) = await SendAsync(method, Fill(path, known), Fill(body, known));
        Assert.Equal(status, actual);
        Assert.Equal(code, (string?)JToken.Parse(text)["error"]);
        Assert.Single(_cloud.Vast.Machines);
    }

    [Fact]
    public async Task Ports_logs_and_volumes_of_the_simulator_are_what_the_console_shows()
    {
        var offer = _cloud.Vast.FreeOffers[0];
        var rented = await RunAsync($"reserve --offer-id {offer} --port 8080,53/udp --force --wait --json");
        Assert.True(rented.ExitCode == 0, rented.Error);
        var id = rented.Json.GetProperty("instance").GetProperty("id").GetString()!;
        Assert.Matches(@"8080/tcp=203\.0\.113\.[0-9]+:[0-9]+ 53/udp=", (await RunAsync("instances")).Out);
        var log = await RunAsync($"logs {id} --tail 2");
        Assert.True(log.ExitCode == 0, log.Error);
        Assert.Contains("sshd: Server listening", log.Out, StringComparison.Ordinal);
        Assert.Contains("daemon: pulling", (await RunAsync($"logs {id} --daemon")).Out, StringComparison.Ordinal);

        await SendAsync("PUT", "/api/v0/volumes/", $"{{\"id\":{_cloud.Vast.FreeOffers[0]},\"size\":50,\"name\":\"data\"}}");
        var volume = Assert.Single((await RunAsync("resources --provider vast --json")).Json.GetProperty("resources").EnumerateArray(), row => row.GetProperty("type").GetString() == "volume");
        Assert.Equal("data", volume.GetProperty("name").GetString());
        var before = _cloud.Vast.Credit;
        Assert.Equal(0, (await RunAsync($"destroy --instance-id {id} --force")).ExitCode);
        _clock.Advance(TimeSpan.FromHours(10));
        Assert.True(_cloud.Vast.Credit < before, "A volume is billed.");
        Assert.Equal(0, (await RunAsync("nuke --provider vast --include-volume --force")).ExitCode);
        Assert.DoesNotContain("\"volume\"", (await RunAsync("resources --provider vast --json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_driver_is_compared_by_number_and_every_documented_field_can_be_searched()
    {
        Assert.NotEmpty((await RunAsync("offers --min-driver 550.90.07 --json")).Json.GetProperty("offers").EnumerateArray());
        Assert.Empty((await RunAsync("offers --min-driver 571.0 --json")).Json.GetProperty("offers").EnumerateArray());
        string[] fields =
        [
            "bw_nvlink", "compute_cap", "cpu_arch", "cpu_cores", "cpu_cores_effective", "cpu_ghz", "cpu_ram", "cuda_max_good", "datacenter", "direct_port_count", "disk_bw", "disk_space", "dlperf",
            "dlperf_per_dphtotal", "dph_total", "driver_version", "duration", "external", "flops_per_dphtotal", "geolocation", "gpu_arch", "gpu_display_active", "gpu_frac", "gpu_max_power", "gpu_max_temp",
            "gpu_mem_bw", "gpu_name", "gpu_ram", "gpu_total_ram", "has_avx", "host_id", "id", "inet_down", "inet_down_cost", "inet_up", "inet_up_cost", "machine_id", "min_bid", "mobo_name", "num_gpus", "pci_gen",
            "pcie_bw", "reliability", "rentable", "rented", "static_ip", "storage_cost", "total_flops", "ubuntu_version", "verification", "verified", "vms_enabled", "cluster_id",
        ];
        foreach (var field in fields)
        {
            var (status, text) = await SendAsync("POST", "/api/v0/bundles/", $"{{\"{field}\":{{\"neq\":\"no such value\"}},\"limit\":1}}");
            Assert.True(status == 200, $"{field}: {text}");
        }
    }

    /// <summary>Every row of the table with a body that is no JSON object, or whose values are of other types: an error of the request, and never one of the service.</summary>
    [Fact]
    public async Task A_body_that_cannot_be_read_is_a_bad_request_for_every_verb()
    {
        string[] bodies = ["{", "[]", "1", "null", "{\"a\":1} x", "not json", "{\"label\": {", new string('[', 500), "\u0000"];
        var rows = File.ReadAllLines(Path.Combine(Root(), "docs", "vast-verbs.md"))
            .Where(line => line.Contains(" /api/", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|')[1].Trim(' ', '`').Split(' ', 2))
            .Where(request => request[0] != "GET")
            .Select(request => (Method: request[0], Path: System.Text.RegularExpressions.Regex.Replace(request[1], "{[a-z]+}", "1")))
            .Distinct()
            .ToArray();
        Assert.InRange(rows.Length, 30, 200);
        foreach (var (method, path) in rows)
        {
            foreach (var body in bodies)
            {
                var (status, text) = await SendAsync(method, path, body);
                Assert.True(status == 400, $"{method} {path} {body[..Math.Min(20, body.Length)]}: {status} {text}");
                Assert.Equal("invalid_args", (string?)JObject.Parse(text)["error"]);
            }
        }
    }

    [Theory]
    [InlineData("POST", "/api/v0/bundles/", "{\"order\":[[{},1]],\"limit\":\"many\"}")]
    [InlineData("POST", "/api/v0/bundles/", "{\"order\":7}")]
    [InlineData("POST", "/api/v0/bundles/", "{\"order\":[[\"no_such_field\",\"asc\"]]}")]
    [InlineData("POST", "/api/v0/bundles/", "{\"order\":[7]}")]
    [InlineData("POST", "/api/v0/bundles/", "{\"num_gpus\":{\"in\":{}},\"type\":{}}")]
    [InlineData("PUT", "/api/v0/asks/1/", "{\"disk\":\"big\",\"image\":\"a:b\"}")]
    [InlineData("PUT", "/api/v0/asks/1/", "{\"disk\":{},\"image\":[],\"price\":\"x\"}")]
    [InlineData("PUT", "/api/v0/instances/{id}/", "{\"label\":{}}")]
    [InlineData("PUT", "/api/v0/instances/{id}/", "{\"state\":{}}")]
    [InlineData("PUT", "/api/v0/instances/bid_price/{id}/", "{\"price\":\"much\"}")]
    [InlineData("DELETE", "/api/v0/instances/", "{\"instance_ids\":{}}")]
    [InlineData("DELETE", "/api/v0/instances/", "{\"instance_ids\":[\"a\", 99999999999999999999]}")]
    [InlineData("POST", "/api/v0/asks/bulk/", "{\"ids\":[{}]}")]
    [InlineData("PUT", "/api/v0/volumes/", "{\"size\":[],\"id\":\"x\"}")]
    [InlineData("GET", "/api/v1/instances/?select_filters={", "")]
    [InlineData("GET", "/api/v0/charges/?select_filters=x", "")]
    [InlineData("GET", "/api/v0/bundles/?q=x", "")]
    public async Task A_value_of_another_type_is_never_an_error_of_the_service(string method, string path, string body)
    {
        var id = _cloud.Vast.AddMachine("mine").ToString(CultureInfo.InvariantCulture);
        var (status, text) = await SendAsync(method, path.Replace("{id}", id, StringComparison.Ordinal), body);
        Assert.True(status is >= 200 and < 500, $"{status} {text}");
        Assert.True(status == 200 || (string?)JObject.Parse(text)["error"] is { Length: > 0 }, text);
        Assert.Single(_cloud.Vast.Machines);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SpotCluster.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository was not found.");
        }

        return folder.FullName;
    }

    private static string Fill(string text, Dictionary<string, string> known) => known.Aggregate(text, (filled, pair) => filled.Replace("{" + pair.Key + "}", pair.Value, StringComparison.Ordinal));

    private static void Learn(string verb, JToken answer, Dictionary<string, string> known)
    {
        foreach (var (of, name, path) in new[]
        {
            ("create ssh-key", "key", "key.id"), ("create template", "template", "template.hash_id"), ("create template", "templateid", "template.id"), ("create instance", "instance", "new_contract"),
            ("create api-key", "apikey", "id"), ("create volume", "volume", "id"), ("update template", "template", "template.hash_id"),
        })
        {
            if (of == verb)
            {
                known[name] = answer.SelectToken(path)!.ToString();
            }
        }
    }

    private async Task<(int Status, string Text)> SendAsync(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private Task<CliResult> RunAsync(string commandLine) => CliRunner.RunAsync(
        commandLine, options => new EngineSession(options with { Transport = _cloud.CreateHandler(), Clock = _clock, Settings = new() }));
}
