using System.Text.Json;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Cli.Tests;

public sealed class OutputTests
{
    [Fact]
    public async Task Json_has_words_for_enums_seconds_for_durations_and_null_for_unknown()
    {
        var engine = new FakeEngine { Instances = [FakeEngine.Machine("i-0aaa", "us-east-1", null)] };

        var list = (await CliRunner.RunAsync("list --json", engine)).Json;
        var removal = (await CliRunner.RunAsync("destroy --name demo --force --json", engine)).Json.GetProperty("removals")[0];

        var instance = list.GetProperty("instances")[0];
        Assert.Equal("Running", instance.GetProperty("state").GetString());
        Assert.Equal("Spot", instance.GetProperty("lifecycle").GetString());
        Assert.Equal(JsonValueKind.Null, instance.GetProperty("hourlyPrice").ValueKind);
        Assert.Equal(JsonValueKind.Null, list.GetProperty("hourlyPrice").ValueKind);
        Assert.Equal("2030-01-01T12:00:00+00:00", instance.GetProperty("launchedAt").GetString());
        Assert.Equal(90, removal.GetProperty("elapsedSeconds").GetDouble());
        Assert.False(removal.TryGetProperty("elapsed", out _));
    }

    [Fact]
    public async Task Messages_never_get_into_the_json_document()
    {
        var engine = new FakeEngine
        {
            OnLaunch = (host, _) =>
            {
                host.Warning("Mind this.");
                host.Verbose("Detail.");
                return Task.CompletedTask;
            },
        };

        var result = await CliRunner.RunAsync("create --name demo --json --verbose", engine);

        Assert.Equal("Mind this.", result.Json.GetProperty("warnings")[0].GetString());
        Assert.Contains("Detail.", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Detail.", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("list --verbose")]
    public async Task The_filter_tag_is_named_once(string commandLine)
    {
        var engine = new FakeEngine();
        var words = $"Filter tag: {engine.Configuration.Settings.FilterTag} ({engine.Configuration.Settings.FilterTagSource}).";
        engine = new FakeEngine
        {
            OnList = (host, _) =>
            {
                host.Verbose(words);
                return Task.CompletedTask;
            },
        };

        var result = await CliRunner.RunAsync(commandLine, engine);

        Assert.Equal(2, result.Error.Split(words).Length);
    }

    [Theory]
    [InlineData("create --name demo")]
    [InlineData("stop --name demo")]
    public async Task Progress_is_shown_on_stderr_where_somebody_looks_and_the_data_stays_the_same(string commandLine)
    {
        var engine = new FakeEngine { OnPlan = Report, OnList = Report };

        var quiet = await CliRunner.RunAsync(commandLine, engine);
        var shown = await CliRunner.RunAsync(commandLine, engine, new TestConsole { ShowsProgress = true });

        Assert.Equal((0, quiet.Out), (shown.ExitCode, shown.Out));
        Assert.DoesNotContain("us-east-1: looking", quiet.Error, StringComparison.Ordinal);
        Assert.Contains("us-east-1: looking", shown.Error, StringComparison.Ordinal);

        static Task Report(IOperationHost host, CancellationToken cancellationToken)
        {
            host.Progress(new OperationProgress("Looking", "looking", 1, 2, "us-east-1"));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_name_from_outside_cannot_steer_the_terminal()
    {
        var instance = FakeEngine.Machine("i-0aaa", "us-east-1", 0.01m);
        instance.ClusterName = "de\u001b[2Jmo[red]\r\n";

        var result = await CliRunner.RunAsync("list", new FakeEngine { Instances = [instance] });

        Assert.DoesNotContain('\u001b', result.Out);
        Assert.Contains("[red]", result.Out, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task A_machine_without_a_price_makes_the_sum_unknown_and_never_smaller()
    {
        var engine = new FakeEngine { Instances = [FakeEngine.Machine("i-0aaa", "us-east-1", 0.01m), FakeEngine.Machine("i-0bbb", "us-east-1", null)] };

        var result = await CliRunner.RunAsync("list", engine);

        Assert.Contains("2 instances in 1 region, unknown per hour.", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_if_shows_the_plan_and_its_price_and_launches_nothing()
    {
        var engine = new FakeEngine();

        var plain = await CliRunner.RunAsync("create --name demo --count 2 --what-if", engine);
        var json = await CliRunner.RunAsync("create --name demo --count 2 --what-if --json", engine);

        Assert.Contains("$0.0123", plain.Out, StringComparison.Ordinal);
        Assert.True(json.Json.GetProperty("whatIf").GetBoolean());
        Assert.Equal(0.0123m, json.Json.GetProperty("plan").GetProperty("hourlyCost").GetDecimal());
        Assert.Empty(engine.Changes);
    }

    [Fact]
    public async Task A_machine_that_was_asked_for_and_is_not_there_is_an_error_beside_those_that_are()
    {
        var result = await CliRunner.RunAsync("list --instance-id i-0aaa,i-0zzz --json", new FakeEngine());

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.InstanceNotFound], result.ErrorIds);
        Assert.Equal("i-0aaa", Assert.Single(result.Json.GetProperty("instances").EnumerateArray()).GetProperty("id").GetString());
    }
}
