using System.Text.Json;
using Xunit;

namespace SpotCluster.Backend.Tests.Support;

public sealed record RandomStep(int Kind, int Agent, int Machine);

/// <summary>Four agents and fourteen machines, and what may be known about them from outside: what was sent and what was answered.</summary>
public sealed class RandomWorld
{
    public const int Machines = 14;

    private const string Tag = "ManagedBy";

    private readonly TestBackend _backend;
    private readonly TestAgent[] _agents;
    private readonly string[] _machines;
    private readonly Dictionary<(string Account, string Machine), string> _owners = [];
    private readonly HashSet<(string Account, string Machine)> _tagged = [];
    private readonly Dictionary<(string Account, string Machine), DateTimeOffset> _leases = [];

    private RandomWorld(TestBackend backend, TestAgent[] agents, string[] machines)
    {
        _backend = backend;
        _agents = agents;
        _machines = machines;
    }

    public int HandedOut { get; private set; }

    public static async Task<RandomWorld> CreateAsync(TestBackend backend, int number)
    {
        var agents = new TestAgent[4];
        (string Client, string Account, string Region, object Settings)[] places =
        [
            ("a", "111111111111", "us-east-1", new { terminate_wait_seconds = 0, required_tag = "" }),
            ("a", "111111111111", "us-east-1", new { terminate_wait_seconds = 300, required_tag = Tag + "=SpotOptimizer" }),
            ("a", "111111111111", "eu-west-1", new { terminate_wait_seconds = 60, required_tag = "" }),
            ("b", "222222222222", "us-east-1", new { terminate_wait_seconds = 0, required_tag = "" }),
        ];
        for (var index = 0; index < agents.Length; index++)
        {
            var (client, account, region, settings) = places[index];
            agents[index] = await backend.EnrollAsync($"agent-{number}-{index}", client, account, region, settings);
        }

        return new RandomWorld(backend, agents, [.. Enumerable.Range(0, Machines).Select(index => $"i-{number:x8}{index:x9}")]);
    }

    public async Task DoAsync(RandomStep step)
    {
        var agent = _agents[step.Agent];
        var machine = _machines[step.Machine];
        await (step.Kind switch
        {
            < 80 => AddAsync(agent, machine, null, () => agent.RegisterAsync(machine)),
            < 100 => agent.Api.PostAsync($"{agent.Path}/heartbeat", new { status = "online", instance_id = machine }),
            < 240 => RegisterInstanceAsync(agent, machine, primary: step.Kind % 3 != 0, tagged: step.Kind % 2 == 0),
            < 310 => agent.ConfigAsync(new { manualReplicaEnabled = step.Kind % 3 != 0 }),
            < 430 => LaunchedAsync(agent, machine, tagged: step.Kind % 2 == 0),
            < 500 => WithReplicaAsync(agent, "/status", new { status = (step.Kind % 4) switch { 0 => "terminated", 1 => "failed", _ => "ready" } }),
            < 570 => WithReplicaAsync(agent, "/promote", new { demote_old_primary = step.Kind % 3 == 0 }),
            < 600 => DeleteReplicaAsync(agent),
            < 650 => SwitchAsync(agent, machine, _machines[(step.Machine + step.Kind) % Machines]),
            < 670 => agent.Api.PostAsync($"{agent.Path}/termination-imminent", new { instance_id = machine }),
            < 690 => agent.ConfigAsync(new { autoSwitchEnabled = true }),
            < 710 => agent.SettingsAsync(new { auto_terminate_enabled = step.Kind % 4 == 0 ? 0 : 1 }),
            < 720 => _backend.Scheduler.RunOnceAsync(CancellationToken.None),
            < 790 => ReportAsync(agent, machine, success: step.Kind % 2 == 0),
            < 830 => AdvanceAsync(TimeSpan.FromSeconds(step.Kind % 7 * 60)),
            _ => PollAsync(agent),
        });
    }

    private static object Tags(bool tagged) => tagged ? new { ManagedBy = "SpotOptimizer" } : new { ManagedBy = "somebody" };

    private Task AdvanceAsync(TimeSpan span)
    {
        _backend.Clock.Advance(span);
        return Task.CompletedTask;
    }

    private async Task AddAsync(TestAgent agent, string machine, bool? tagged, Func<Task<Answer>> call)
    {
        // A late replica is refused and noted all the same, so what counts is whether another agent had it before.
        var answer = await call();
        Assert.True(answer.Status < 500, answer.Body);
        var key = (agent.Account, machine);
        if (answer.Status is 200 or 409)
        {
            var mine = !_owners.TryGetValue(key, out var owner) || owner == agent.Id;
            Assert.True(mine || answer.Status == 409, $"{machine} went from one agent to another");
            if (mine && answer.Status == 200)
            {
                _owners[key] = agent.Id;
            }

            if (tagged == true)
            {
                _tagged.Add(key);
            }
            else if (tagged == false && answer.Status == 200)
            {
                _tagged.Remove(key);
            }
        }
    }

    private Task RegisterInstanceAsync(TestAgent agent, string machine, bool primary, bool tagged) =>
        AddAsync(agent, machine, tagged, () => agent.Api.PostAsync(
            $"{agent.Path}/register-instance",
            new { instance_id = machine, instance_type = "m5.large", region = agent.Region, az = agent.Region + "b", mode = "spot", is_primary = primary, tags = Tags(tagged) }));

    private async Task LaunchedAsync(TestAgent agent, string machine, bool tagged)
    {
        if (await AnyReplicaAsync(agent) is { } replica)
        {
            await AddAsync(agent, machine, tagged, () => agent.Api.PutAsync(
                $"{agent.Path}/replicas/{replica}", new { instance_id = machine, status = "syncing", tags = Tags(tagged) }));
        }
    }

    private static async Task WithReplicaAsync(TestAgent agent, string action, object body)
    {
        if (await AnyReplicaAsync(agent) is { } replica)
        {
            Assert.True((await agent.Api.PostAsync($"{agent.Path}/replicas/{replica}{action}", body)).Status < 500);
        }
    }

    private static async Task DeleteReplicaAsync(TestAgent agent)
    {
        if (await AnyReplicaAsync(agent) is { } replica)
        {
            Assert.True((await agent.Api.DeleteAsync($"{agent.Path}/replicas/{replica}")).Status < 500);
        }
    }

    private static async Task<string?> AnyReplicaAsync(TestAgent agent)
    {
        var replicas = (await agent.Backend.Admin.GetAsync($"{agent.Path}/replicas?include_terminated=true")).Is(200).Items("replicas");
        return replicas.Count == 0 ? null : replicas[0].GetProperty("id").GetString();
    }

    private Task SwitchAsync(TestAgent agent, string old, string young) =>
        AddAsync(agent, young, null, () => agent.Api.PostAsync(
            $"{agent.Path}/switch-report",
            new { old_instance = new { instance_id = old }, new_instance = new { instance_id = young, instance_type = "m5.large" }, trigger = "manual" }));

    private async Task ReportAsync(TestAgent agent, string machine, bool success)
    {
        var answer = await agent.ReportAsync(machine, success, success ? null : "InternalError: x");
        Assert.True(answer.Status < 500, answer.Body);
        if (answer.Status == 200)
        {
            Assert.True(_leases.ContainsKey((agent.Account, machine)) || answer.Flag("duplicate"), $"A report for {machine} without a claim was taken");
        }
    }

    private async Task PollAsync(TestAgent agent)
    {
        var list = (await agent.PollAsync()).Is(200);
        var agents = (await _backend.Admin.GetAsync("/api/admin/agents")).Items();
        var primaries = agents.Select(other => other.GetProperty("instance_id").GetString()).ToHashSet();
        var active = (await agent.Api.GetAsync($"{agent.Path}/replicas")).Items("replicas")
            .Select(replica => replica.GetProperty("instance_id").GetString()).ToHashSet();
        var config = (await agent.Api.GetAsync($"{agent.Path}/config")).Json;
        foreach (var item in list.Items("instances"))
        {
            Check(agent, item, primaries, active, config);
            HandedOut++;
        }
    }

    private void Check(TestAgent agent, JsonElement item, HashSet<string?> primaries, HashSet<string?> active, JsonElement config)
    {
        var machine = item.GetProperty("instance_id").GetString()!;
        var key = (agent.Account, machine);
        var now = _backend.Clock.GetUtcNow();
        Assert.DoesNotContain(machine, primaries);
        Assert.DoesNotContain(machine, active);
        Assert.Equal(agent.Account, item.GetProperty("account_id").GetString());
        Assert.Equal(agent.Region, item.GetProperty("region").GetString());
        Assert.True(config.GetProperty("auto_terminate_enabled").GetBoolean(), $"{machine} came although the switch is off");
        Assert.True(!_owners.TryGetValue(key, out var owner) || owner == agent.Id, $"{machine} belongs to another agent");
        Assert.True(
            config.GetProperty("required_tag").ValueKind == JsonValueKind.Null || _tagged.Contains(key), $"{machine} does not carry the tag");
        Assert.True(!_leases.TryGetValue(key, out var until) || until <= now, $"{machine} is out already");
        if (item.GetProperty("reason").GetString() == "zombie_timeout")
        {
            Assert.True(item.GetProperty("seconds_waiting").GetInt32() >= config.GetProperty("terminate_wait_seconds").GetInt32());
        }

        _leases[key] = now + TimeSpan.FromSeconds(item.GetProperty("lease_seconds").GetInt32());
    }
}
