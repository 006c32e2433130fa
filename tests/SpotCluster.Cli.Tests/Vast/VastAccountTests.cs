using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Vast;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Cli.Tests.Vast;

/// <summary>The whole account: what is not managed by SpotCluster, volumes, and the end of instances.</summary>
public sealed class VastAccountTests : VastStubTest
{
    private const string Others = "2 others at Vast.ai, $0.62/h, not managed by SpotCluster: --include-foreign";

    [Theory]
    [InlineData("instances")]
    [InlineData("list --provider vast")]
    [InlineData("status --provider vast")]
    [InlineData("cost --provider vast")]
    [InlineData("resources --provider vast")]
    [InlineData("nuke --provider vast --what-if")]
    [InlineData("destroy-all --force")]
    [InlineData("destroy --all --provider vast --force")]
    public async Task Unmanaged_what_is_not_managed_is_counted_with_its_price(string command)
    {
        AddOthers();
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains(command.StartsWith("nuke", StringComparison.Ordinal) ? "2 others at Vast.ai, $0.62/h" : Others, result.Out + result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("No resource matches", result.Out + result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("No active instances", result.Out + result.Error, StringComparison.Ordinal);
        Assert.Equal(2, Stub.Instances.Count);
    }

    [Fact]
    public async Task A_proof_says_its_scope_and_what_it_leaves_out()
    {
        AddOthers();
        var proof = (await RunAsync("destroy-all --force --json")).Json.GetProperty("proof");
        Assert.True(proof.GetProperty("proven").GetBoolean());
        Assert.Equal($"every managed instance at Vast.ai, account {proof.GetProperty("accountId").GetString()}", proof.GetProperty("scope").GetString());
        Assert.Equal(2, proof.GetProperty("unmanagedCount").GetInt32());
        Assert.Equal(0.62m, proof.GetProperty("unmanagedHourlyPrice").GetDecimal());

        proof = (await RunAsync("destroy-all --include-foreign --force --json")).Json.GetProperty("proof");
        Assert.Equal($"every instance of the account at Vast.ai, account {proof.GetProperty("accountId").GetString()}", proof.GetProperty("scope").GetString());
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task Everything_is_asked_for_by_the_account_and_what_is_not_managed_by_name()
    {
        Stub.Add(5);
        AddOthers();
        foreach (var answers in new string[][] { ["y"], ["u", "n"], ["77", ""], ["78", "y"] })
        {
            var console = new TestConsole { CanAsk = true, Answers = new(answers) };
            Assert.NotEqual(0, (await RunAsync("destroy --all --provider vast --include-foreign", console)).ExitCode);
            Assert.Equal(3, Stub.Instances.Count);
        }

        var agreed = new TestConsole { CanAsk = true, Answers = new(["77", "y"]) };
        var result = await RunAsync("destroy --all --provider vast --include-foreign", agreed);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("2 RTX 4090 training", result.Error, StringComparison.Ordinal);
        Assert.Contains("Destroy 2 instances not managed by SpotCluster?", result.Error, StringComparison.Ordinal);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task An_instance_is_taken_over_into_a_cluster_and_everything_works_on_it()
    {
        AddOthers();
        Assert.Equal(2, (await RunAsync("stop --instance-id 2")).ExitCode);
        var adopted = await RunAsync("set --instance-id 2 --adopt --to-cluster demo --force --json");
        Assert.True(adopted.ExitCode == 0, adopted.Error);
        Assert.Matches("^spotcluster/demo/training-[0-9a-f]{8}$", (string)Stub.Instances[2]["label"]!);
        Assert.Equal(0, (await RunAsync("stop --name demo --provider vast")).ExitCode);
        Assert.Equal(0, (await RunAsync("destroy --name demo --provider vast --force")).ExitCode);
        Assert.Equal([1], Stub.Instances.Keys);

        Assert.Equal(2, (await RunAsync("set --instance-id 1 --to-cluster demo --label a")).ExitCode);
        Assert.NotEqual(0, (await RunAsync("set --instance-id 1 --adopt --to-cluster 1x --force")).ExitCode);
        Assert.Null((string?)Stub.Instances[1]["label"]);
    }

    [Theory]
    [InlineData("stop --instance-id 2 --include-foreign")]
    [InlineData("destroy --instance-id 2 --include-foreign")]
    public async Task What_is_not_managed_is_changed_after_a_prompt_of_its_own(string command)
    {
        AddOthers();
        Assert.NotEqual(0, (await RunAsync(command)).ExitCode);
        Assert.NotEqual(0, (await RunAsync(command, new TestConsole { CanAsk = true, Answer = "n" })).ExitCode);
        Assert.DoesNotContain(Stub.Calls, call => call.Method is "PUT" or "DELETE");
        Assert.Equal(0, (await RunAsync(command, new TestConsole { CanAsk = true, Answer = "y" })).ExitCode);
        Assert.Contains(Stub.Calls, call => call.Method is "PUT" or "DELETE");
    }

    [Fact]
    public async Task Volumes_are_listed_priced_and_removed_only_when_included()
    {
        Stub.Add(1);
        Stub.Volumes.Add(new JObject { ["id"] = 31, ["label"] = "data", ["disk_space"] = 720.0, ["storage_cost"] = 0.1, ["geolocation"] = "Sweden, SE", ["status"] = "available" });
        Stub.Before = call =>
        {
            if (call.Method == "DELETE" && call.Path.TrimEnd('/') == "/api/v0/volumes")
            {
                Stub.Volumes.First(row => (string?)row["id"] == call.Query["id"]).Remove();
                return StubReply.Json(new { success = true });
            }

            return null;
        };
        var listed = await RunAsync("resources --provider vast --json");
        Assert.Equal(["instance", "volume"], listed.Json.GetProperty("resources").EnumerateArray().Select(row => row.GetProperty("type").GetString()).Order());
        Assert.Contains("1 volume at Vast.ai: $0.1000 per hour", (await RunAsync("cost --provider vast")).Out, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("nuke --provider vast --force")).ExitCode);
        Assert.Empty(Stub.Instances);
        Assert.Single(Stub.Volumes);
        var declined = new TestConsole { CanAsk = true, Answers = new(["77", "n"]) };
        Assert.NotEqual(0, (await RunAsync("nuke --provider vast --include-volume", declined)).ExitCode);
        Assert.Single(Stub.Volumes);
        var removed = await RunAsync("nuke --provider vast --include-volume --force");
        Assert.True(removed.ExitCode == 0, removed.Error);
        Assert.Empty(Stub.Volumes);
    }

    [Fact]
    public async Task An_end_travels_with_the_instance_and_what_is_expired_is_removed()
    {
        Stub.Offer(11, 12);
        Assert.Equal(2, (await RunAsync("rent --offer-id 11 --expires-in 1m --force")).ExitCode);
        Assert.Equal(2, (await RunAsync($"rent --offer-id 11 --expires-in 1h --on-start {new string('x', 3000)} --force")).ExitCode);
        Assert.Empty(Stub.Instances);
        Assert.Equal(0, (await RunAsync("rent --offer-id 11 --expires-in 1h --max-idle 30m --on-start date --force")).ExitCode);
        Assert.Equal(0, (await RunAsync("rent --offer-id 12 --force")).ExitCode);

        var body = Stub.Calls.Single(call => call.Path.Contains("asks/11", StringComparison.Ordinal)).Body;
        Assert.Equal("1800", (string?)body["env"]!["SPOTCLUSTER_MAX_IDLE"]);
        Assert.EndsWith("\ndate", (string?)body["onstart"], StringComparison.Ordinal);
        Assert.Null((string?)Stub.Calls.Single(call => call.Path.Contains("asks/12", StringComparison.Ordinal)).Body["onstart"]);
        var rows = (await RunAsync("instances --json")).Json.GetProperty("instances");
        var shown = rows[0].GetProperty("expiresAt").GetDateTimeOffset();

        // The end of the contract with the host is no expiry.
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("expiresAt").ValueKind);
        Assert.All(rows.EnumerateArray(), row => Assert.Equal(Clock.GetUtcNow().AddDays(30).ToUnixTimeSeconds(), row.GetProperty("contractEndsAt").GetDateTimeOffset().ToUnixTimeSeconds(), 5d));
        Assert.Equal((string?)body["env"]!["SPOTCLUSTER_EXPIRES_AT"], shown.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

        Assert.Equal(0, (await RunAsync("nuke --provider vast --expired --force")).ExitCode);
        Assert.Equal([501, 502], Stub.Instances.Keys);
        Clock.Advance(TimeSpan.FromHours(1));
        var expired = await RunAsync("nuke --provider vast --expired --force --json");
        Assert.True(expired.ExitCode == 0, expired.Error);
        Assert.Equal([502], Stub.Instances.Keys);
        Assert.Contains("expired", expired.Json.GetProperty("proofs")[0].GetProperty("scope").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_aws_the_tag_of_the_end_decides()
    {
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = Clock });
        Task<CliResult> AtAwsAsync(string line) => CliRunner.RunAsync(
            line, options => new EngineSession(options with { Transport = cloud.CreateHandler(), Clock = Clock, JournalDirectory = Journal }));
        Assert.Equal(0, (await AtAwsAsync("create --name short --region us-east-1 --count 1 --expires-in 1h")).ExitCode);
        Assert.Equal(0, (await AtAwsAsync("create --name long --region us-east-1 --count 1")).ExitCode);
        Assert.Equal(0, (await AtAwsAsync("nuke --expired --force")).ExitCode);
        Assert.Equal(2, (await AtAwsAsync("list --provider aws --json")).Json.GetProperty("instances").GetArrayLength());
        Clock.Advance(TimeSpan.FromHours(1.1));
        var result = await AtAwsAsync("nuke --expired --force");
        Assert.True(result.ExitCode == 0, result.Error);
        var left = (await AtAwsAsync("resources --json")).Json.GetProperty("resources").EnumerateArray().Select(row => row.GetProperty("clusterName").GetString()).Distinct();
        Assert.Equal(["long"], left);
    }

    [Theory]
    [InlineData("expired", "DELETE")]
    [InlineData("idle", "DELETE")]
    [InlineData("refused", "PUT")]
    [InlineData("busy", null)]
    [InlineData("young", null)]
    public void The_watch_on_the_instance_destroys_it_at_its_end_and_shows_no_key(string name, string? expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It is a script for a Unix shell.");
        var folder = Directory.CreateTempSubdirectory("spotcluster-watch-").FullName;
        try
        {
            // The programs of an image: a curl that writes down what it was asked, a GPU, and a sleep that ends the watch.
            Script("curl", $"echo \"$@\" >> '{folder}/asked'; case \"$*\" in *DELETE*) exit {(name == "refused" ? 22 : 0)} ;; esac");
            Script("nvidia-smi", $"echo {(name == "busy" ? 90 : 1)}");
            Script("sleep", "kill $PPID");
            var end = name is "expired" or "refused" ? DateTimeOffset.UnixEpoch.AddDays(1) : TimeProvider.System.GetUtcNow().AddDays(1);
            var idle = name is "idle" ? TimeSpan.Zero : TimeSpan.FromDays(1);
            var script = new VastLifetime(end, idle).OnStart(null, "http://127.0.0.1:1")!.Replace("nohup sh", "sh", StringComparison.Ordinal).Replace("2>&1 &", "2>&1", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, "on-start"), script);
            var start = new ProcessStartInfo("/bin/sh", [Path.Combine(folder, "on-start")]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["PATH"] = folder + ":" + Environment.GetEnvironmentVariable("PATH");
            start.Environment["TMPDIR"] = folder;
            start.Environment["CONTAINER_ID"] = "4711";
            start.Environment["CONTAINER_API_KEY"] = "key-of-the-instance";
            foreach (var (key, value) in new VastLifetime(end, idle).Extend([]))
            {
                start.Environment[key] = value;
            }

            using var process = Process.Start(start)!;
            process.WaitForExit();
            var asked = File.Exists(Path.Combine(folder, "asked")) ? File.ReadAllLines(Path.Combine(folder, "asked")) : [];
            Assert.Equal(expected is null ? 0 : name == "refused" ? 2 : 1, asked.Length);
            Assert.True(expected is null || (asked[^1].Contains(expected, StringComparison.Ordinal) && asked[^1].EndsWith("/api/v0/instances/4711/", StringComparison.Ordinal)), string.Join("\n", asked));
            Assert.DoesNotContain("key-of-the-instance", File.ReadAllText(Path.Combine(folder, "spotcluster-end.log")), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Script(string program, string text)
        {
            var path = Path.Combine(folder, program);
            File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
    }

    [Fact]
    public async Task A_job_waits_no_longer_than_its_timeout_and_says_what_has_not_changed_once_per_minute()
    {
        Stub.Offer(11);
        Stub.Before = _ =>
        {
            foreach (var row in Stub.Instances.Values)
            {
                // It runs, and cannot be logged in to.
                row["ssh_host"] = null;
                row["public_ipaddr"] = null;
            }

            return null;
        };
        var begun = Clock.GetUtcNow();
        var result = await RunAsync("auto --timeout 3m --max-hourly-price 5 --force -- hostname");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("was not Reachable within 180 seconds", result.Error, StringComparison.Ordinal);
        Assert.True(Clock.GetUtcNow() - begun < TimeSpan.FromMinutes(6), result.Error);
        Assert.InRange(result.Error.Split("waiting for ").Length - 1, 1, 4);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task A_plan_prices_volumes_counts_what_is_unmanaged_and_names_what_is_billed_on()
    {
        AddOthers();
        Stub.Volumes.Add(new JObject { ["id"] = 31, ["label"] = "data", ["disk_space"] = 720.0, ["storage_cost"] = 0.0048, ["geolocation"] = "Sweden, SE", ["status"] = "available" });
        Assert.Equal(2, (await RunAsync("cost --provider vast --json")).Json.GetProperty("unmanaged").GetProperty("count").GetInt32());
        const string Billed = "1 volume at Vast.ai: $0.0048 per hour, until deleted.";
        Assert.Contains(Billed, (await RunAsync("nuke --provider vast --what-if")).Error, StringComparison.Ordinal);
        Assert.Contains(Billed, (await RunAsync("destroy-all --force")).Error, StringComparison.Ordinal);
        var plan = (await RunAsync("nuke --provider vast --include-volume --plan --json")).Json.GetProperty("plans")[0];
        Assert.Equal(0.0048m, plan.GetProperty("hourlyPrice").GetDecimal());
        var refused = await RunAsync("nuke --provider vast --include-volume --include-foreign");
        Assert.Contains("with unmanaged resources, with volumes", refused.Error, StringComparison.Ordinal);
        var declined = await RunAsync("nuke --provider vast --include-foreign", new TestConsole { CanAsk = true, Answers = new(["no"]) });
        Assert.Contains("2 of them not managed by SpotCluster", declined.Error, StringComparison.Ordinal);
        Stub.Before = call =>
        {
            if (call.Method != "DELETE")
            {
                return null;
            }

            Stub.Volumes.Clear();
            return StubReply.Json(new { success = true });
        };
        var proof = (await RunAsync("nuke --provider vast --include-volume --type volume --force --json", null)).Json.GetProperty("proofs")[0];
        Assert.EndsWith(", and volume 31", proof.GetProperty("scope").GetString(), StringComparison.Ordinal);
    }

    /// <summary>What the service has charged is one of two sources of a cost; the prices of what runs are the other.</summary>
    [Theory]
    [InlineData("cost --provider vast", 410)]
    [InlineData("cost --provider vast", 403)]
    [InlineData("status --provider vast", 410)]
    [InlineData("cost --provider vast --budget 5/h", 410)]
    public async Task Charges_that_cannot_be_read_leave_the_cost_of_what_runs(string command, int status)
    {
        Stub.Add(1, 2);
        Stub.Before = call => call.Path.Contains("/charges", StringComparison.Ordinal) ? StubReply.Refuse(status, "deprecated_endpoint", "This endpoint is deprecated.") : null;
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, result.Out + result.Error);
        Assert.Contains("0.62", result.Out, StringComparison.Ordinal);
        if (status == 410)
        {
            Assert.Contains("The charges at Vast.ai cannot be read", result.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>The account is asked for before the prompt, within the time of the command.</summary>
    [Theory]
    [InlineData("destroy-all --timeout 1h")]
    [InlineData("destroy --all --provider vast --timeout 1h")]
    public async Task An_account_that_is_not_answered_in_time_ends_the_command_before_the_prompt(string command)
    {
        Stub.Add(1, 2);
        Stub.Hang = (call, token) =>
        {
            if (!call.Path.Contains("/users/current", StringComparison.Ordinal))
            {
                return Task.CompletedTask;
            }

            CommandLimit.End();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        var result = await RunAsync(command, new TestConsole { CanAsk = true, Answers = new(["77"]) }).WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("the time limit of the command (3600 s) expired.", result.Error, StringComparison.Ordinal);
        Assert.Equal([1, 2], Stub.Instances.Keys);
    }

    private void AddOthers()
    {
        Stub.Instances[1] = Stub.Instance(1, null);
        Stub.Instances[2] = Stub.Instance(2, "training");
    }
}
