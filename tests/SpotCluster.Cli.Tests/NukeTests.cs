using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary>The commands nuke and resources: consent and options on a fake engine, the work on the simulated cloud.</summary>
public sealed class NukeTests : IDisposable
{
    private const string Account = "123456789012";

    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-test-");

    [Fact]
    public async Task Without_a_terminal_and_without_force_nothing_is_removed()
    {
        var engine = new FakeEngine();
        var result = await CliRunner.RunAsync("nuke --json", engine);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal([SpotErrorIds.ConsentMissing], result.ErrorIds);
        Assert.Equal(0, engine.TimesOpened);
    }

    [Theory]
    [InlineData(Account, true)]
    [InlineData(" 123456789012 ", true)]
    [InlineData("12345678901", false)]
    [InlineData("y", false)]
    [InlineData("yes", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public async Task At_a_terminal_only_the_account_id_is_consent(string? answer, bool removed)
    {
        var engine = new FakeEngine();
        var console = new TestConsole { CanAsk = true, Answer = answer };
        var result = await CliRunner.RunAsync("nuke", engine, console);
        Assert.Equal(1, console.Questions);
        Assert.Equal(removed ? 0 : 2, result.ExitCode);
        Assert.Equal(removed ? ["remove"] : [], engine.Changes);
        Assert.Contains("saves $0.0300 per hour", result.Error, StringComparison.Ordinal);
        Assert.Contains("vpc-0a", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--what-if")]
    [InlineData("--force --what-if")]
    [InlineData("--plan")]
    public async Task What_if_and_plan_win_over_everything(string options)
    {
        var engine = new FakeEngine();
        var console = new TestConsole { CanAsk = true, Answer = Account };
        var result = await CliRunner.RunAsync($"nuke {options}", engine, console);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(0, console.Questions);
        Assert.Empty(engine.Changes);
        Assert.Contains("vpc-0a", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Providers_are_emptied_at_the_same_time_and_a_failure_at_one_ends_no_other()
    {
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var (begun, both) = (0, new TaskCompletionSource());
        var engine = new FakeEngine
        {
            Resources = [],
            HasVastKey = true,
            OnRemove = async (_, _) =>
            {
                var isFirst = ++begun == 1;
                if (!isFirst)
                {
                    both.SetResult();
                }

                await both.Task.WaitAsync(end.Token);
                if (isFirst)
                {
                    throw new SpotException(SpotErrorIds.AccountChanged, SpotErrorCategory.Refused, "The credentials changed.");
                }
            },
        };
        var result = await CliRunner.RunAsync("nuke --force --json", engine);
        Assert.Equal(["remove", "remove"], engine.Changes);
        Assert.Equal([SpotErrorIds.AccountChanged], result.ErrorIds);
        Assert.Single(result.Json.GetProperty("proofs").EnumerateArray());
        Assert.NotEqual(0, result.ExitCode);
    }

    [Fact]
    public async Task Every_option_reaches_the_engine()
    {
        var engine = new FakeEngine { Resources = [] };
        await CliRunner.RunAsync(
            "nuke --region us-*,eu-west-1 --keep-cluster a*,b --name web-*,db --tag team=blue --tag stage=a=b --type Instance,vpc --older-than 24h --max-delete 7 --include-foreign --unprotect --timeout 3m --force", engine);
        var scope = engine.Scope!;
        Assert.Null(scope.ClusterName);
        Assert.Equal(["us-*", "eu-west-1"], scope.Regions);
        Assert.Equal(["a*", "b"], scope.KeepClusters);
        Assert.Equal(["web-*", "db"], scope.Filter.Names);
        Assert.Equal(new Dictionary<string, string> { ["team"] = "blue", ["stage"] = "a=b" }, scope.Filter.Tags);
        Assert.Equal(["instance", "vpc"], scope.Filter.Types);
        Assert.Equal(TimeSpan.FromDays(1), scope.OlderThan);
        Assert.Equal(7, scope.MaxDelete);
        Assert.True(scope.IncludeForeign && scope.Unprotect);
        Assert.Equal(TimeSpan.FromMinutes(3), scope.Timeout);
        Assert.Equal(Account, scope.ExpectedAccountId);
    }

    [Fact]
    public async Task The_limit_is_200_and_what_nobody_was_asked_about_may_not_go()
    {
        var forced = new FakeEngine { Resources = [] };
        await CliRunner.RunAsync("nuke --force", forced);
        Assert.Equal(200, forced.Scope!.MaxDelete);
        Assert.Null(forced.Scope.ApprovedHash);

        var console = new TestConsole { CanAsk = true };
        var engine = new FakeEngine { Resources = [] };
        var result = await CliRunner.RunAsync("nuke", engine, console);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(0, console.Questions);
        Assert.NotNull(engine.Scope!.Plan);
    }

    [Theory]
    [InlineData("nuke --plan --force")]
    [InlineData("nuke --plan --approve 00ff")]
    [InlineData("nuke --max-delete -1 --force")]
    [InlineData("nuke --older-than 5 --force")]
    [InlineData("nuke --region --force")]
    [InlineData("nuke --type instances --force")]
    [InlineData("nuke --tag team --force")]
    [InlineData("resources --type instances")]
    public async Task Bad_input_is_refused_before_anything_is_asked(string commandLine)
    {
        var engine = new FakeEngine();
        var result = await CliRunner.RunAsync(commandLine + " --json", engine);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal([SpotErrorIds.ParameterInvalid], result.ErrorIds);
        Assert.Equal(0, engine.TimesOpened);
    }

    [Fact]
    public async Task The_account_is_proven_empty_and_what_is_not_ours_stays()
    {
        var foreign = _cloud.Region("us-east-1").AddInstances(1)[0];
        await CreateAsync();
        var listed = await RunAsync("resources");
        Assert.Equal(0, listed.ExitCode);
        var ids = listed.Json.GetProperty("resources").EnumerateArray().Select(resource => resource.GetProperty("id").GetString()!).ToList();
        Assert.DoesNotContain(foreign, ids);

        var result = await RunAsync("nuke --force");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(result.Json.GetProperty("proofs").EnumerateArray().All(proof => proof.GetProperty("proven").GetBoolean()));
        Assert.Equal(
            ids.Order(StringComparer.Ordinal),
            result.Json.GetProperty("removals").EnumerateArray().Select(removal => removal.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
        Assert.Contains(_cloud.AllLive(), resource => resource.Id == foreign);
        Assert.Empty(_cloud.AllLive("bacalhau-cluster"));
        Assert.Empty((await RunAsync("resources")).Json.GetProperty("resources").EnumerateArray());
    }

    [Fact]
    public async Task Exactly_the_approved_plan_goes_or_nothing()
    {
        await CreateAsync();
        var hash = (await RunAsync("nuke --plan")).Json.GetProperty("plans")[0].GetProperty("hash").GetString();
        Assert.Equal(0, (await RunAsync("create --name three --region us-west-2")).ExitCode);
        var live = _cloud.AllLive().Count;

        var refused = await RunAsync($"nuke --approve {hash} --force");
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal([SpotErrorIds.PlanChanged], refused.ErrorIds);
        Assert.Equal(live, _cloud.AllLive().Count);

        hash = (await RunAsync("nuke --plan")).Json.GetProperty("plans")[0].GetProperty("hash").GetString();
        var done = await RunAsync($"nuke --approve {hash} --force");
        Assert.True(done.ExitCode == 0, done.Error);
        Assert.Empty(_cloud.AllLive());
    }

    [Fact]
    public async Task More_than_the_limit_is_refused_and_a_kept_cluster_stays()
    {
        await CreateAsync();
        var refused = await RunAsync("nuke --max-delete 3 --force");
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal([SpotErrorIds.MaxDeleteExceeded], refused.ErrorIds);

        var kept = await RunAsync("nuke --keep-cluster tw* --force");
        Assert.True(kept.ExitCode == 0, kept.Error);
        Assert.Equal(2, _cloud.Region("eu-west-1").LiveInstances.Count);
        Assert.Empty(_cloud.Region("us-east-1").LiveInstances);
        var left = (await RunAsync("resources --name two --type instance")).Json.GetProperty("resources");
        Assert.Equal(2, left.GetArrayLength());
    }

    [Fact]
    public async Task A_region_that_could_not_be_listed_is_an_error_and_exit_code_3()
    {
        await CreateAsync();
        _cloud.Deny("DescribeTags");
        foreach (var command in new[] { "resources", "nuke --plan", "nuke --force" })
        {
            var result = await RunAsync(command);
            Assert.Equal(3, result.ExitCode);
            Assert.Contains(SpotErrorIds.RegionNotListed, result.ErrorIds);
        }

        Assert.Equal(SpotErrorIds.ClusterNotFound, Assert.Single((await AllowedAsync("resources --name nosuch")).ErrorIds));
    }

    public void Dispose()
    {
        _cloud.Dispose();
        _journal.Delete(recursive: true);
    }

    private Task<CliResult> AllowedAsync(string commandLine)
    {
        _cloud.Deny("DescribeTags", denied: false);
        return RunAsync(commandLine);
    }

    private async Task CreateAsync()
    {
        Assert.Equal(0, (await RunAsync("create --name one --region us-east-1")).ExitCode);
        Assert.Equal(0, (await RunAsync("create --name two --region eu-west-1 --count 2")).ExitCode);
    }

    private Task<CliResult> RunAsync(string commandLine) =>
        CliRunner.RunAsync(
            commandLine + " --json",
            options => new EngineSession(options with
            {
                Transport = _cloud.CreateHandler(),
                Clock = _cloud.Clock,
                Settings = new SpotSettings(),
                JournalDirectory = _journal.FullName,
            }));
}
