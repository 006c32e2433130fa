using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SpotCluster.Cli.Hosting;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>spotcluster agent</c> and <c>spotcluster backend</c> as processes, against the simulated EC2 over HTTP.</summary>
public sealed partial class AgentProcessTests : IDisposable
{
    private const string Region = "us-east-1";

    private static readonly HttpClient Http = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-agent-").FullName;

    private string TokenFile => Path.Combine(_folder, "admin.token");

    private string AgentTokenFile => Path.Combine(_folder, "agent.token");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Killed_after_the_call_it_reports_the_end_at_the_next_start_and_a_signal_ends_it_well()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are a matter of Unix");
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = TimeProvider.System, ShutdownTime = TimeSpan.FromSeconds(2) });
        await using var ec2 = await SimulatorHost.StartAsync(cloud, 0, CancellationToken.None);
        var machines = cloud.Region(Region).AddInstances(2, tags: ("ManagedBy", "SpotOptimizer"));
        using var backend = Start(new Dictionary<string, string>(), "backend", "--port", "0", "--database", Path.Combine(_folder, "b.db"), "--admin-token-file", TokenFile);
        var url = Address().Match(await LineAsync(backend, "http://127.0.0.1")).Value;
        var agentId = await PrepareAsync(url, machines[0], machines[1]);

        var environment = new Dictionary<string, string>
        {
            ["AWS_ENDPOINT_URL"] = ec2.Address.AbsoluteUri,
            ["AWS_ACCESS_KEY_ID"] = "simulator",
            ["AWS_SECRET_ACCESS_KEY"] = "simulator",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
        };
        string[] arguments =
        [
            "agent", "--server-url", url, "--agent-id", agentId, "--token-file", AgentTokenFile, "--region", Region, "--interval", "5s",
            "--state-directory", Path.Combine(_folder, "state"), "--no-images",
        ];
        using (var first = Start(environment, arguments))
        {
            await LineAsync(first, "state changed to");
            first.Kill();
            await first.WaitForExitAsync();
        }

        using var second = Start(environment, arguments);
        await LineAsync(second, $"Successfully terminated {machines[0]}");
        await LineAsync(second, "Found 0 instances");
        using (var kill = Process.Start("kill", ["-TERM", second.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await second.WaitForExitAsync();
        Assert.Equal(0, second.ExitCode);
        var all = await CallAsync(HttpMethod.Get, url + "/api/admin/terminations?state=all", null, await File.ReadAllTextAsync(TokenFile));
        Assert.Equal((machines[0], "terminated"), all.EnumerateArray().Select(item => (item.GetProperty("instance_id").GetString(), item.GetProperty("status").GetString())).Single());
        Assert.Equal("running", cloud.Region(Region).Instances.Single(machine => machine.Id == machines[1]).State);
        Assert.Single(cloud.Calls.Calls, call => call.Operation == "TerminateInstances");
        backend.Kill();
        await backend.WaitForExitAsync();
    }

    [Theory]
    [InlineData()]
    [InlineData("--metrics-port", "0")]
    public async Task Under_systemd_it_says_when_it_is_up_and_when_it_ends(params string[] more)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is a matter of Linux");
        var address = Path.Combine(_folder, "notify");
        using var notices = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notices.Bind(new UnixDomainSocketEndPoint(address));

        // What tells a service is the name of its parent: here a shell of that name.
        var parent = Path.Combine(_folder, "systemd");
        File.Copy("/bin/sh", parent);
        var pid = Path.Combine(_folder, "pid");
        await File.WriteAllTextAsync(AgentTokenFile, "token");
        var environment = new Dictionary<string, string>
        {
            ["NOTIFY_SOCKET"] = address,
            ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9",
            ["AWS_ACCESS_KEY_ID"] = "simulator",
            ["AWS_SECRET_ACCESS_KEY"] = "simulator",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
        };
        using var shell = Process.Start(Tool.StartInfo(parent, environment,
        [
            "-c", $"dotnet \"$@\" & echo $! > {pid}; wait $!", "sh", Tool.SpotClusterPath, "agent", "--server-url", "http://127.0.0.1:9", "--agent-id", "a",
            "--token-file", AgentTokenFile, "--region", Region, "--state-directory", Path.Combine(_folder, "state"), .. more,
        ]))!;
        Assert.Equal("READY=1", await ReceiveAsync(notices));
        using (var kill = Process.Start("kill", ["-TERM", (await File.ReadAllTextAsync(pid)).Trim()]))
        {
            await kill.WaitForExitAsync();
        }

        Assert.Equal("STOPPING=1", await ReceiveAsync(notices));
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
    }

    private static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var process = Process.Start(Tool.StartInfo("dotnet", environment, [Tool.SpotClusterPath, .. arguments]))!;
        process.StandardInput.Close();
        return process;
    }

    private static async Task<string> LineAsync(Process process, string part)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The process ended without saying '{part}'.");
    }

    private static async Task<JsonElement> CallAsync(HttpMethod method, string address, object? body, string token)
    {
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        using var response = await Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<string> PrepareAsync(string url, string old, string young)
    {
        var enrolled = await CallAsync(
            HttpMethod.Post, url + "/api/admin/agents",
            new { client = "c", logical_agent_id = "a", account_id = "123456789012", region = Region, settings = new { terminate_wait_seconds = 0 } },
            await File.ReadAllTextAsync(TokenFile));
        var token = enrolled.GetProperty("token").GetString()!;
        await File.WriteAllTextAsync(AgentTokenFile, token);
        var id = enrolled.GetProperty("agent_id").GetString()!;
        foreach (var machine in new[] { old, young })
        {
            await CallAsync(
                HttpMethod.Post, $"{url}/api/agents/{id}/register-instance",
                new { instance_id = machine, instance_type = "t3.micro", region = Region, az = Region + "a", mode = "spot" }, token);
        }

        return id;
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
