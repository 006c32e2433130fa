using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using SpotCluster.Backend;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>The termination backend under a fleet: everybody polls at once, and what is marked goes out exactly once.</summary>
internal static class BackendBenchmark
{
    private const int Agents = 1_000;
    private const int MachinesEach = 10;
    private const int Alone = 100;
    private const double WaveBudget = 0.5;
    private const double WorkBudget = 1.5;
    private const string AdminToken = "admin-token-of-the-benchmark-0123456789";

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(60);

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("spotcluster-bench-");
        try
        {
            var options = new BackendOptions
            {
                AdminToken = AdminToken,
                Urls = ["http://127.0.0.1:0"],
                Database = Path.Combine(folder.FullName, "backend.db"),
                LogToConsole = false,
                Lease = TimeSpan.FromHours(1),
            };
            await using var app = await BackendHost.CreateAsync(options, CancellationToken.None).ConfigureAwait(false);
            await app.StartAsync().ConfigureAwait(false);
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(10) };

            // A few of their own, to know what a call costs when nobody else is there.
            var lonely = await EnrollAsync(http, Alone, "lonely").ConfigureAwait(false);
            var aloneClaim = await OneByOneAsync(lonely, agent => PollAsync(http, agent)).ConfigureAwait(false);
            var crowd = await EnrollAsync(http, Agents, "crowd").ConfigureAwait(false);

            var claimed = new ConcurrentBag<(Agent Agent, string Machine)>();
            var claims = await AllAtOnceAsync(crowd, async agent =>
            {
                foreach (var machine in await PollAsync(http, agent).ConfigureAwait(false))
                {
                    claimed.Add((agent, machine));
                }
            }).ConfigureAwait(false);
            Require(claimed, Agents * MachinesEach);
            yield return Wave("poll and claim", claims);
            yield return Work("poll and claim", claims.Total / Agents, aloneClaim);

            // An agent reports one machine after the other, all agents at once.
            var reports = await AllAtOnceAsync(claimed.GroupBy(item => item.Agent, item => item.Machine).ToList(), async work =>
            {
                foreach (var machine in work)
                {
                    await SendAsync(
                        http, work.Key.Token, $"/api/agents/{work.Key.Id}/termination-report", new { instance_id = machine, success = true }).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            yield return Wave("ten reports", reports);

            var idle = await OneByOneAsync(lonely, agent => PollAsync(http, agent)).ConfigureAwait(false);
            var empty = await AllAtOnceAsync(crowd, async agent => Require(await PollAsync(http, agent).ConfigureAwait(false), 0)).ConfigureAwait(false);
            yield return Wave("poll that finds nothing", empty);
            yield return Work("poll that finds nothing", empty.Total / Agents, idle);
            await app.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Measurement Wave(string what, (TimeSpan Total, TimeSpan P99) wave) =>
        Measurement.Of("backend: " + what, Invariant($"{Agents} agents at once, 99th percentile"), wave.P99, PollInterval, WaveBudget);

    private static Measurement Work(string what, TimeSpan measured, TimeSpan alone) => new(
        "backend: " + what, Invariant($"{Agents} agents at once, each"), Invariant($"{measured.TotalMilliseconds:0.00} ms"),
        Invariant($"{alone.TotalMilliseconds:0.00} ms alone"), measured / alone, WorkBudget);

    private static void Require<T>(IReadOnlyCollection<T> items, int count)
    {
        if (items.Count != count || items.Distinct().Count() != count)
        {
            throw new InvalidOperationException(Invariant($"{items.Count} machines came, {items.Distinct().Count()} different ones, and {count} were due."));
        }
    }

    /// <summary>Each agent has one primary after another: all but the last are marked.</summary>
    private static async Task<List<Agent>> EnrollAsync(HttpClient http, int count, string name)
    {
        var agents = new ConcurrentBag<Agent>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), async (number, _) =>
        {
            var enrolled = await SendAsync(http, AdminToken, "/api/admin/agents", new
            {
                client = name,
                logical_agent_id = Invariant($"{name}-{number}"),
                account_id = "111111111111",
                region = "us-east-1",
                settings = new { terminate_wait_seconds = 0 },
            }).ConfigureAwait(false);
            var agent = new Agent(enrolled.GetProperty("agent_id").GetString()!, enrolled.GetProperty("token").GetString()!);
            for (var machine = 0; machine <= MachinesEach; machine++)
            {
                await SendAsync(http, agent.Token, $"/api/agents/{agent.Id}/register-instance", new
                {
                    instance_id = string.Create(CultureInfo.InvariantCulture, $"i-{name.Length:x2}{number:x7}{machine:x8}"),
                    instance_type = "c5.large",
                    region = "us-east-1",
                    az = "us-east-1a",
                    mode = "spot",
                }).ConfigureAwait(false);
            }

            agents.Add(agent);
        }).ConfigureAwait(false);
        return [.. agents];
    }

    private static async Task<IReadOnlyList<string>> PollAsync(HttpClient http, Agent agent)
    {
        var list = await SendAsync(http, agent.Token, $"/api/agents/{agent.Id}/instances-to-terminate", null).ConfigureAwait(false);
        return list.GetProperty("instances").EnumerateArray().Select(item => item.GetProperty("instance_id").GetString()!).ToList();
    }

    private static async Task<JsonElement> SendAsync(HttpClient http, string token, string path, object? body)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false);
    }

    private static async Task<TimeSpan> OneByOneAsync<T>(List<T> items, Func<T, Task> work)
    {
        var begun = Stopwatch.GetTimestamp();
        foreach (var item in items)
        {
            await work(item).ConfigureAwait(false);
        }

        return Stopwatch.GetElapsedTime(begun) / items.Count;
    }

    private static async Task<(TimeSpan Total, TimeSpan P99)> AllAtOnceAsync<T>(List<T> items, Func<T, Task> work)
    {
        var times = new ConcurrentBag<TimeSpan>();
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(items.Select(async item =>
        {
            await work(item).ConfigureAwait(false);
            times.Add(Stopwatch.GetElapsedTime(begun));
        })).ConfigureAwait(false);
        var sorted = times.Order().ToList();
        return (Stopwatch.GetElapsedTime(begun), sorted[(int)(sorted.Count * 0.99)]);
    }

    private sealed record Agent(string Id, string Token);
}
