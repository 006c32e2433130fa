using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Cli.Tests;

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

    [Fact]
    public async Task Clusters_that_exist_get_another_expiry_protection_and_tags()
    {
        foreach (var name in new[] { "demo", "other" })
        {
            Assert.Equal(0, (await RunAsync($"create --name {name} --region us-east-1 --count 2 --expires-in 8h")).ExitCode);
        }

        var preview = await RunAsync("set --name demo --expires-in 24h --what-if");
        Assert.Contains("cluster demo, ", preview.Error, StringComparison.Ordinal);
        var set = await RunAsync("set --name demo --expires-in 24h --set-tag owner=ann --protect-until 2027-01-01T00:00:00Z");
        Assert.True(set.ExitCode == 0, set.Error);
        Assert.Equal(2, Live("demo").Count(instance => instance.Tags["owner"] == "ann"));
        Assert.Equal(TimeSpan.FromHours(16), await ExpiryAsync("demo") - await ExpiryAsync("other"));

        Assert.Equal(2, (await RunAsync("destroy --name demo --force")).ExitCode);
        Assert.Equal(2, Live("demo").Count);
        Assert.Equal(0, (await RunAsync("set --name demo --unprotect")).ExitCode);
        Assert.Equal(0, (await RunAsync("destroy --name demo --force")).ExitCode);
        Assert.Empty(Live("demo"));
        Assert.Equal(2, Live("other").Count);
    }

    [Theory]
    [InlineData("set --name nosuch --expires-in 8h", SpotErrorIds.ClusterNotFound)]
    [InlineData("set --name demo,nosuch --expires-in 8h", SpotErrorIds.ClusterNotFound)]
    [InlineData("set --name demo --expires-in 8", SpotErrorIds.ExpiryInvalid)]
    [InlineData("set --name demo --expires-at yesterday", SpotErrorIds.ExpiryInvalid)]
    [InlineData("set --name demo --expires-at 2020-01-01", SpotErrorIds.ExpiryInvalid)]
    [InlineData("set --name demo --expires-in 8h --expires-at 2027-01-01", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --name demo --expires-in 8h --region us-east-1", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --name demo --expires-in 8h --label x", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --instance-id i-0123456789abcdef0 --expires-in 8h", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --name demo --set-tag spotcluster:cluster=other", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --name demo --protect-until soon", SpotErrorIds.ExpiryInvalid)]
    [InlineData("logs i-0123456789abcdef0", SpotErrorIds.InstanceNotFound)]
    [InlineData("logs i-0123456789abcdef0 --follow", SpotErrorIds.ParameterInvalid)]
    [InlineData("logs i-0123456789abcdef0 --daemon", SpotErrorIds.ParameterInvalid)]
    [InlineData("logs i-0123456789abcdef0 --tail 0", SpotErrorIds.CountInvalid)]
    [InlineData("logs 12345 --latest", SpotErrorIds.ParameterInvalid)]
    public async Task A_change_or_a_log_that_is_not_valid_changes_nothing(string commandLine, string errorId)
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --count 1")).ExitCode);
        var calls = new List<CallRecord>();
        var result = await RunAsync(commandLine, calls);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal([errorId], result.ErrorIds);
        Assert.DoesNotContain(calls, call => call.Changes);
    }

    [Theory]
    [InlineData("list --name demo,nosuch")]
    [InlineData("list --name nosuch")]
    [InlineData("status --name demo,nosuch")]
    [InlineData("cost --name demo,nosuch")]
    [InlineData("resources --name demo,nosuch")]
    [InlineData("wait --name demo,nosuch")]
    [InlineData("stop --name demo,nosuch --what-if")]
    [InlineData("start --name demo,nosuch --what-if")]
    [InlineData("report --name demo,nosuch --path REPORT")]
    public async Task A_name_that_no_cluster_has_is_an_error_also_beside_one_that_exists(string commandLine)
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --count 1")).ExitCode);
        var result = await RunAsync(commandLine.Replace("REPORT", Path.Combine(_journal.FullName, "report.html"), StringComparison.Ordinal));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal([SpotErrorIds.ClusterNotFound], result.ErrorIds);
        Assert.Contains("nosuch", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_smaller_cluster_needs_a_confirmation_and_a_larger_one_does_not()
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --count 1")).ExitCode);
        Assert.Equal(0, (await RunAsync("resize --name demo --count 3")).ExitCode);
        var refused = await RunAsync("resize --name demo --count 1");
        Assert.Equal([SpotErrorIds.ConsentMissing], refused.ErrorIds);
        Assert.Equal(0, (await RunAsync("resize --name demo --count 1 --what-if --force")).ExitCode);
        Assert.Equal(3, Live("demo").Count);
        Assert.Equal(0, (await RunAsync("resize --name demo --count 1 --force")).ExitCode);
        Assert.Single(Live("demo"));
    }

    [Fact]
    public async Task The_console_output_of_an_instance_is_its_log()
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --count 1 --wait")).ExitCode);
        var id = Live("demo").Single().Id;
        var all = (await RunAsync($"logs {id} --latest")).Json.GetProperty("log").GetString()!;
        Assert.NotEmpty(all);
        var shown = await RunAsync($"logs {id} --latest --tail 1", json: false);
        Assert.Equal(all.Split('\n')[^1].Trim(), shown.Out.Trim());
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

    private List<SimulatedInstance> Live(string cluster) =>
        [.. _cloud.Regions.SelectMany(region => _cloud.Region(region).LiveInstances).Where(instance => instance.Tags.TryGetValue("spotcluster:cluster", out var name) && name == cluster)];

    private async Task<DateTimeOffset> ExpiryAsync(string cluster) =>
        (await RunAsync($"status --name {cluster}")).Json.GetProperty("clusters")[0].GetProperty("expiresAt").GetDateTimeOffset();

    private Task<CliResult> RunAsync(string commandLine, List<CallRecord>? calls = null, bool json = true) =>
        CliRunner.RunAsync(
            commandLine + (json ? " --json" : ""),
            options => new EngineSession(options with
            {
                Transport = _cloud.CreateHandler(),
                Clock = _cloud.Clock,
                Settings = new SpotSettings(),
                JournalDirectory = _journal.FullName,
                CallObserver = calls is null ? options.CallObserver : new CallList(calls, options.CallObserver!),
            }));
}
