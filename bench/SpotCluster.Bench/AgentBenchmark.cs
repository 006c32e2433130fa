using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SpotCluster.Backend;
using SpotCluster.Engine;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Model.Agent;
using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>One pass of one agent over many marked machines: against the calls that each machine needs.</summary>
internal static class AgentBenchmark
{
    private const int Machines = 100;

    // Whether it is protected, and the termination itself; everything else is asked for many at once, or of the backend.
    private const int CallsEach = 2;
    private const double Budget = 1.5;
    private const string Region = "us-east-1";
    private const string AdminToken = "admin-token-of-the-benchmark-0123456789";

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("spotcluster-bench-");
        try
        {
            using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = TimeProvider.System, Latency = Latency, ShutdownTime = Shutdown });
            await using var app = await BackendHost.CreateAsync(
                new BackendOptions
                {
                    AdminToken = AdminToken,
                    Urls = ["http://127.0.0.1:0"],
                    Database = Path.Combine(folder.FullName, "backend.db"),
                    LogToConsole = false,
                },
                CancellationToken.None).ConfigureAwait(false);
            await app.StartAsync().ConfigureAwait(false);
            var url = new Uri(app.Urls.Single());
            var (id, token) = await PrepareAsync(url, cloud).ConfigureAwait(false);
            using var transport = cloud.CreateHandler();
            using var engine = new SpotEngine(new EngineOptions { Transport = transport, Clock = TimeProvider.System, Settings = new SpotSettings() });
            using var agent = engine.OpenAgent(
                new AgentOptions
                {
                    ServerUrl = url,
                    Token = new AgentToken(token),
                    AgentId = id,
                    Region = Region,
                    StateDirectory = folder.FullName,
                    CleanupEnabled = false,
                    MaxTerminationsPerHour = Machines,
                },
                SilentAgentLog.Instance);
            AgentPass? pass = null;
            var run = await JobRun.OfAsync(
                cloud.Calls,
                async () => pass = await agent.RunPassAsync(new PassScope(), null, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
            var gone = pass!.Removals.Count(removal => removal.Outcome == SpotRemovalOutcome.Removed);
            if (gone != Machines || pass.Pending != 0)
            {
                throw new InvalidOperationException(Invariant($"Of {Machines} marked machines {gone} are gone, and {pass.Pending} are not settled."));
            }

            yield return Measurement.Of(
                "agent: one pass",
                Invariant($"{Machines} machines, {Latency.TotalMilliseconds:0} ms: {Machines / run.Time.TotalMinutes:0} a minute"),
                run,
                (Latency * (Machines * CallsEach)) + Shutdown,
                Budget);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(string Id, string Token)> PrepareAsync(Uri url, SimulatedCloud cloud)
    {
        using var http = new HttpClient { BaseAddress = url };
        var enrolled = await PostAsync(
            http, AdminToken, "api/admin/agents",
            new { client = "bench", logical_agent_id = "bench", account_id = cloud.Options.AccountId, region = Region, settings = new { terminate_wait_seconds = 0 } }).ConfigureAwait(false);
        var (id, token) = (enrolled.GetProperty("agent_id").GetString()!, enrolled.GetProperty("token").GetString()!);

        // Each new primary marks the one before it.
        foreach (var machine in cloud.Region(Region).AddInstances(Machines + 1, tags: ("ManagedBy", "SpotOptimizer")))
        {
            await PostAsync(
                http, token, $"api/agents/{id}/register-instance",
                new { instance_id = machine, instance_type = "t3.micro", region = Region, az = Region + "a", mode = "spot" }).ConfigureAwait(false);
        }

        return (id, token);
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string token, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false);
    }
}
