using System.Text;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Tests.SignIn;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Aws;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>The scripts of a node, in a real shell, on a machine of folders: Docker, systemd and EC2's metadata are small programs that write down what was asked of them.</summary>
public sealed class RealShellTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("spotcluster-shell-").FullName;

    [Fact]
    public async Task Shellcheck_has_nothing_to_say()
    {
        Assert.SkipUnless(Tool.IsOnPath("shellcheck"), "The program shellcheck is not installed.");
        foreach (var name in NodeScripts.Scripts)
        {
            File.WriteAllText(Path.Combine(_root, name), NodeScripts.Read(name));
        }

        var result = await Tool.RunAsync("shellcheck", new Dictionary<string, string>(), ["-x", "--source-path", _root, .. NodeScripts.Scripts.Select(name => Path.Combine(_root, name))]);
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Fact]
    public async Task The_node_is_named_after_its_machine_and_labelled_with_what_the_machine_knows()
    {
        Prepare();
        Put("etc/bacalhau/config.yaml", "");
        Put("etc/spotcluster/bacalhau-image", "ghcr.io/bacalhau-project/bacalhau:v1.9.3-dind\n");
        string[] copies = ["var/lib/cloud/instances/i-0/user-data.txt", "var/lib/cloud/instances/i-0/user-data.txt.i", "var/lib/cloud/instances/i-0/cloud-config.txt", "var/lib/cloud/instances/i-0/obj.pkl", "run/cloud-init/instance-data-sensitive.json"];
        foreach (var copy in copies)
        {
            Put(copy, "token");
        }

        Put("var/lib/cloud/instances/i-0/datasource", "kept");
        var result = await RunAsync("bacalhau.sh");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.All(copies, copy => Assert.False(File.Exists(Path.Combine(_root, copy))));
        Assert.Equal("kept", Get("var/lib/cloud/instances/i-0/datasource"));
        var run = Calls("docker").Last();
        Assert.StartsWith("run --rm --name bacalhau --privileged", run, StringComparison.Ordinal);
        Assert.EndsWith("ghcr.io/bacalhau-project/bacalhau:v1.9.3-dind serve --config /etc/bacalhau/config.yaml --config /etc/bacalhau/machine.yaml --name i-0123456789abcdef0", run, StringComparison.Ordinal);
        Assert.Equal(
            "Labels:\n  instance: \"i-0123456789abcdef0\"\n  region: \"eu-west-1\"\n  zone: \"eu-west-1b\"\n  type: \"t3.medium\"\n  lifecycle: \"spot\"\n  account: \"123456789012\"\n",
            Get("etc/bacalhau/machine.yaml"));
    }

    [Theory]
    [InlineData("resolve:ssm:/bacalhau/join-token", "ssm", "eu-west-1", "AmazonSSM.GetParameter", """{"Name": "/bacalhau/join-token", "WithDecryption": true}""")]
    [InlineData("resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:join-AbCdEf", "secretsmanager", "us-east-1", "secretsmanager.GetSecretValue", """{"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:join-AbCdEf"}""")]
    public async Task A_token_with_a_source_is_read_with_the_role_of_the_instance_and_lies_in_memory_only(string source, string service, string region, string target, string question)
    {
        SkipWithoutPython();
        var asked = new List<SimulatedRequest>();
        await using var server = await ServeAsync(asked, 200, service == "ssm" ? "{\"Parameter\":{\"Value\":\"tok-\\\"5e9\\n\"}}" : "{\"SecretString\":\"tok-\\\"5e9\"}");
        Prepare();
        Put("etc/bacalhau/config.yaml", "");
        Put("etc/spotcluster/bacalhau-image", "image\n");
        Put("etc/spotcluster/token-source", source + "\n");
        Put("var/lib/cloud/instances/i-0/user-data.txt", "document");

        var result = await RunAsync("bacalhau.sh", server);

        Assert.True(result.ExitCode == 0, result.ToString());
        var request = Assert.Single(asked);
        Assert.Equal((target, question, "HIDDENTOKEN"), (request.Header("X-Amz-Target"), request.Body, request.Header("X-Amz-Security-Token")));
        Assert.Contains($"/{region}/{service}/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,", request.Header("Authorization"), StringComparison.Ordinal);
        SignatureCheck.RequireSecret(request, "HIDDENSECRET", isEc2: false);

        Assert.Equal("""{"Compute": {"Auth": {"Token": "tok-\"5e9"}}}""" + "\n", Get("run/spotcluster/token.yaml"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf("run/spotcluster/token.yaml"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, ModeOf("run/spotcluster"));
        var run = Calls("docker").Last();
        Assert.EndsWith("--volume /run/spotcluster:/run/spotcluster:ro image serve --config /etc/bacalhau/config.yaml --config /etc/bacalhau/machine.yaml --config /run/spotcluster/token.yaml --name i-0123456789abcdef0", run, StringComparison.Ordinal);
        Assert.All(
            Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith("token.yaml", StringComparison.Ordinal)),
            path => Assert.DoesNotContain("5e9", File.ReadAllText(path), StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(_root, "var/lib/cloud/instances/i-0/user-data.txt")));
        Assert.Contains("ExecStopPost=/bin/rm -f /run/spotcluster/token.yaml", NodeScripts.Read("bacalhau.service"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "{\"__type\":\"AccessDeniedException\",\"message\":\"not authorized to perform ssm:GetParameter\"}", "ssm in eu-west-1 does not give /bacalhau/join-token: HTTP 400")]
    [InlineData(200, "<html>", "ssm in eu-west-1 does not give /bacalhau/join-token: JSONDecodeError")]
    [InlineData(200, "{\"Parameter\":{\"Value\":\" \"}}", "/bacalhau/join-token is empty")]
    [InlineData(0, "", "the instance needs an instance profile: HTTP 404")]
    public async Task Bacalhau_does_not_start_without_its_token_and_the_log_says_why(int status, string body, string reason)
    {
        SkipWithoutPython();
        await using var server = await ServeAsync([], status, body);
        Prepare();
        Put("etc/bacalhau/config.yaml", "");
        Put("etc/spotcluster/bacalhau-image", "image\n");
        Put("etc/spotcluster/token-source", "resolve:ssm:/bacalhau/join-token\n");

        var result = await RunAsync("bacalhau.sh", server);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("HIDDEN", result.Error, StringComparison.Ordinal);
        Assert.Empty(Calls("docker"));
    }

    [Fact]
    public async Task The_users_script_runs_last_and_its_failure_harms_nothing()
    {
        Prepare();
        Put("etc/spotcluster/bacalhau-image", "image\n");
        Put("usr/local/lib/spotcluster/user-script", "#!/bin/sh\necho out\necho err >&2\nexit 7\n", executable: true);
        var result = await RunAsync("setup.sh");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("7\n", Get("var/lib/spotcluster/user-script.exit"));
        Assert.Equal("out\nerr\n", Get("var/log/spotcluster-user-script.log"));
        Assert.EndsWith("docker=ok bacalhau=ok user-script=exit-7\n", Get("var/lib/spotcluster/ready"), StringComparison.Ordinal);
        Assert.Contains("enable --now bacalhau.service", Calls("systemctl"));
        Assert.Contains("enable --now spotcluster-interruption.service", Calls("systemctl"));
    }

    [Fact]
    public async Task Docker_is_installed_again_and_again_until_the_mirror_answers()
    {
        Prepare();
        File.Delete(Path.Combine(_root, "bin", "docker"));
        Program("apt-get", "[ \"$(grep -c update \"$CALLS\")\" -gt 2 ] || exit 100");
        Put("etc/spotcluster/bacalhau-image", "image\n");
        var result = await RunAsync("setup.sh");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(3, Calls("apt-get").Count(call => call.EndsWith(" update", StringComparison.Ordinal)));
        Assert.Contains("docker.io docker-compose-v2", Calls("apt-get").Last(), StringComparison.Ordinal);
        Assert.EndsWith("docker=ok bacalhau=ok user-script=skipped\n", Get("var/lib/spotcluster/ready"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notice_of_interruption_stops_Bacalhau()
    {
        Prepare(notice: 3);
        var result = await RunAsync("interruption.sh");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(["stop bacalhau.service"], Calls("systemctl"));
        Assert.Contains("interruption notice: {\"action\": \"terminate\"", result.Out, StringComparison.Ordinal);
    }

    /// <summary>Half minutes of a machine: hundredths of a second of processors, KiB over the network, percent of a GPU (empty for none, - for one that cannot be read).</summary>
    [Theory]
    [InlineData("0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0,", 10)]
    [InlineData("0,0, 290,0, 0,290, 299,299, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0,", 10)]
    [InlineData("0,0,4 0,0,0 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4", 10)]
    [InlineData("0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 300,0,", 0)]
    [InlineData("0,0, 0,0, 0,0, 0,0, 0,300, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0, 0,0,", 15)]
    [InlineData("0,0,5 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,4 0,0,5", 0)]
    [InlineData("0,0,- 0,0,- 0,0,- 0,0,- 0,0,- 0,0,- 0,0,- 0,0,- 0,0,- 0,0,- 0,0,-", 0)]
    [InlineData("3000,9000, 3000,0, 3000,0, 3000,0, 3000,0, 3000,0, 3000,0, 3000,0, 3000,0, 3000,0, 3000,0, 3000,0,", 0)]
    public async Task A_machine_that_was_idle_for_five_minutes_ends_itself_and_one_that_was_busy_does_not(string halves, int endsAt)
    {
        Prepare();
        Put("run/.keep", "");
        Program("systemd-run", "exit 0");
        var (cpu, net, uptime, at) = (50_000L, 1_000_000L, 100L, 0);
        var environment = new Dictionary<string, string>
        {
            ["SPOTCLUSTER_RUN"] = Path.Combine(_root, "run"),
            ["SPOTCLUSTER_PROC"] = Path.Combine(_root, "proc"),
            ["PATH"] = Path.Combine(_root, "bin") + ":/usr/bin:/bin",
        };
        var started = await Tool.RunAsync("/bin/sh", environment, Path.Combine(_root, "usr/local/lib/spotcluster/idle.sh"), "300");
        Assert.True(started.ExitCode == 0, started.ToString());
        Assert.EndsWith($"sh {Path.Combine(_root, "run/spotcluster-idle.sh")} 300", Assert.Single(Calls("systemd-run")), StringComparison.Ordinal);
        await LookAsync();
        foreach (var half in halves.Split(' '))
        {
            var parts = half.Split(',');
            (cpu, net, uptime, at) = (cpu + long.Parse(parts[0], null), net + (1024 * long.Parse(parts[1], null)), uptime + 30, at + 1);
            if (parts[2].Length > 0)
            {
                Program("nvidia-smi", parts[2] == "-" ? "echo 'Failed to initialize NVML'; exit 9" : $"echo 0; echo {parts[2]}");
            }

            await LookAsync();
            Assert.Equal(endsAt > 0 && at >= endsAt ? 1 : 0, Math.Min(1, Calls("systemctl").Count(call => call == "poweroff")));
        }

        Assert.True(endsAt <= at);

        async Task LookAsync()
        {
            Put("proc/uptime", $"{uptime}.42 9000.00\n");
            Put("proc/stat", $"cpu  {cpu - 4000} 1000 1000 999999 1000 0 500 500 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n");
            Put("proc/net/dev", $"Inter-|   Receive |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes\n    lo: {uptime * 9_000_000} 9 0 0 0 0 0 0 {uptime * 9_000_000} 9 0 0 0 0 0 0\n  ens5:{net} 9 0 0 0 0 0 0 77 9 0 0 0 0 0 0\n");
            var look = await Tool.RunAsync("/bin/sh", environment, Path.Combine(_root, "run/spotcluster-idle.sh"), "300");
            Assert.True(look.Error.Length == 0, look.ToString());
        }
    }

    [Theory]
    [InlineData(-60, "", true)]
    [InlineData(60, "", false)]
    [InlineData(-60, "2099-01-01T00:00:00Z", false)]
    [InlineData(60, "2020-01-01T00:00:00Z", true)]
    [InlineData(-60, "soon", true)]
    public async Task The_machine_ends_at_its_tag_and_without_one_when_its_launch_said(int seconds, string tag, bool ends)
    {
        Prepare();
        Put("run/.keep", "");
        Put("tag", tag);
        Program("curl", $"for last; do :; done\ncase $last in */api/token) printf TOKEN ;; */meta-data/tags/instance/spotcluster:expires-at) cat '{Path.Combine(_root, "tag")}' ;; *) exit 22 ;; esac");
        Program("systemd-run", "while [ \"$1\" != sh ]; do shift; done; exec \"$@\"");
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + seconds;
        var result = await Tool.RunAsync("/bin/sh", new Dictionary<string, string>
        {
            ["SPOTCLUSTER_RUN"] = Path.Combine(_root, "run"),
            ["PATH"] = Path.Combine(_root, "bin") + ":/usr/bin:/bin",
        }, Path.Combine(_root, "usr/local/lib/spotcluster/expiry.sh"), end.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(result.ExitCode == 0 || !ends, result.ToString());
        Assert.Contains("--on-unit-active=30", Assert.Single(Calls("systemd-run")), StringComparison.Ordinal);
        Assert.Equal(ends, Calls("systemctl").Contains("poweroff"));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void SkipWithoutPython() => Assert.SkipUnless(Tool.IsOnPath("python3"), "The program python3 is not installed.");

    // EC2's metadata, and Parameter Store and Secrets Manager beside it; with a status of 0 an instance that has no profile.
    private static Task<StandIn> ServeAsync(List<SimulatedRequest> asked, int status, string body) => StandIn.StartAsync(request =>
    {
        var path = request.Path.Value!.TrimEnd('/');
        if (path.Length == 0)
        {
            using var reader = new StreamReader(request.Body, Encoding.UTF8);
            asked.Add(new SimulatedRequest(
                request.Method,
                new Uri($"http://{request.Host}/"),
                request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                reader.ReadToEndAsync().GetAwaiter().GetResult()));
            return (status, body);
        }

        return (request.Method, path) switch
        {
            ("PUT", "/latest/api/token") => (200, "metadata-token"),
            _ when request.Headers["X-aws-ec2-metadata-token"] != "metadata-token" => (401, ""),
            ("GET", "/latest/meta-data/iam/security-credentials") when status > 0 => (200, "node"),
            ("GET", "/latest/meta-data/iam/security-credentials/node") => (200, StandIn.Keys("ASIANODE")),
            ("GET", "/latest/meta-data/placement/region") => (200, "eu-west-1"),
            ("GET", "/latest/meta-data/services/domain") => (200, "amazonaws.com"),
            _ => (404, ""),
        };
    });

    private void Prepare(int notice = 0)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "There is no shell of Unix.");
        foreach (var name in NodeScripts.Scripts.Append("token.py"))
        {
            Put("usr/local/lib/spotcluster/" + name, NodeScripts.Read(name), executable: true);
        }

        Directory.CreateDirectory(Path.Combine(_root, "var/log"));
        Program("docker", "");
        Program("systemctl", "");
        Program("curl", $$"""
            for last; do :; done
            case $* in *http_code*)
              n=$(grep -c http_code "$CALLS"); [ "$n" -ge {{notice}} ] && printf 200 || printf 404; exit ;;
            esac
            case $last in
              */latest/api/token) printf TOKEN ;;
              */instance-id) printf i-0123456789abcdef0 ;;
              */placement/region) printf eu-west-1 ;;
              */placement/availability-zone) printf eu-west-1b ;;
              */instance-type) printf t3.medium ;;
              */instance-life-cycle) printf spot ;;
              */identity-credentials/ec2/info) printf '{\n "Code" : "Success",\n "AccountId" : "123456789012"\n}' ;;
              */spot/instance-action) printf '{"action": "terminate", "time": "2026-05-01T12:02:00Z"}' ;;
              *) exit 22 ;;
            esac
            """);
    }

    // Each program writes its arguments down, one call a line, before it does what is asked.
    private void Program(string name, string body)
    {
        var calls = Path.Combine(_root, name + ".calls");
        Put("bin/" + name, $"#!/bin/sh\nCALLS='{calls}'\nprintf '%s\\n' \"$*\" >>\"$CALLS\"\n{body}\n", executable: true);
    }

    // The stub of curl answers the shell; python asks the server.
    private Task<ToolResult> RunAsync(string script, StandIn? server = null) => Tool.RunAsync("/bin/sh", new Dictionary<string, string>
    {
        ["SPOTCLUSTER_ROOT"] = _root,
        ["SPOTCLUSTER_PAUSE"] = "0",
        ["PATH"] = Path.Combine(_root, "bin") + ":/usr/bin:/bin",
        ["SPOTCLUSTER_METADATA"] = server?.Address.ToString().TrimEnd('/') ?? "http://169.254.169.254",
        ["SPOTCLUSTER_TOKEN_ENDPOINT"] = server?.Address.ToString().TrimEnd('/') ?? "http://192.0.2.1",
    }, Path.Combine(_root, "usr/local/lib/spotcluster", script));

    private List<string> Calls(string name) => File.Exists(Path.Combine(_root, name + ".calls")) ? [.. File.ReadAllLines(Path.Combine(_root, name + ".calls"))] : [];

    private string Get(string path) => File.ReadAllText(Path.Combine(_root, path));

    private void Put(string path, string text, bool executable = false)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text.Replace("\r\n", "\n", StringComparison.Ordinal), new UTF8Encoding(false));
        if (executable && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private UnixFileMode ModeOf(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : File.GetUnixFileMode(Path.Combine(_root, path));
}
