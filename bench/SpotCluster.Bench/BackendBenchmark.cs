using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using SpotCluster.Backend;
using SpotCluster.Backend.Tests.Support;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>Two backends on one database under a fleet, with each product: everybody polls at once, and what is marked goes out exactly once.</summary>
internal static class BackendBenchmark
{
    private const int Agents = 1_000;
    private const int IdleAgents = 10_000;
    private const int Connections = 200;
    private const int Enrollers = 8;
    private const int MachinesEach = 10;
    private const int Alone = 100;
    private const double WaveBudget = 0.5;
    private const double WorkBudget = 1.5;
    private const int IdleRounds = 9;
    private const string AdminToken = "admin-token-of-the-benchmark-0123456789";

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(60);

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        var folder = TestFolder.Create("spotcluster-bench-");
        await using var postgres = new PostgresServer();
        await using var mySql = new MySqlServer();
        (string Name, double IdleBudget, Func<Task> Start, Func<string?> Missing, Func<Task<string>> Create)[] products =
        [
            ("SQLite", 1, () => Task.CompletedTask, () => null, () => Task.FromResult(Path.Combine(folder.FullName, "backend.db"))),
            ("PostgreSQL", 1, postgres.StartAsync, () => postgres.Missing, postgres.CreateDatabaseAsync),
            ("MariaDB", 2, mySql.StartAsync, () => mySql.Missing, mySql.CreateDatabaseAsync),
        ];
        var fleets = new List<Fleet>();
        try
        {
            foreach (var (name, budget, start, missing, create) in products)
            {
                await start().ConfigureAwait(false);
                if (missing() is { } reason)
                {
                    yield return Measurement.Skipped(name, reason);
                    continue;
                }

                fleets.Add(await Fleet.EnrollAsync(name, budget, await create().ConfigureAwait(false)).ConfigureAwait(false));
            }

            // In turns, so that all products see the same computer.
            var rates = fleets.ToDictionary(fleet => fleet, _ => new List<double>());
            for (var round = 0; round < IdleRounds; round++)
            {
                foreach (var fleet in fleets)
                {
                    var wave = await fleet.PollIdleAsync().ConfigureAwait(false);
                    rates[fleet].Add(IdleAgents / wave.Total.TotalSeconds);
                    if (round == IdleRounds - 1)
                    {
                        yield return fleet.Wave("poll that finds nothing", IdleAgents, wave);
                    }
                }
            }

            foreach (var fleet in fleets.Skip(1))
            {
                yield return fleet.IdleRate(Median(rates[fleet]), fleets[0].Product, Median(rates[fleets[0]]));
            }

            foreach (var fleet in fleets)
            {
                await foreach (var measurement in fleet.ClaimAndReportAsync().ConfigureAwait(false))
                {
                    yield return measurement;
                }
            }
        }
        finally
        {
            foreach (var fleet in fleets)
            {
                await fleet.DisposeAsync().ConfigureAwait(false);
            }

            folder.Delete(recursive: true);
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(IdleRounds / 2);

    private static async Task<WebApplication> StartAsync(string target)
    {
        var app = await BackendHost.CreateAsync(
            new BackendOptions
            {
                AdminToken = AdminToken,
                Urls = ["http://127.0.0.1:0"],
                Database = target,
                LogToConsole = false,
                Lease = TimeSpan.FromHours(1),
                MaxConnections = 2 * IdleAgents,
            },
            CancellationToken.None).ConfigureAwait(false);
        await app.StartAsync().ConfigureAwait(false);
        return app;
    }

    private static HttpClient Client(WebApplication app) =>
        new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(10) };

    private static void Require<T>(IReadOnlyCollection<T> items, int count)
    {
        if (items.Count != count || items.Distinct().Count() != count)
        {
            throw new InvalidOperationException(Invariant($"{items.Count} machines came, {items.Distinct().Count()} different ones, and {count} were due."));
        }
    }

    /// <summary>Each agent has one primary after another: all but the last are marked.</summary>
    private static async Task<List<Agent>> EnrollAsync(HttpClient[] backends, int count, int machines, string name)
    {
        var agents = new ConcurrentBag<Agent>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Enrollers }, async (number, _) =>
        {
            var http = backends[number % backends.Length];
            var enrolled = await SendAsync(http, AdminToken, "/api/admin/agents", new
            {
                client = name,
                logical_agent_id = Invariant($"{name}-{number}"),
                account_id = "111111111111",
                region = "us-east-1",
                settings = new { terminate_wait_seconds = 0 },
            }).ConfigureAwait(false);
            var agent = new Agent(http, enrolled.GetProperty("agent_id").GetString()!, enrolled.GetProperty("token").GetString()!);
            for (var machine = 0; machine <= machines; machine++)
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

    private static async Task<IReadOnlyList<string>> PollAsync(Agent agent)
    {
        var list = await SendAsync(agent.Http, agent.Token, $"/api/agents/{agent.Id}/instances-to-terminate", null).ConfigureAwait(false);
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

    private sealed record Agent(HttpClient Http, string Id, string Token);

    /// <summary>Two backends on one database of one product, and their agents.</summary>
    private sealed class Fleet(string product, double idleBudget, WebApplication[] backends, HttpClient[] clients) : IAsyncDisposable
    {
        private List<Agent> _lonely = [];
        private List<Agent> _crowd = [];
        private List<Agent> _idle = [];

        public string Product => product;

        public static async Task<Fleet> EnrollAsync(string product, double idleBudget, string database)
        {
            WebApplication[] backends = [await StartAsync(database).ConfigureAwait(false), await StartAsync(database).ConfigureAwait(false)];
            HttpClient[] clients = [.. backends.Select(Client)];
            return new Fleet(product, idleBudget, backends, clients)
            {
                // A few of their own, to know what a call costs when nobody else is there.
                _lonely = await BackendBenchmark.EnrollAsync(clients, Alone, MachinesEach, "lonely").ConfigureAwait(false),
                _crowd = await BackendBenchmark.EnrollAsync(clients, Agents, MachinesEach, "crowd").ConfigureAwait(false),
                _idle = await BackendBenchmark.EnrollAsync(clients, IdleAgents, 0, "idle").ConfigureAwait(false),
            };
        }

        /// <summary>While everything that the crowd has is marked, the others find nothing.</summary>
        public Task<(TimeSpan Total, TimeSpan P99)> PollIdleAsync() =>
            AllAtOnceAsync(_idle, async agent => Require(await PollAsync(agent).ConfigureAwait(false), 0));

        public async IAsyncEnumerable<Measurement> ClaimAndReportAsync()
        {
            var alone = await OneByOneAsync(_lonely, PollAsync).ConfigureAwait(false);
            var claimed = new ConcurrentBag<(Agent Agent, string Machine)>();
            var claims = await AllAtOnceAsync(_crowd, async agent =>
            {
                foreach (var machine in await PollAsync(agent).ConfigureAwait(false))
                {
                    claimed.Add((agent, machine));
                }
            }).ConfigureAwait(false);
            Require(claimed, Agents * MachinesEach);
            yield return Wave("poll and claim", Agents, claims);
            var each = claims.Total / Agents;
            yield return new Measurement(
                $"{product}: poll and claim", Invariant($"{Agents:N0} agents at once, each"), Invariant($"{each.TotalMilliseconds:0.00} ms"),
                Invariant($"{alone.TotalMilliseconds:0.00} ms alone"), each / alone, WorkBudget);

            // An agent reports one machine after the other, all agents at once.
            var reports = await AllAtOnceAsync(claimed.GroupBy(item => item.Agent, item => item.Machine).ToList(), async work =>
            {
                foreach (var machine in work)
                {
                    await SendAsync(
                        work.Key.Http, work.Key.Token, $"/api/agents/{work.Key.Id}/termination-report", new { instance_id = machine, success = true }).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            yield return Wave("ten reports", Agents, reports);
        }

        public Measurement Wave(string what, int agents, (TimeSpan Total, TimeSpan P99) wave) => Measurement.Of(
            $"{product}: {what}", Invariant($"{agents:N0} agents at once, 99th percentile; {agents / wave.Total.TotalSeconds:0} a second"), wave.P99,
            PollInterval, WaveBudget);

        /// <summary>How much slower a poll that finds nothing is than with the reference product.</summary>
        public Measurement IdleRate(double rate, string reference, double referenceRate) => new(
            $"{product}: poll that finds nothing", Invariant($"against {reference}, median of {IdleRounds} rounds in turns"), Invariant($"{rate:0} a second"),
            Invariant($"{referenceRate:0} a second"), referenceRate / rate, idleBudget);

        public async ValueTask DisposeAsync()
        {
            foreach (var (backend, client) in backends.Zip(clients))
            {
                client.Dispose();
                await backend.StopAsync().ConfigureAwait(false);
                await backend.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
