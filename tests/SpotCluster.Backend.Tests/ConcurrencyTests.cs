using System.Collections.Concurrent;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>Many at once, over HTTP and over two backends on one database.</summary>
public abstract class ConcurrencyTests(BackendFixture fixture) : BackendTests(fixture)
{
    [Fact]
    public async Task No_machine_is_claimed_twice_and_none_is_forgotten()
    {
        const int Agents = 6;
        const int MachinesEach = 12;
        await using var backend = await StartAsync();
        await using var beside = await BackendFixture.StartBesideAsync(backend);
        var agents = new List<TestAgent>();
        for (var number = 0; number < Agents; number++)
        {
            var agent = await backend.EnrollAsync($"agent-{number}", primary: $"i-000000000000f{number:x4}");
            for (var machine = 0; machine < MachinesEach; machine++)
            {
                await agent.RetireAsync(Machine(number, machine));
            }

            agents.Add(agent);
        }

        // Four pollers per agent, two on each backend, small pages so that they meet.
        var claims = new ConcurrentBag<(string Agent, string Instance, string Claim)>();
        await Parallel.ForEachAsync(
            agents.SelectMany(agent => Enumerable.Repeat(agent, 4)).Select((agent, index) => (agent, index)),
            new ParallelOptions { MaxDegreeOfParallelism = 24 },
            async (work, _) =>
            {
                var api = work.index % 2 == 0 ? work.agent.Api : beside.Client(work.agent.Token);
                for (var page = 0; page < MachinesEach; page++)
                {
                    var list = (await api.GetAsync($"{work.agent.Path}/instances-to-terminate?limit=3")).Is(200);
                    foreach (var item in list.Items("instances"))
                    {
                        claims.Add((work.agent.Id, item.GetProperty("instance_id").GetString()!, item.GetProperty("claim_id").GetString()!));
                    }
                }
            });

        Assert.Equal(Agents * MachinesEach, claims.Count);
        Assert.Equal(Agents * MachinesEach, claims.Select(claim => claim.Instance).Distinct().Count());
        for (var number = 0; number < Agents; number++)
        {
            Assert.Equal(
                Enumerable.Range(0, MachinesEach).Select(machine => Machine(number, machine)).Order(),
                claims.Where(claim => claim.Agent == agents[number].Id).Select(claim => claim.Instance).Order());
        }

        static string Machine(int agent, int machine) => $"i-00000000000{agent:x2}{machine:x4}";
    }

    [Fact]
    public async Task The_same_report_from_many_threads_counts_once()
    {
        await using var backend = await StartAsync();
        await using var beside = await BackendFixture.StartBesideAsync(backend);
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        await agent.HandedOutAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number =>
            (number % 2 == 0 ? agent : agent with { Api = beside.Client(agent.Token) }).ReportAsync(Replica, success: number % 3 != 0, "x")));
        Assert.All(answers, answer => answer.Is(200));
        Assert.Equal("terminated", await backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @Replica", new { Replica }));
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/events?type=instance_terminated")).Items());
    }

    [Fact]
    public async Task Promotion_and_polling_at_once_never_hand_out_the_new_primary()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: "i-00000000000000000", settings: new { terminate_wait_seconds = 0 });
        var primary = "i-00000000000000000";
        for (var round = 1; round <= 8; round++)
        {
            var next = $"i-000000000000000{round:x2}";
            var replica = await agent.ReadyReplicaAsync(next);
            var polls = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => await agent.HandedOutAsync()));
            var promotion = agent.PromoteAsync(replica);
            (await promotion).Is(200);
            var handedOut = (await polls).SelectMany(list => list).Concat(await agent.HandedOutAsync()).ToList();
            Assert.Equal([primary], handedOut);
            primary = next;
        }
    }

    [Fact]
    public async Task Of_two_schedulers_one_leads_and_manual_mode_keeps_exactly_one_replica()
    {
        await using var backend = await StartAsync();
        await using var beside = await BackendFixture.StartBesideAsync(backend);
        var agent = await backend.EnrollAsync(primary: Primary);
        (await agent.ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        Assert.True(await backend.Scheduler.RunOnceAsync(CancellationToken.None));
        Assert.False(await beside.Scheduler.RunOnceAsync(CancellationToken.None));
        backend.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.True(await beside.Scheduler.RunOnceAsync(CancellationToken.None));
        Assert.False(await backend.Scheduler.RunOnceAsync(CancellationToken.None));

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => agent.ConfigAsync(new { manualReplicaEnabled = true })));
        Assert.Single((await agent.Api.GetAsync($"{agent.Path}/replicas")).Items("replicas"));
    }
}
