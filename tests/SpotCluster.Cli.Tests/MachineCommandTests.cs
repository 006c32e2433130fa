using System.Globalization;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>start</c>, <c>stop</c>, <c>set</c> and <c>wait</c> with the real engine on simulated clouds.</summary>
public sealed class MachineCommandTests : IDisposable
{
    private readonly SimulatedClock _clock = new();
    private readonly SimulatedCloud _cloud;
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-machines-");

    public MachineCommandTests() =>
        _cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock, Vast = new SimulatedVastOptions { TakenShare = 0, Volatility = 0 } });

    public void Dispose()
    {
        _cloud.Dispose();
        _clock.Dispose();
        _journal.Delete(recursive: true);
    }

    [Fact]
    public async Task A_cluster_is_stopped_with_a_word_about_its_disks_and_started_until_it_runs()
    {
        await OnDemandAsync(2);

        var stop = await RunAsync("stop --name fixed --json");
        Assert.True(stop.ExitCode == 0, stop.Error);
        Assert.All(stop.Json.GetProperty("instances").EnumerateArray(), machine => Assert.StartsWith("Stop", machine.GetProperty("state").GetString(), StringComparison.Ordinal));
        Assert.Equal(2, stop.Json.GetProperty("instances").GetArrayLength());
        Assert.Contains("still billed", stop.Json.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(1, Count("StopInstances"));

        _clock.Advance(TimeSpan.FromMinutes(5));
        var start = await RunAsync("start --name fixed --wait --timeout 20m --json");
        Assert.True(start.ExitCode == 0, start.Error);
        Assert.All(start.Json.GetProperty("instances").EnumerateArray(), machine => Assert.Equal("Running", machine.GetProperty("state").GetString()));
        Assert.Equal(2, start.Json.GetProperty("instances").GetArrayLength());
        Assert.Equal(1, Count("StartInstances"));
    }

    [Fact]
    public async Task People_get_a_line_for_each_machine_and_the_word_about_disks_on_stderr()
    {
        var rented = Rent("spotcluster/demo/a");

        var stop = await RunAsync($"stop --instance-id {rented} --force");

        Assert.Equal(0, stop.ExitCode);
        Assert.Matches($@"^{rented} \(demo, .+\): Stopped, \$0\.[0-9]{{4}} per hour\s*$", stop.Out);
        Assert.Contains($"spotcluster destroy --instance-id {rented}", stop.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("start")]
    [InlineData("set --label other")]
    public async Task One_bad_id_does_not_keep_the_others(string command)
    {
        var rented = Rent("spotcluster/-/a");
        var foreign = Rent("of a colleague");

        var result = await RunAsync($"{command} --instance-id 999,{foreign},i-00000000000000000,{rented} --json");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(3, result.ErrorIds.Length);
        Assert.All(result.ErrorIds, id => Assert.Equal(SpotErrorIds.InstanceNotFound, id));
        Assert.Equal(rented, Assert.Single(result.Json.GetProperty("instances").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal("of a colleague", _cloud.Vast.Machines.Single(machine => Text(machine.Id) == foreign).Label);
    }

    [Fact]
    public async Task What_cannot_be_stopped_or_changed_is_an_error_of_its_own()
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --wait --json")).ExitCode);
        var spot = (await RunAsync("list --name demo --json")).Json.GetProperty("instances")[0].GetProperty("id").GetString();
        var onDemand = Rent("spotcluster/-/a");

        var stop = await RunAsync($"stop --instance-id {spot},{onDemand} --json");
        Assert.Equal(3, stop.ExitCode);
        Assert.Equal([SpotErrorIds.InstanceNotStoppable], stop.ErrorIds);
        Assert.Equal(onDemand, Assert.Single(stop.Json.GetProperty("instances").EnumerateArray()).GetProperty("id").GetString());

        var set = await RunAsync($"set --instance-id {spot},{onDemand} --winning-bid --json");
        Assert.Equal(3, set.ExitCode);
        Assert.Equal([SpotErrorIds.InstanceNotChangeable, SpotErrorIds.InstanceNotChangeable], set.ErrorIds);

        var look = await RunAsync($"stop --instance-id {spot},{onDemand} --what-if --json");
        Assert.Equal(0, look.ExitCode);
        Assert.Contains("1 instance would be refused", look.Json.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_gets_another_name_and_another_bid()
    {
        var id = Text(_cloud.Vast.AddMachine("spotcluster/demo/a", byBid: true));

        var set = await RunAsync($"set --instance-id {id} --label train --bid 0.75 --json");

        Assert.True(set.ExitCode == 0, set.Error);
        Assert.Equal("spotcluster/demo/train", Assert.Single(_cloud.Vast.Machines).Label);
        Assert.True(set.Json.GetProperty("instances")[0].GetProperty("hourlyPrice").GetDecimal() >= 0.75m);
        Assert.Equal(0, (await RunAsync("set --state running --provider vast --winning-bid")).ExitCode);
    }

    [Fact]
    public async Task Used_up_credit_leaves_the_start_undone_and_destroys_nothing()
    {
        var id = Rent("spotcluster/-/a");
        Assert.Equal(0, (await RunAsync($"stop --instance-id {id}")).ExitCode);
        Rent("spotcluster/-/b");
        _cloud.Vast.Credit = 0;

        var refused = await RunAsync($"start --instance-id {id} --json");
        Assert.Equal(3, refused.ExitCode);
        Assert.Equal([SpotErrorIds.InsufficientCredit], refused.ErrorIds);
        Assert.Equal(2, _cloud.Vast.Machines.Count);

        var forced = await RunAsync($"start --instance-id {id} --force");
        Assert.Equal(3, forced.ExitCode);
        Assert.DoesNotContain("Destroyed", forced.Error, StringComparison.Ordinal);
        Assert.Equal(2, _cloud.Vast.Machines.Count);
    }

    [Theory]
    [InlineData("start --name demo --what-if", 0)]
    [InlineData("stop --name * --what-if --force", 0)]
    [InlineData("stop --state running --what-if", 0)]
    [InlineData("set --name demo --winning-bid --what-if --force", 0)]
    [InlineData("run --name demo --what-if -- reboot", 0)]
    [InlineData("stop --instance-id i-00000000000000000", 2)]
    [InlineData("start --instance-id 999", 2)]
    [InlineData("set --instance-id 999 --label x", 2)]
    [InlineData("run --instance-id i-00000000000000000 -- true", 2)]
    [InlineData("ssh i-00000000000000000", 2)]
    [InlineData("stop --name nosuch", 2)]
    [InlineData("wait --name nosuch", 2)]
    [InlineData("wait --instance-id i-00000000000000000", 3)]
    [InlineData("wait --name demo --for healthy --provider vast", 2)]
    [InlineData("start --instance-id 999,i-00000000000000000 --what-if", 2)]
    public async Task What_only_looks_and_what_is_refused_sends_no_changing_call(string commandLine, int exitCode)
    {
        Rent("spotcluster/demo/a");
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --json")).ExitCode);
        var calls = new List<CallRecord>();

        // The words after -- are those of the machine.
        var at = commandLine.IndexOf(" -- ", StringComparison.Ordinal);
        var result = await RunAsync(commandLine.StartsWith("ssh", StringComparison.Ordinal) ? commandLine : commandLine.Insert(at < 0 ? commandLine.Length : at, " --json"), calls);

        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        Assert.NotEmpty(calls);
        Assert.DoesNotContain(calls, call => call.Changes);
        if (exitCode == 0)
        {
            Assert.NotEqual(0, result.Json.GetProperty("instances").GetArrayLength());
            Assert.True(result.Json.GetProperty("whatIf").GetBoolean());
            Assert.Contains("nothing was changed", result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("running", "Running")]
    [InlineData("Reachable", "Running")]
    public async Task A_cluster_is_waited_for(string condition, string state)
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1,eu-west-1 --count 2 --json")).ExitCode);

        var result = await RunAsync($"wait --name demo --for {condition} --json");

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal([state, state], result.Json.GetProperty("instances").EnumerateArray().Select(machine => machine.GetProperty("state").GetString()!));
    }

    [Fact]
    public async Task What_is_not_there_in_time_is_3_beside_what_is()
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --json")).ExitCode);
        var id = (await RunAsync("list --name demo --json")).Json.GetProperty("instances")[0].GetProperty("id").GetString();

        var early = await RunAsync($"wait --instance-id {id} --region us-east-1 --for reachable --timeout 1s --json");
        Assert.Equal(3, early.ExitCode);
        Assert.Equal([SpotErrorIds.WaitTimedOut], early.ErrorIds);
        Assert.Equal(0, early.Json.GetProperty("instances").GetArrayLength());

        Assert.Equal(0, (await RunAsync($"wait --instance-id {id} --for reachable --json")).ExitCode);
        Assert.Equal(0, (await RunAsync($"destroy --instance-id {id} --force --json")).ExitCode);
        var gone = await RunAsync($"wait --instance-id {id} --for terminated");
        Assert.True(gone.ExitCode == 0, gone.Error);
        Assert.Contains("Terminated", gone.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("stop")]
    public async Task An_interrupted_change_is_130_and_says_where_to_look(string command)
    {
        using var interruption = new CancellationTokenSource();
        var engine = new FakeEngine
        {
            OnPower = (_, token) =>
            {
                interruption.Cancel();
                return Task.FromCanceled(token);
            },
        };

        var result = await CliRunner.RunAsync($"{command} --name demo --json", engine, cancellationToken: interruption.Token);

        Assert.Equal(130, result.ExitCode);
        Assert.Contains("0 of 2 instances", result.Json.GetProperty("interrupted").GetString(), StringComparison.Ordinal);
        Assert.Contains("spotcluster list --instance-id i-0aaa,i-0bbb", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start --name demo")]
    [InlineData("stop --name demo")]
    [InlineData("wait --name demo")]
    [InlineData("run --name demo -- true")]
    [InlineData("ssh i-0aaa")]
    public async Task An_interrupted_look_has_changed_nothing(string commandLine)
    {
        using var interruption = new CancellationTokenSource();
        var engine = new FakeEngine
        {
            OnList = (_, token) =>
            {
                interruption.Cancel();
                return Task.FromCanceled(token);
            },
        };

        var result = await CliRunner.RunAsync(commandLine, engine, cancellationToken: interruption.Token);

        Assert.Equal(130, result.ExitCode);
        Assert.Equal(["Interrupted. Nothing was changed."], result.ErrorLines);
        Assert.Empty(engine.Changes);
    }

    [Fact]
    public async Task A_region_that_was_not_listed_makes_it_3_and_what_was_found_is_changed_all_the_same()
    {
        var engine = new FakeEngine
        {
            OnList = (host, _) =>
            {
                host.Error(new SpotException(SpotErrorIds.RegionNotListed, SpotErrorCategory.Connection, "Not everything."));
                return Task.CompletedTask;
            },
        };

        var result = await CliRunner.RunAsync("stop --name demo --json", engine);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.RegionNotListed], result.ErrorIds);
        Assert.Equal(2, result.Json.GetProperty("instances").GetArrayLength());
    }

    [Fact]
    public async Task A_list_can_be_of_what_carries_a_tag()
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --tag owner=ops --json")).ExitCode);
        Assert.Equal(0, (await RunAsync("create --name other --region us-east-1 --json")).ExitCode);

        var result = await RunAsync("list --tag owner=ops --json");

        Assert.Equal("demo", Assert.Single(result.Json.GetProperty("instances").EnumerateArray()).GetProperty("clusterName").GetString());
    }

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);

    private string Rent(string label) => Text(_cloud.Vast.AddMachine(label));

    // Without any spot capacity the fallback takes machines on demand, which AWS can stop.
    private async Task OnDemandAsync(int count)
    {
        _cloud.Faults.Add(new FaultRule { Service = "ec2", Operation = "CreateFleet", Action = FaultAction.Error, Code = "MaxSpotInstanceCountExceeded", Times = 1 });
        var create = await RunAsync($"create --name fixed --region us-east-1 --count {count} --instance-type t3.micro --fallback on-demand --wait --json");
        Assert.True(create.ExitCode == 0, create.Error);
    }

    private int Count(string operation) => _cloud.Calls.Calls.Count(call => call.Operation == operation);

    private Task<CliResult> RunAsync(string commandLine, List<CallRecord>? calls = null) => CliRunner.RunAsync(
        commandLine,
        options => new EngineSession(options with
        {
            Transport = _cloud.CreateHandler(),
            Clock = _clock,
            Settings = new SpotSettings(),
            JournalDirectory = _journal.FullName,
            CallObserver = calls is null ? options.CallObserver : new CallList(calls, options.CallObserver!),
        }));
}
