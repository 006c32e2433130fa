using System.Globalization;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary>
/// Walks every option of every command that destroys or stops, at both clouds: each narrows, previews or widens as it says,
/// or is refused before any call. None is swallowed. A new option has to say here what it does.
/// </summary>
public sealed class DestructiveOptionTests
{
    /// <summary>Commands that would do their work as they stand; {vast} and {aws} are managed instances.</summary>
    private static readonly string[] Commands =
    [
        "destroy --all --provider vast --force",
        "destroy --name demo --provider vast --force",
        "destroy --instance-id {vast} --force",
        "destroy-all --force",
        "stop --name demo --provider vast",
        "stop --instance-id {vast}",
        "destroy --all --force",
        "destroy --name demo --force",
        "destroy --instance-id {aws} --force",
        "nuke --force",
    ];

    /// <summary>For each option a value, and what has to be seen with it.</summary>
    private static readonly Dictionary<string, (string? Value, Func<Seen, bool> Holds)> Rules = new(StringComparer.Ordinal)
    {
        ["--region"] = ("nowhere-1", seen => seen.IsRefused || seen.IsUntouched),
        ["--name"] = ("nobodys", seen => seen.IsRefused || seen.IsUntouched),
        ["--instance-id"] = ("4711", seen => seen.IsRefused || seen.IsUntouched),
        ["--state"] = ("outbid", seen => seen.IsRefused || seen.IsUntouched),
        ["--tag"] = ("no=such", seen => seen.IsRefused || seen.IsUntouched),
        ["--type"] = ("vpc", seen => seen.IsUntouched),
        ["--all"] = (null, seen => seen.IsRefused),
        ["--provider"] = ("azure", seen => seen.IsRefused),
        ["--keep-cluster"] = ("*", seen => seen.IsUntouched),
        ["--older-than"] = ("1000d", seen => seen.IsUntouched),
        ["--max-delete"] = ("0", seen => seen.IsUntouched && seen.Result.ExitCode != 0),
        ["--approve"] = ("beef", seen => seen.IsUntouched && seen.Result.ExitCode != 0),
        ["--plan"] = (null, seen => seen.IsUntouched),
        ["--what-if"] = (null, seen => seen.IsUntouched),
        ["--timeout"] = ("no-duration", seen => seen.IsRefused),
        ["--expired"] = (null, seen => seen.IsRefused || seen.IsUntouched),
        ["--include-volume"] = (null, seen => seen.IsRefused || seen.Result.ExitCode == 0),
        ["--unprotect"] = (null, seen => seen.IsRefused || !seen.IsVast),
        ["--include-foreign"] = (null, seen => seen.IsRefused || !seen.IsUnmanagedLeft || (!seen.IsVast && !seen.IsUntouched) || seen.Command.Contains("--instance-id", StringComparison.Ordinal) || seen.Command.Contains("--name", StringComparison.Ordinal)),
        ["--include-attached"] = (null, seen => seen.IsRefused || (!seen.IsVast && !seen.IsUntouched)),
        ["--profile-name"] = ("nobodys", seen => seen.IsRefused || seen.Options?.ProfileName == "nobodys"),
        ["--mfa-code"] = ("123456", seen => seen.IsRefused || seen.Options?.MfaCode == "123456"),
        ["--endpoint-url"] = ("http://127.0.0.1:1", seen => seen.IsRefused || seen.Options?.EndpointUrl is not null),
        ["--configuration-path"] = ("nowhere.yaml", seen => seen.Options?.ConfigurationPath == "nowhere.yaml"),
        ["--force"] = (null, seen => seen.Result.ExitCode == 0 && !seen.IsUntouched),
        ["--json"] = (null, seen => seen.Result.ExitCode == 0 && !seen.IsUntouched),
        ["--verbose"] = (null, seen => seen.Result.ExitCode == 0 && !seen.IsUntouched),
    };

    public static TheoryData<string, string> Options()
    {
        var data = new TheoryData<string, string>();
        foreach (var (command, option) in Pairs())
        {
            data.Add(command, option);
        }

        return data;
    }

    private static List<(string Command, string Option)> Pairs()
    {
        var pairs = new List<(string, string)>();
        var root = CliApplication.Root;
        foreach (var command in Commands)
        {
            var words = command.Split(' ');
            foreach (var option in root.Subcommands.Single(one => one.Name == words[0]).Options.Where(option => !words.Contains(option.Name)))
            {
                pairs.Add((command, option.Name));
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task No_option_is_swallowed(string command, string option)
    {
        Assert.True(Rules.TryGetValue(option, out var rule), $"Say in this test what {option} does.");
        using var world = new World();
        var seen = await world.RunAsync(command, option, rule.Value);
        Assert.True(rule.Holds(seen), $"{seen.Command}: exit code {seen.Result.ExitCode}, {seen.Requests} requests\n{seen.Result.Error}\n{seen.Result.Out}");
    }

    [Fact]
    public void Every_command_that_removes_has_the_same_limit()
    {
        string[] removing = [.. Commands.Where(command => !command.StartsWith("stop", StringComparison.Ordinal))];
        Assert.Equal(removing, Pairs().Where(pair => pair.Option == "--max-delete").Select(pair => pair.Command));
    }

    [Theory]
    [InlineData("us-west-2,eu-west-1")]
    [InlineData("us-w*")]
    public async Task An_id_is_looked_for_in_the_regions_that_are_named_however_many(string regions)
    {
        using var world = new World();
        var seen = await world.RunAsync("destroy --instance-id {aws} --force", "--region", regions);
        Assert.True(seen.IsUntouched);
        Assert.Equal(2, seen.Result.ExitCode);
    }

    private sealed record Seen(string Command, CliResult Result, EngineOptions? Options, int Requests, bool IsUntouched, bool IsUnmanagedLeft)
    {
        public bool IsRefused => Result.ExitCode == 2 && Requests == 0;

        public bool IsVast => Command.Contains("vast", StringComparison.Ordinal) || Command.Contains("--instance-id 2", StringComparison.Ordinal)
            || Command.StartsWith("destroy-all", StringComparison.Ordinal);
    }

    private sealed class World : IDisposable
    {
        private readonly SimulatedClock _clock = new();
        private readonly SimulatedCloud _cloud;
        private readonly string _journal = Directory.CreateTempSubdirectory("spotcluster-options-").FullName;
        private EngineOptions? _options;

        public World() => _cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock, Vast = new SimulatedVastOptions { TakenShare = 0, Volatility = 0 } });

        public void Dispose()
        {
            _cloud.Dispose();
            _clock.Dispose();
            Directory.Delete(_journal, recursive: true);
        }

        public async Task<Seen> RunAsync(string command, string option, string? value)
        {
            var vast = _cloud.Vast.AddMachine("spotcluster/demo/a").ToString(CultureInfo.InvariantCulture);
            _cloud.Vast.AddMachine("a colleague's");
            var isVast = command.Contains("vast", StringComparison.Ordinal) || command.StartsWith("destroy-all", StringComparison.Ordinal);
            Assert.Equal(0, isVast ? 0 : (await RunAsync("create --name demo --region us-east-1 --count 1")).ExitCode);
            var aws = isVast ? "i-0" : (await ListAwsAsync()).Single();
            var line = command.Replace("{vast}", vast, StringComparison.Ordinal).Replace("{aws}", aws, StringComparison.Ordinal)
                + " " + option + (value is null ? "" : " " + value);
            var before = _cloud.Calls.Count;
            _options = null;
            var result = await RunAsync(line);
            var requests = _cloud.Calls.Count - before;
            var options = _options;
            var isUntouched = _cloud.Vast.Machines.Any(machine => machine is { Label: "spotcluster/demo/a", Stopped: false }) && (isVast || (await ListAwsAsync()).Contains(aws));
            return new Seen(line, result, options, requests, isUntouched, _cloud.Vast.Machines.Any(machine => machine.Label == "a colleague's"));
        }

        private async Task<string[]> ListAwsAsync() =>
            [.. (await RunAsync("list --provider aws --json")).Json.GetProperty("instances").EnumerateArray().Select(row => row.GetProperty("id").GetString()!)];

        private Task<CliResult> RunAsync(string line) => CliRunner.RunAsync(line, options =>
        {
            _options = options;
            return new EngineSession(options with
            {
                Transport = _cloud.CreateHandler(),
                Clock = _clock,
                JournalDirectory = _journal,
                ProfileName = null,
                EndpointUrl = null,
                ConfigurationPath = null,
            });
        });
    }
}
