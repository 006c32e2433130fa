using SpotCluster.Cli.Running;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>spotcluster config</c>: show, test, new.</summary>
public sealed class ConfigCommandTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task New_writes_what_show_and_test_then_read()
    {
        var written = await RunAsync("config new --filter-tag-value team-a --region us-east-1,eu-west-1 --expires-in 8h --max-hourly-price 0.2 --tag a=b --json");
        Assert.Equal(0, written.ExitCode);
        Assert.True(File.Exists(_folder.File));

        var shown = await RunAsync("config show --json");
        var settings = shown.Json.GetProperty("settings").EnumerateArray().ToDictionary(setting => setting.GetProperty("name").GetString()!);
        Assert.Equal("team-a", settings["filterTagValue"].GetProperty("value").GetString());
        Assert.Equal("File", settings["filterTagValue"].GetProperty("source").GetString());
        Assert.Equal(2, settings["regions"].GetProperty("value").GetArrayLength());
        Assert.Equal(28800, settings["expiresIn"].GetProperty("value").GetInt32());
        Assert.Equal("Default", settings["vpcName"].GetProperty("source").GetString());
        Assert.Contains("us-east-1, eu-west-1", (await RunAsync("config show")).Out, StringComparison.Ordinal);

        var tested = await RunAsync("config test --online --json");
        Assert.True(tested.Json.GetProperty("isValid").GetBoolean(), tested.Error);
        Assert.Equal(0, tested.ExitCode);
    }

    [Fact]
    public async Task At_a_terminal_the_filter_tag_and_what_a_placeholder_stands_for_are_asked_for()
    {
        var console = new TestConsole { CanAsk = true };
        console.Answers.Enqueue("");
        console.Answers.Enqueue("team-a");
        Assert.Equal(0, (await RunAsync("config new --creator ops", console)).ExitCode);
        Assert.Contains("filterTagValue: \"team-a\"", File.ReadAllText(_folder.File), StringComparison.Ordinal);

        var old = Path.Combine(_folder.Path, "old.yaml");
        File.WriteAllText(old, "max_instances: 1\ncompute_orchestrators: [\"$COMPUTE_ORCHESTRATOR\"]\ncompute_auth_token: verysecret\n");
        var nobody = await RunAsync($"config new --from {old} --force --json");
        Assert.Equal((2, SpotErrorIds.ConfigurationInvalid), (nobody.ExitCode, Assert.Single(nobody.ErrorIds)));
        console = new TestConsole { CanAsk = true };
        console.Answers.Enqueue("nats://10.0.0.1:4222");
        var asked = await RunAsync($"config new --from {old} --force", console);
        Assert.True(asked.ExitCode == 0, asked.Error);
        Assert.Contains("nats://10.0.0.1:4222", File.ReadAllText(_folder.File), StringComparison.Ordinal);
        Assert.Equal("verysecret", File.ReadAllText(Path.Combine(_folder.Path, "orchestrator-token")).Trim());
    }

    [Fact]
    public async Task New_overwrites_only_with_force_and_writes_nothing_with_what_if()
    {
        File.WriteAllText(_folder.File, "creator: old\n");
        var refused = await RunAsync("config new --creator new --json");
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal([SpotErrorIds.ConfigurationExists], refused.ErrorIds);
        var preview = await RunAsync("config new --creator new --force --what-if");
        Assert.Contains("creator: \"new\"", preview.Out, StringComparison.Ordinal);
        Assert.Equal("creator: old\n", File.ReadAllText(_folder.File));
        Assert.Equal(0, (await RunAsync("config new --creator new --force")).ExitCode);
        Assert.Contains("creator: \"new\"", File.ReadAllText(_folder.File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_nothing_is_asked_and_nothing_hangs()
    {
        var nobody = await RunAsync("config new --interactive --json");
        Assert.Equal((2, SpotErrorIds.ParameterInvalid), (nobody.ExitCode, Assert.Single(nobody.ErrorIds)));
        var ended = await RunAsync("config new --interactive", new TestConsole { CanAsk = true });
        Assert.Equal(2, ended.ExitCode);
        Assert.False(File.Exists(_folder.File));
    }

    [Fact]
    public async Task The_questions_take_the_default_for_an_empty_answer()
    {
        var console = new TestConsole { CanAsk = true, Answer = "" };
        Assert.Equal(0, (await RunAsync("config new --interactive --creator ops", console)).ExitCode);
        Assert.Equal(8, console.Questions);
        var text = File.ReadAllText(_folder.File);
        Assert.Contains("\nfilterTagName: \"bacalhau-cluster\"\n", text, StringComparison.Ordinal);
        Assert.Contains("\ncreator: \"ops\"\n", text, StringComparison.Ordinal);
        Assert.Contains("\n# regions: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_lists_each_finding()
    {
        File.WriteAllText(_folder.File, "region: [a]\nexpiresIn: soon\n");
        var result = await RunAsync("config test --json");
        Assert.Equal(3, result.ExitCode);
        Assert.False(result.Json.GetProperty("isValid").GetBoolean());
        Assert.Equal(2, result.ErrorIds.Length);
        var shown = await RunAsync("config show --json");
        Assert.Equal((2, SpotErrorIds.ConfigurationInvalid), (shown.ExitCode, Assert.Single(shown.ErrorIds)));
        var created = await RunAsync("create --name demo --json");
        Assert.Equal((2, SpotErrorIds.ConfigurationInvalid), (created.ExitCode, Assert.Single(created.ErrorIds)));
    }

    [Fact]
    public async Task New_converts_an_old_file()
    {
        var old = Path.Combine(_folder.Path, "config.yaml");
        File.WriteAllText(old, "aws:\n  total_instances: 3\n  spot_price_limit: 0.1\nregions:\n  - us-east-1: { machine_type: t3.medium }\n");
        var result = await RunAsync($"config new --from {old}");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("total_instances", result.Error, StringComparison.Ordinal);
        Assert.Contains("maxHourlyPrice: 0.1", File.ReadAllText(_folder.File), StringComparison.Ordinal);
    }

    private Task<CliResult> RunAsync(string commandLine, TestConsole? console = null) => CliRunner.RunAsync(
        $"{commandLine} --configuration-path {_folder.File}",
        options => new EngineSession(options with
        {
            Transport = _cloud.CreateHandler(),
            Clock = _cloud.Clock,
            JournalDirectory = Path.Combine(_folder.Path, "journal"),
        }),
        console);
}
