using SpotCluster.Cli.Running;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Cli;

/// <summary>The commands with the real engine on the simulated cloud.</summary>
public sealed class SimulatedCloudTests : IDisposable
{
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-test-");

    [Fact]
    public async Task The_life_of_a_cluster_from_the_command_line()
    {
        var plan = await RunAsync("create --name demo --region us-east-1,us-west-2 --count 4 --what-if");
        Assert.Equal(0, plan.ExitCode);
        Assert.Equal(4, plan.Json.GetProperty("plan").GetProperty("count").GetInt32());
        Assert.Empty(_cloud.AllLive());

        var create = await RunAsync("create --name demo --region us-east-1,us-west-2 --count 4 --wait");
        Assert.True(create.ExitCode == 0, create.Error);
        Assert.Equal(4, create.Json.GetProperty("instances").GetArrayLength());

        var again = await RunAsync("create --name demo --region us-east-1");
        Assert.Equal(2, again.ExitCode);
        Assert.Equal([SpotErrorIds.ClusterNameInUse], again.ErrorIds);

        var status = await RunAsync("status --name demo");
        Assert.Equal(4, status.Json.GetProperty("clusters")[0].GetProperty("running").GetInt32());

        var list = await RunAsync("list --name demo --region us-west-2");
        Assert.Equal(2, list.Json.GetProperty("instances").GetArrayLength());
        var id = list.Json.GetProperty("instances")[0].GetProperty("id").GetString();

        var one = await RunAsync($"destroy --instance-id {id} --force");
        Assert.True(one.ExitCode == 0, one.Error);
        Assert.Equal("Removed", Assert.Single(one.Json.GetProperty("removals").EnumerateArray()).GetProperty("outcome").GetString());

        var preview = await RunAsync("destroy --name demo --what-if");
        Assert.Equal(0, preview.ExitCode);
        Assert.NotEqual(0, preview.Json.GetProperty("plan").GetProperty("resources").GetArrayLength());

        var destroy = await RunAsync("destroy --name demo --force");
        Assert.True(destroy.ExitCode == 0, destroy.Error);
        Assert.True(destroy.Json.GetProperty("proof").GetProperty("proven").GetBoolean());
        Assert.Empty(_cloud.AllLive());

        var twice = await RunAsync("destroy --name demo --force");
        Assert.Equal([SpotErrorIds.ClusterNotFound], twice.ErrorIds);
        Assert.Equal(2, twice.ExitCode);
    }

    [Theory]
    [InlineData("create --name demo --region us-east-1 --count 3 --what-if", 0)]
    [InlineData("create --name 1demo --region us-east-1", 2)]
    [InlineData("create --name '' --region us-east-1", 2)]
    [InlineData("create --name demo --region mars-north-1", 2)]
    [InlineData("create --name demo --region us-east-1 --instance-type t9.huge", 2)]
    [InlineData("create --name demo --region us-east-1 --count 50000", 2)]
    [InlineData("create --name demo --region us-east-1 --instance-type t3.micro --architecture arm64", 2)]
    [InlineData("create --name demo --region us-east-1 --public-key-path /no/such/key", 2)]
    [InlineData("create --name demo --region us-east-1 --max-hourly-cost 0.0001", 2)]
    [InlineData("destroy --all --what-if --force", 0)]
    [InlineData("destroy --all", 2)]
    [InlineData("list", 0)]
    [InlineData("status", 0)]
    [InlineData("identity", 0)]
    public async Task What_only_looks_and_what_is_refused_sends_no_changing_call(string commandLine, int exitCode)
    {
        var watcher = new List<CallRecord>();

        var result = await RunAsync(commandLine, watcher);

        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        Assert.DoesNotContain(watcher, call => call.Changes);
        Assert.Empty(_cloud.AllLive());
    }

    [Fact]
    public async Task Everything_goes_with_all_and_what_is_not_ours_stays()
    {
        var foreign = Assert.Single(_cloud.Region("us-east-1").AddInstances(1, tags: ("Name", "not-ours")));
        Assert.Equal(0, (await RunAsync("create --name one --region us-east-1")).ExitCode);
        Assert.Equal(0, (await RunAsync("create --name two --region eu-west-1 --count 2")).ExitCode);

        var result = await RunAsync("destroy --all --force");

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains(_cloud.AllLive(), resource => resource.Id == foreign);
        Assert.Empty(_cloud.AllLive("bacalhau-cluster"));
    }

    public void Dispose()
    {
        _cloud.Dispose();
        _journal.Delete(recursive: true);
    }

    private Task<CliResult> RunAsync(string commandLine, List<CallRecord>? calls = null) =>
        CliRunner.RunAsync(
            commandLine + " --json",
            options => new EngineSession(options with
            {
                Transport = _cloud.CreateHandler(),
                Clock = _cloud.Clock,
                Settings = new Configuration.SpotSettings(),
                JournalDirectory = _journal.FullName,
                CallObserver = calls is null ? options.CallObserver : new CallList(calls, options.CallObserver!),
            }));
}
