using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>
/// Random sequences of API calls by four agents of two clients, in two accounts and two regions, over a handful of machines that they fight
/// over. Whatever the order: never handed out is a primary, an active replica, a machine of somebody else, one without the required tag,
/// one that is out already, or one while the switch is off.
/// </summary>
public abstract class RandomCallsTests(BackendFixture fixture) : BackendTests(fixture)
{
    [Fact]
    public async Task Nothing_is_ever_handed_out_that_must_not_be()
    {
        await using var backend = await StartAsync();
        var worlds = 0;
        var handedOut = 0;
        var steps = (from kind in Gen.Choose(0, 999)
                     from agent in Gen.Choose(0, 3)
                     from machine in Gen.Choose(0, RandomWorld.Machines - 1)
                     select new RandomStep(kind, agent, machine)).ListOf(100);
        var property = Prop.ForAll(steps.ToArbitrary(), sequence =>
        {
            var world = RandomWorld.CreateAsync(backend, ++worlds).GetAwaiter().GetResult();
            foreach (var step in sequence)
            {
                world.DoAsync(step).GetAwaiter().GetResult();
            }

            handedOut += world.HandedOut;
            return true;
        });

        // The property calls a server of this very process, so it must not hold the thread that serves.
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(20).WithReplay(20260301, 1), property));
        Assert.True(handedOut >= 40, $"The sequences handed out only {handedOut} machines");
    }
}
