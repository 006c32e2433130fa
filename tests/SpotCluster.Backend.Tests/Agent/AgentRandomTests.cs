using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests.Agent;

/// <summary>
/// Random sequences of API calls by four agents (two in one account and region, one in another region, one of another client) over machines
/// that they fight over, with real agents polling in between. Whatever the order, the simulated EC2 never sees a termination of a primary, of
/// a machine of another agent, account or region, or of one without the required tag.
/// </summary>
public abstract class AgentRandomTests(BackendFixture fixture) : BackendTests(fixture)
{
    private const int Machines = 10;
    private const string OtherRegion = "eu-west-1";

    [Fact]
    public async Task Nothing_is_ever_terminated_that_must_not_be()
    {
        await using var world = new AgentWorld(await StartAsync());
        var (number, terminated) = (0, 0);
        var steps = (from kind in Gen.Choose(0, 99)
                     from agent in Gen.Choose(0, 3)
                     from machine in Gen.Choose(0, Machines - 1)
                     select (Kind: kind, Agent: agent, Machine: machine)).ListOf(90);
        var property = Prop.ForAll(steps.ToArbitrary(), sequence =>
        {
            terminated += PlayAsync(world, ++number, sequence).GetAwaiter().GetResult();
            return true;
        });

        // The property calls a server of this very process, so it must not hold the thread that serves.
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(25).WithReplay(20261120, 7), property));
        Assert.True(terminated >= 15, $"The sequences terminated only {terminated} machines");
    }

    private static async Task<int> PlayAsync(AgentWorld world, int number, IEnumerable<(int Kind, int Agent, int Machine)> steps)
    {
        // Even machines carry the tag; those from the seventh on are in the other region.
        var machines = Enumerable.Range(0, Machines)
            .Select(index => world.AddMachine(index % 3 != 2, index >= 7 ? OtherRegion : AgentWorld.Region)).ToArray();
        world.Backend.Clock.Advance(TimeSpan.FromMinutes(1));
        (string Client, string Account, string Region)[] places =
        [
            ("a", AgentWorld.Account, AgentWorld.Region),
            ("a", AgentWorld.Account, AgentWorld.Region),
            ("a", AgentWorld.Account, OtherRegion),
            ("b", "222222222222", AgentWorld.Region),
        ];
        var agents = new TestAgent[places.Length];
        for (var index = 0; index < agents.Length; index++)
        {
            agents[index] = await world.Backend.EnrollAsync(
                $"random-{number}-{index}", places[index].Client, places[index].Account, places[index].Region, new { terminate_wait_seconds = index % 2 * 60 });
        }

        var count = 0;
        foreach (var (kind, agentIndex, machineIndex) in steps)
        {
            var agent = agents[agentIndex];

            // Mostly machines of the agent's own region: of others EC2 says that it does not know them.
            var machine = machines[machineIndex == 0 ? kind % Machines : agent.Region == OtherRegion ? 7 + (machineIndex % 3) : machineIndex % 7];
            switch (kind)
            {
                case < 15:
                    await agent.RegisterAsync(machine);
                    break;
                case < 35:
                    await agent.Api.PostAsync(
                        $"{agent.Path}/register-instance",
                        new { instance_id = machine, instance_type = "t3.micro", region = agent.Region, az = agent.Region + "a", mode = "spot", is_primary = kind % 2 == 0 });
                    break;
                case < 50:
                    await agent.ConfigAsync(new { manualReplicaEnabled = kind % 3 != 0 });
                    break;
                case < 70:
                    await WithReplicaAsync(agent, machine, kind);
                    break;
                case < 77:
                    world.Backend.Clock.Advance(TimeSpan.FromSeconds(kind % 5 * 40));
                    break;
                default:
                    count += await PollAsync(world, agent, agents);
                    break;
            }
        }

        return count;
    }

    private static async Task WithReplicaAsync(TestAgent agent, string machine, int kind)
    {
        var replicas = (await agent.Backend.Admin.GetAsync($"{agent.Path}/replicas?include_terminated=true")).Is(200).Items("replicas");
        if (replicas.Count == 0)
        {
            return;
        }

        var path = $"{agent.Path}/replicas/{replicas[0].GetProperty("id").GetString()}";
        _ = (kind % 4) switch
        {
            0 => await agent.Api.PutAsync(path, new { instance_id = machine, status = "syncing" }),
            1 => await agent.Api.PostAsync(path + "/status", new { status = "ready" }),
            2 => await agent.Api.PostAsync(path + "/promote", new { demote_old_primary = false }),
            _ => await agent.Api.DeleteAsync(path),
        };
    }

    private static async Task<int> PollAsync(AgentWorld world, TestAgent agent, TestAgent[] agents)
    {
        var before = world.Cloud.Calls.Calls.Count;
        var primaries = (await world.Backend.Admin.GetAsync("/api/admin/agents")).Items()
            .Select(other => other.GetProperty("instance_id").GetString()).OfType<string>().ToHashSet();
        var foreign = agents.Where(other => other.Id != agent.Id).Select(other => other.Id).ToHashSet();
        var owners = new Dictionary<string, string>();
        foreach (var item in (await world.Backend.Admin.GetAsync("/api/admin/terminations?state=all&limit=500")).Items())
        {
            var id = item.GetProperty("instance_id").GetString()!;
            if (item.GetProperty("account_id").GetString() == agent.Account)
            {
                owners[id] = item.GetProperty("agent_id").GetString()!;
            }
        }

        try
        {
            await world.PassAsync(agent);
        }
        catch (Model.SpotException refusal)
        {
            // The agent of the other account refuses to work with these credentials.
            Assert.Equal(Model.SpotErrorIds.AccountNotAllowed, refusal.ErrorId);
            Assert.NotEqual(AgentWorld.Account, agent.Account);
        }

        var killed = world.Cloud.Calls.Calls.Skip(before).Where(call => call.Operation == "TerminateInstances").ToList();
        foreach (var call in killed)
        {
            var id = call.Parameters.Values.Single(value => value.StartsWith("i-", StringComparison.Ordinal));
            Assert.Equal(AgentWorld.Account, agent.Account);
            Assert.Equal(agent.Region, call.Region);
            Assert.DoesNotContain(id, primaries);
            Assert.Equal(agent.Id, owners[id]);
            Assert.DoesNotContain(owners[id], foreign);
            var machine = world.Cloud.Region(call.Region).Instances.Single(item => item.Id == id);
            Assert.Equal(AgentWorld.Tag.Value, machine.Tags.GetValueOrDefault(AgentWorld.Tag.Key));
        }

        return killed.Count;
    }
}
