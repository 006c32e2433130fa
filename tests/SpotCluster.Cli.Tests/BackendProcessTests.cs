using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>spotcluster backend</c> as a process: how it starts, how it is killed, how it comes back.</summary>
public sealed partial class BackendProcessTests : IDisposable
{
    private static readonly Dictionary<string, string> Nothing = [];
    private static readonly HttpClient Http = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-backend-").FullName;

    private string TokenFile => Path.Combine(_folder, "admin.token");

    private string[] Arguments =>
        [Tool.SpotClusterPath, "backend", "--port", "0", "--database", Path.Combine(_folder, "backend.db"), "--admin-token-file", TokenFile];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_refuses_a_public_address_and_never_shows_the_token()
    {
        var result = await Tool.SpotClusterAsync(
            Nothing, "backend", "--urls", "http://0.0.0.0:0", "--database", Path.Combine(_folder, "b.db"), "--admin-token-file", TokenFile);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("without TLS", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(await TokenAsync(), result.Out + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_refuses_a_short_token_from_the_environment_and_does_not_repeat_it()
    {
        var environment = new Dictionary<string, string> { ["SPOTCLUSTER_ADMIN_TOKEN"] = "hunter2hunter2" };
        var result = await Tool.SpotClusterAsync(environment, "backend", "--port", "0", "--database", Path.Combine(_folder, "b.db"));

        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("hunter2", result.Out + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_ends_it_and_that_is_success()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are a matter of Unix");
        using var backend = await StartAsync();
        using (var kill = Process.Start("kill", ["-TERM", backend.Process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await backend.Process.WaitForExitAsync();
        Assert.Equal(0, backend.Process.ExitCode);
    }

    /// <summary>
    /// Killed again and again in the middle of claims and reports. What was answered holds after the restart: no machine is handed out twice
    /// while its lease runs, none that was reported comes back, and every decision is still there.
    /// </summary>
    [Fact]
    public async Task Killed_at_any_moment_it_loses_no_decision_and_hands_nothing_out_twice()
    {
        const int Rounds = 4;
        const int MachinesEach = 12;
        var chance = new Random(20260301);
        var agent = await EnrollAsync();
        var claimed = new Dictionary<string, DateTimeOffset>();
        var reported = new HashSet<string>();
        var marked = new HashSet<string>();
        for (var round = 0; round < Rounds; round++)
        {
            using var backend = await StartAsync();
            for (var number = 0; number < MachinesEach; number++)
            {
                // A new primary marks the one before it.
                var machine = string.Create(CultureInfo.InvariantCulture, $"i-{round:x8}{number:x9}");
                await SendAsync(backend, agent, "register-instance", new { instance_id = machine, instance_type = "c5.large", region = "us-east-1", az = "a", mode = "spot" });
                marked.Add(machine);
            }

            var cut = chance.Next(1, MachinesEach);
            await WorkAsync(backend, agent, claimed, reported, cut);
            backend.Process.Kill();
            await backend.Process.WaitForExitAsync();
        }

        using var last = await StartAsync();
        // The last one is the primary; everything else was marked and nothing of it is forgotten.
        marked.Remove(marked.Last());
        var all = await GetAsync(last, await TokenAsync(), "/api/admin/terminations?state=all&limit=1000");
        var states = all.EnumerateArray().ToDictionary(
            item => item.GetProperty("instance_id").GetString()!, item => item.GetProperty("status").GetString());
        Assert.Equal(marked.Order(), states.Keys.Order());
        Assert.NotEmpty(reported);
        Assert.All(reported, machine => Assert.Equal("terminated", states[machine]));
        Assert.All(
            claimed.Where(claim => !reported.Contains(claim.Key)),
            claim => Assert.True(states[claim.Key] is "claimed" or "terminated" || IsOver(claim.Value), $"{claim.Key} is {states[claim.Key]}"));
    }

    /// <summary>Whether a lease that began at this time or later may be over.</summary>
    private static bool IsOver(DateTimeOffset begun) => TimeProvider.System.GetUtcNow() - begun >= TimeSpan.FromSeconds(300);

    private static async Task WorkAsync(
        Running backend, (string Id, string Token) agent, Dictionary<string, DateTimeOffset> claimed, HashSet<string> reported, int cut)
    {
        while (true)
        {
            var asked = TimeProvider.System.GetUtcNow();
            var list = await GetAsync(backend, agent.Token, $"/api/agents/{agent.Id}/instances-to-terminate?limit=4");
            var items = list.GetProperty("instances").EnumerateArray().Select(item => item.GetProperty("instance_id").GetString()!).ToList();
            if (items.Count == 0)
            {
                break;
            }

            foreach (var machine in items)
            {
                Assert.True(!claimed.TryGetValue(machine, out var before) || IsOver(before), $"{machine} was handed out twice");
                claimed[machine] = asked;
                if (cut-- <= 0)
                {
                    // The kill comes while this report and a poll are on their way.
                    _ = QuietlyAsync(() => SendAsync(backend, agent, "termination-report", new { instance_id = machine, success = true }));
                    _ = QuietlyAsync(() => SendAsync(backend, agent, "heartbeat", new { status = "online" }));
                    return;
                }

                await SendAsync(backend, agent, "termination-report", new { instance_id = machine, success = true });
                reported.Add(machine);
            }
        }
    }

    private static async Task QuietlyAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (HttpRequestException)
        {
            // Killed while it answered.
        }
    }

    private static async Task SendAsync(Running backend, (string Id, string Token) agent, string call, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{backend.Url}/api/agents/{agent.Id}/{call}") { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", agent.Token);
        using var response = await Http.SendAsync(request);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> GetAsync(Running backend, string token, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, backend.Url + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<(string Id, string Token)> EnrollAsync()
    {
        using var backend = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, backend.Url + "/api/admin/agents")
        {
            Content = JsonContent.Create(new
            {
                client = "c",
                logical_agent_id = "a",
                account_id = "111111111111",
                region = "us-east-1",
                settings = new { terminate_wait_seconds = 0 },
            }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync());
        using var response = await Http.SendAsync(request);
        var enrolled = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (enrolled.GetProperty("agent_id").GetString()!, enrolled.GetProperty("token").GetString()!);
    }

    private async Task<string> TokenAsync() => (await File.ReadAllTextAsync(TokenFile)).Trim();

    private async Task<Running> StartAsync()
    {
        var process = Process.Start(Tool.StartInfo("dotnet", Nothing, Arguments))!;
        process.StandardInput.Close();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (Address().Match(line) is { Success: true } match)
            {
                // Whoever writes to a pipe that nobody reads comes to a stand.
                _ = process.StandardError.ReadToEndAsync();
                _ = process.StandardOutput.ReadToEndAsync();
                return new Running(process, match.Value);
            }
        }

        throw new InvalidOperationException("The backend ended before it listened.");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    private sealed record Running(Process Process, string Url) : IDisposable
    {
        public void Dispose()
        {
            if (!Process.HasExited)
            {
                Process.Kill();
                Process.WaitForExit();
            }

            Process.Dispose();
        }
    }
}
