using SpotCluster.Backend.Tests.Support;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Backend.Tests.Agent;

/// <summary>
/// Agent or backend die before or after any call. However it is cut, in the end every marked machine is terminated and known to be, by one
/// call each, and nothing else is.
/// </summary>
public abstract class AgentCrashTests(BackendFixture fixture) : BackendTests(fixture)
{
    private const int MorePoints = 200;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whatever_call_the_agent_dies_at_no_decision_is_lost(bool before)
    {
        var cuts = 0;
        for (var point = 1; point < MorePoints; point++)
        {
            await using var world = new AgentWorld(await StartAsync());
            var (agent, marked, kept) = await PrepareAsync(world);
            var line = new LifeLine(point, before);
            var isCut = false;
            try
            {
                await world.PassAsync(agent, options => options with { BackendTransport = new BackendLine(line) }, line);
            }
            catch (KilledException)
            {
                isCut = true;
                cuts++;
            }

            await DemandGoodEndAsync(world, agent, marked, kept, $"agent, call {point}, {(before ? "before" : "after")}");
            if (!isCut)
            {
                Assert.True(cuts >= 12, $"Only {cuts} calls were cut");
                return;
            }
        }

        Assert.Fail("The pass never came to its end");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whatever_call_the_backend_dies_at_no_decision_is_lost(bool before)
    {
        var cuts = 0;
        for (var point = 1; point < MorePoints; point++)
        {
            await using var world = new AgentWorld(await StartAsync());
            var (agent, marked, kept) = await PrepareAsync(world);
            var outage = new Outage(point, before);
            try
            {
                await world.PassAsync(agent, options => options with { BackendTransport = outage });
            }
            catch (SpotException failure)
            {
                Assert.Equal(SpotErrorIds.EndpointUnreachable, failure.ErrorId);
            }

            cuts += outage.IsDown ? 1 : 0;
            await DemandGoodEndAsync(world, agent, marked, kept, $"backend, call {point}, {(before ? "before" : "after")}");
            if (!outage.IsDown)
            {
                Assert.True(cuts >= 8, $"Only {cuts} calls were cut");
                return;
            }
        }

        Assert.Fail("The pass never came to its end");
    }

    private static async Task<(TestAgent Agent, string[] Marked, string[] Retained)> PrepareAsync(AgentWorld world)
    {
        var machines = Enumerable.Range(0, 4).Select(_ => world.AddMachine()).ToArray();
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        var agent = await world.Backend.EnrollAsync(primary: machines[0]);
        await agent.RetireAsync(machines[1]);
        await agent.RetireAsync(machines[2]);
        return (agent, [machines[1], machines[2]], [machines[0], machines[3]]);
    }

    private static async Task DemandGoodEndAsync(AgentWorld world, TestAgent agent, string[] marked, string[] kept, string where)
    {
        // One pass more than it takes: nothing comes after the end.
        var isOver = false;
        for (var pass = 0; pass < 6 && !isOver; pass++)
        {
            isOver = true;
            foreach (var id in marked)
            {
                isOver &= await world.BackendStateAsync(id) == "terminated";
            }

            // At no moment does the backend believe more than is true.
            foreach (var id in marked)
            {
                Assert.True(
                    await world.BackendStateAsync(id) != "terminated" || world.StateOf(id) == "terminated", $"{where}: {id} counts as gone and is {world.StateOf(id)}");
            }

            world.Backend.Clock.Advance(TimeSpan.FromMinutes(7));
            await world.PassAsync(agent);
        }

        foreach (var id in marked)
        {
            Assert.True(await world.BackendStateAsync(id) == "terminated", $"{where}: {id} is {await world.BackendStateAsync(id)}");
            Assert.True(world.StateOf(id) == "terminated", $"{where}: {id} runs on");
            Assert.True(world.Terminations(id) == 1, $"{where}: {id} was terminated {world.Terminations(id)} times");
        }

        Assert.All(kept, id => Assert.Equal("running", world.StateOf(id)));
        Assert.All(kept, id => Assert.Equal(0, world.Terminations(id)));
        Assert.Empty(Directory.GetFiles(world.FolderOf(agent), "*.outbox.json", SearchOption.AllDirectories));
    }

    private sealed class KilledException : Exception;

    /// <summary>Counts the calls to EC2 and to the backend together, and ends the process at one of them.</summary>
    private sealed class LifeLine(int point, bool before) : ICallObserver
    {
        private int _calls;

        public void Sending(CallRecord call) => Cut(before, count: true);

        public void Answered(CallRecord call) => Cut(!before, count: false);

        public void Cut(bool here, bool count)
        {
            var number = count ? Interlocked.Increment(ref _calls) : Volatile.Read(ref _calls);
            if (here && number == point)
            {
                throw new KilledException();
            }
        }
    }

    private sealed class BackendLine(LifeLine line) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            line.Sending(null!);
            var response = await base.SendAsync(request, cancellationToken);
            line.Answered(null!);
            return response;
        }
    }

    /// <summary>From one request on nobody answers; that one may still have been done.</summary>
    private sealed class Outage(int point, bool before) : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _calls;

        public bool IsDown => _calls >= point;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var number = Interlocked.Increment(ref _calls);
            if (number == point && !before)
            {
                (await base.SendAsync(request, cancellationToken)).Dispose();
            }

            return number < point ? await base.SendAsync(request, cancellationToken) : throw new HttpRequestException("The backend is down.");
        }
    }
}
