using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using SpotCluster.Cli.Hosting;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary>The numbers for Prometheus, read over HTTP, and what a collector gets by OTLP. Meters are those of the process: no other test runs meanwhile.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class TelemetryTests : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-telemetry-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_agents_numbers_are_served_on_loopback_under_their_names_and_nothing_else_is()
    {
        using var metrics = new AgentMetrics();
        await WithHostAsync(async address =>
        {
            metrics.Poll("answered");
            metrics.Poll("answered");
            metrics.Termination("terminated", "zombie_timeout");
            metrics.Termination("failed", "a\"word} 9\nof_the_backend 1");
            metrics.Report("taken");
            metrics.Deletion("image", "deleted");
            metrics.Interruption();
            metrics.Pending(3);
            metrics.Polled(DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_500));
            Assert.StartsWith("http://127.0.0.1:", address, StringComparison.Ordinal);
            var lines = (await Http.GetStringAsync(address)).Split('\n');
            foreach (var (name, value) in new (string, string)[]
                {
                    ("spotcluster_agent_polls_total{result=\"answered\"}", "2"),
                    ("spotcluster_agent_terminations_total{reason=\"zombie_timeout\",result=\"terminated\"}", "1"),
                    ("spotcluster_agent_terminations_total{reason=\"other\",result=\"failed\"}", "1"),
                    ("spotcluster_agent_reports_total{result=\"taken\"}", "1"),
                    ("spotcluster_agent_deletions_total{kind=\"image\",result=\"deleted\"}", "1"),
                    ("spotcluster_agent_interruptions_total", "1"),
                    ("spotcluster_agent_pending", "3"),
                    ("spotcluster_agent_last_poll_timestamp_seconds", "1767225600.5"),
                })
            {
                Assert.Contains((name, value), lines.Select(Read));
            }

            Assert.DoesNotContain(lines, line => line.StartsWith("spotcluster_agent_last_pass", StringComparison.Ordinal));
            Assert.Contains("# TYPE spotcluster_agent_polls_total counter", lines);
            Assert.Contains("# TYPE spotcluster_agent_pending gauge", lines);
            Assert.Equal(HttpStatusCode.NotFound, (await Http.GetAsync(address + "/../etc/passwd")).StatusCode);
        });
    }

    [Fact]
    public async Task A_port_in_use_and_work_that_fails_are_errors()
    {
        await WithHostAsync(async address =>
        {
            var taken = await Assert.ThrowsAsync<SpotException>(() => AgentHost.RunAsync(_ => Task.CompletedTask, new Uri(address).Port, _ => { }, CancellationToken.None));
            Assert.Equal((SpotErrorIds.AgentSettingInvalid, (object)new Uri(address).Port), (taken.ErrorId, taken.Target!));
        });
        foreach (var port in (int?[])[null, 0])
        {
            var failure = new SpotException(SpotErrorIds.AgentIdMissing, SpotErrorCategory.InvalidArgument, "no id");
            Assert.Same(failure, await Assert.ThrowsAsync<SpotException>(() => AgentHost.RunAsync(_ => throw failure, port, _ => { }, CancellationToken.None)));
        }
    }

    [Fact]
    public async Task A_collector_gets_the_calls_to_the_cloud_the_requests_to_the_backend_and_the_agents_numbers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are a matter of Unix");
        await using var collector = await Collector.StartAsync();
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = TimeProvider.System });
        await using var ec2 = await SimulatorHost.StartAsync(cloud, 0, CancellationToken.None);
        var environment = new Dictionary<string, string>
        {
            ["AWS_ENDPOINT_URL"] = ec2.Address.AbsoluteUri,
            ["AWS_ACCESS_KEY_ID"] = "simulator",
            ["AWS_SECRET_ACCESS_KEY"] = "simulator-secret",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=of-the-collector",
        };
        Assert.Equal(0, (await Tool.SpotClusterAsync(environment, "list", "--region", "us-east-1")).ExitCode);
        foreach (var word in (string[])["spotcluster list", "SpotCluster.Engine", "ec2 DescribeInstances", "rpc.method", "cloud.region", "us-east-1"])
        {
            Assert.True(collector.Has("/v1/traces", word), $"The traces do not hold {word}");
        }

        var token = Path.Combine(_folder, "admin.token");
        var agentToken = Path.Combine(_folder, "agent.token");
        using (var backend = Process.Start(Tool.StartInfo(
            "dotnet", environment, [Tool.SpotClusterPath, "backend", "--port", "0", "--database", Path.Combine(_folder, "b.db"), "--admin-token-file", token]))!)
        {
            backend.StandardInput.Close();
            var line = "";
            while (!line.Contains("http://127.0.0.1", StringComparison.Ordinal))
            {
                line = await backend.StandardError.ReadLineAsync() ?? throw new InvalidOperationException("The backend ended.");
            }

            var url = line[line.IndexOf("http://", StringComparison.Ordinal)..line.IndexOf(';', StringComparison.Ordinal)].TrimEnd('/');
            using var enrollment = new HttpRequestMessage(HttpMethod.Post, url + "/api/admin/agents")
            {
                Content = JsonContent.Create(new { client = "c", logical_agent_id = "a", account_id = cloud.Options.AccountId, region = "us-east-1" }),
            };
            enrollment.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(token)).Trim());
            using var answer = await Http.SendAsync(enrollment);
            var enrolled = await answer.Content.ReadFromJsonAsync<JsonElement>();
            await File.WriteAllTextAsync(agentToken, enrolled.GetProperty("token").GetString());
            var once = await Tool.SpotClusterAsync(
                environment, "agent", "--once", "--server-url", url, "--agent-id", enrolled.GetProperty("agent_id").GetString()!, "--token-file", agentToken,
                "--region", "us-east-1", "--state-directory", Path.Combine(_folder, "state"));
            Assert.True(once.ExitCode == 0, once.Error);
            using (var kill = Process.Start("kill", ["-TERM", backend.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync();
            }

            await backend.WaitForExitAsync();
        }

        Assert.True(collector.Has("/v1/traces", "/api/agents/{agentId}"), "The traces hold no request to the backend");
        Assert.True(collector.Has("/v1/metrics", "http.server.request.duration"), "The numbers hold no request to the backend");
        Assert.True(collector.Has("/v1/metrics", "spotcluster_agent_polls_total"), "The agent's numbers are not there");
        Assert.All(collector.Requests, request => Assert.Equal(("application/x-protobuf", "of-the-collector"), (request.Type, request.Key)));

        // What is secret stays here.
        foreach (var secret in (string[])["simulator-secret", await File.ReadAllTextAsync(agentToken), (await File.ReadAllTextAsync(token)).Trim()])
        {
            Assert.False(collector.Has("/v1/", secret), "A secret went to the collector");
        }
    }

    [Fact]
    public async Task Without_a_collector_a_command_ends_as_ever()
    {
        foreach (var (endpoint, disabled) in new[] { ("http://127.0.0.1:1", "false"), ("http://127.0.0.1:1", "true"), ("no address", "false") })
        {
            var environment = new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint, ["OTEL_SDK_DISABLED"] = disabled };
            var result = await Tool.SpotClusterAsync(environment, "agent", "policy");
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
        }
    }

    private static (string Series, string Value) Read(string line)
    {
        // name{labels} value [time]; the labels in one order, without that of the meter.
        var end = line.IndexOf('}', StringComparison.Ordinal);
        var values = line[(end + 1)..].Trim().Split(' ');
        var (name, value) = end < 0 ? (values[0], values.ElementAtOrDefault(1) ?? "") : (line[..line.IndexOf('{', StringComparison.Ordinal)], values[0]);
        var labels = end < 0 ? [] : line[(name.Length + 1)..end].Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Where(label => !label.StartsWith("otel_scope", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        return (labels.Length == 0 ? name : $"{name}{{{string.Join(',', labels)}}}", value);
    }

    private static async Task WithHostAsync(Func<string, Task> look)
    {
        using var stop = new CancellationTokenSource();
        var address = new TaskCompletionSource<string>();
        var run = AgentHost.RunAsync(
            async token => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing),
            0, address.SetResult, stop.Token);
        await look(await address.Task);
        await stop.CancelAsync();
        await run;
    }

    /// <summary>What an OpenTelemetry collector is to its clients: it takes what is posted. Texts stand in protobuf as they are.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Collector(WebApplication app) => _app = app;

        public ConcurrentBag<(string Path, string? Type, string? Key, string Text)> Requests { get; } = [];

        public string Address => _app.Urls.Single();

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var collector = new Collector(builder.Build());
            collector._app.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                collector.Requests.Add((context.Request.Path, context.Request.ContentType, context.Request.Headers["x-key"], Encoding.Latin1.GetString(body.ToArray())));
            });
            await collector._app.StartAsync();
            return collector;
        }

        public bool Has(string path, string word) =>
            Requests.Any(request => request.Path.StartsWith(path, StringComparison.Ordinal) && request.Text.Contains(word, StringComparison.Ordinal));

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();
    }
}
