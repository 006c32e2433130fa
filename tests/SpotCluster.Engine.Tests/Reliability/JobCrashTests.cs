using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>A job that is killed just before or just after any of its calls, at both providers: what ends the bill then.</summary>
public sealed class JobCrashTests
{
    /// <summary>
    /// Kills a job at every one of its changing calls and waits until its time to live is over: the next job, or a removal of what
    /// is expired, in turns, leaves nothing.
    /// </summary>
    [Theory]
    [InlineData(SpotProvider.Vast, false)]
    [InlineData(SpotProvider.Vast, true)]
    [InlineData(SpotProvider.Aws, false)]
    [InlineData(SpotProvider.Aws, true)]
    public async Task Killed_at_any_call_nothing_is_billed_after_the_next_command(SpotProvider provider, bool afterwards)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The journal of a killed process is copied with cp.");
        int calls;
        await using (var whole = new ReliabilityWorld(seed: 1))
        {
            using var counting = new WatchedTransport(whole);
            using var engine = whole.Open(counting);
            Assert.Equal(7, await RunAsync(provider, engine));
            Assert.Empty(Left(whole));
            calls = counting.Counted;
        }

        // Virtual time runs on when a world is idle, so several of them fill the time that each waits for that.
        var billed = 0;
        await Parallel.ForAsync(1, calls + 1, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            await using var world = new ReliabilityWorld(number);
            var transport = new WatchedTransport(world) { At = number, Kills = afterwards ? Cut.After : Cut.Before };
            var job = RunAsync(provider, world.Open(transport));
            Assert.True(await Task.WhenAny(job, transport.Death) != job, $"call {number} of {calls} was not made");
            Interlocked.Add(ref billed, world.Machines.Count + world.Rented.Count);
            world.Wait(SpotJob.UsualLife);
            using var engine = world.Open();
            Assert.True(
                (number % 2 == 0) == afterwards
                    ? await RunAsync(provider, engine) == 7
                    : (await engine.Removal.RemoveAsync(new RemovalScope { Provider = provider, Expired = true }, _ => { }, SilentHost.Instance, CancellationToken.None)).Proven,
                $"killed at call {number}");
            Assert.True(!Left(world).Any(), $"killed at call {number}: {string.Join(", ", Left(world))}");
            Assert.Empty(world.Trespasses());
        });
        Assert.InRange(calls, provider == SpotProvider.Vast ? 2 : 10, 100);
        Assert.True(billed > 0, "No kill left an instance.");
    }

    private static IEnumerable<string> Left(ReliabilityWorld world) =>
        [.. world.Managed.Select(item => $"{item.Kind} {item.Id}"), .. world.Rented.Select(machine => machine.Label)];

    private static async Task<int> RunAsync(SpotProvider provider, SpotEngine engine)
    {
        var job = new SpotJob
        {
            Command = "exit 7",
            AtVast = provider == SpotProvider.Vast ? new VastClusterRequest { Name = SpotJob.Prefix, Image = "a:b", Offers = new VastOfferQuery { MaxHourlyPrice = 0.5m } } : null,
            AtAws = provider == SpotProvider.Aws ? new ClusterRequest { Name = SpotJob.Prefix, MaxHourlyPrice = 0.05m } : null,
            Offers = new OfferQuery { Regions = ["us-east-1"], InstanceTypes = ["t3.micro"], MaxHourlyPrice = 0.05m, IncludeScore = false },
            OnLine = (_, _) => { },
        };
        return await new JobRunner(engine.Clusters, engine.Removal, engine.Costs, () => engine.Vast, engine.Ssh).RunAsync(job, SilentHost.Instance, CancellationToken.None);
    }
}
