using System.Runtime.Versioning;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary><c>agent.conf</c>, the environment and parameters.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("spotcluster-conf-");
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_file_of_the_seed_is_read_as_it_is_written_there()
    {
        var options = Read("""
            # Termination settings
            SPOT_OPTIMIZER_SERVER_URL=https://backend.example/   # where
            SPOT_OPTIMIZER_CLIENT_TOKEN="demo-token-12345"
            export LOGICAL_AGENT_ID='web 1'
            AUTO_TERMINATE_ENABLED=true
            TERMINATION_CHECK_INTERVAL=60  # seconds
            CLEANUP_SNAPSHOTS_OLDER_THAN_DAYS=8
            PRICING_REPORT_INTERVAL=300
            """);
        Assert.Equal(("https://backend.example/", "web 1"), (options.ServerUrl.ToString(), options.LogicalAgentId));
        Assert.Equal("demo-token-12345", options.Token.Reveal());
        Assert.Equal("(token)", $"{options.Token}");
        Assert.DoesNotContain("demo-token", options.ToString(), StringComparison.Ordinal);
        Assert.Equal((60.0, 2.0), (options.PollInterval.TotalSeconds, options.InterruptionInterval.TotalSeconds));
        Assert.Equal((8.0, 30.0, 3), (options.SnapshotAge.TotalDays, options.ImageAge.TotalDays, options.KeepNewest));
        Assert.True(options.AutoTerminateEnabled());
        Assert.Contains(_warnings, warning => warning.Contains("TERMINATION_CHECK_INTERVAL=60 is used as the interval", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TERMINATION_CHECK_INTERVAL=5", 60, 5)]
    [InlineData("TERMINATION_CHECK_INTERVAL=60", 60, 2)]
    [InlineData("TERMINATION_CHECK_INTERVAL=10\nAUTO_TERMINATE_ENABLED=1", 10, 2)]
    [InlineData("TERMINATION_CHECK_INTERVAL=2\nAUTO_TERMINATE_ENABLED=1", 60, 2)]
    [InlineData("TERMINATION_CHECK_INTERVAL=15", 60, 5)]
    [InlineData("TERMINATION_CHECK_INTERVAL=5\nPOLL_INTERVAL=30\nINTERRUPTION_CHECK_INTERVAL=1", 30, 1)]
    public void Both_meanings_of_the_check_interval_are_told_apart(string lines, int poll, int interruption)
    {
        var options = Read(lines);
        Assert.Equal((poll, interruption), ((int)options.PollInterval.TotalSeconds, (int)options.InterruptionInterval.TotalSeconds));
    }

    [Fact]
    public void A_parameter_counts_before_the_environment_and_that_before_the_file()
    {
        var file = Write("SPOT_OPTIMIZER_SERVER_URL=http://file\nCLIENT_TOKEN=t\nAGENT_ID=file\nAWS_REGION=eu-west-1\nMAX_TERMINATIONS_PER_HOUR=3");
        var environment = new Dictionary<string, string> { ["AGENT_ID"] = "environment", ["AWS_REGION"] = "us-west-2", ["MAX_TERMINATIONS_PER_HOUR"] = "4  # an hour" };
        var options = new AgentSettingsReader(
            new AgentParameters { ConfigurationFile = file, Region = "us-east-1" }, environment.GetValueOrDefault, _warnings.Add).Read();
        Assert.Equal(("environment", "us-east-1", 4), (options.AgentId, options.Region, options.MaxTerminationsPerHour));
        Assert.Equal("http://file/", options.ServerUrl.ToString());
    }

    [Fact]
    public void The_kill_switch_is_read_again_each_time_and_what_cannot_be_read_is_off()
    {
        var file = Write("SPOT_OPTIMIZER_SERVER_URL=http://a\nCLIENT_TOKEN=t\nAUTO_TERMINATE_ENABLED=true");
        var options = ReadFile(file);
        Assert.True(options.AutoTerminateEnabled());
        File.WriteAllText(file, "AUTO_TERMINATE_ENABLED=false");
        Assert.False(options.AutoTerminateEnabled());
        File.WriteAllText(file, "AUTO_TERMINATE_ENABLED=perhaps");
        Assert.False(options.AutoTerminateEnabled());
        File.Delete(file);
        Assert.False(options.AutoTerminateEnabled());
    }

    [Theory]
    [InlineData("POLL_INTERVAL=soon", "POLL_INTERVAL")]
    [InlineData("POLL_INTERVAL=1", "POLL_INTERVAL")]
    [InlineData("AUTO_TERMINATE_ENABLED=perhaps", "AUTO_TERMINATE_ENABLED")]
    [InlineData("REQUIRED_TAG=web", "REQUIRED_TAG")]
    [InlineData("ACCOUNT_ID=12", "ACCOUNT_ID")]
    [InlineData("INSTANCE_ID=manual-1", "INSTANCE_ID")]
    [InlineData("SPOT_OPTIMIZER_SERVER_URL=ftp://x", "SPOT_OPTIMIZER_SERVER_URL")]
    [InlineData("CLEANUP_TAG=none", "CLEANUP_TAG")]
    [InlineData("what is this", "Line 3")]
    public void What_is_not_understood_is_an_error_that_names_it(string line, string named)
    {
        var error = Assert.Throws<SpotException>(() => Read(line));
        Assert.Equal(SpotErrorIds.AgentSettingInvalid, error.ErrorId);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_address_and_token_are_told_and_unknown_keys_warned_of()
    {
        Assert.Equal(SpotErrorIds.BackendAddressMissing, Assert.Throws<SpotException>(() => ReadFile(Write("AGENT_ID=1"))).ErrorId);
        Assert.Equal(SpotErrorIds.BackendTokenMissing, Assert.Throws<SpotException>(() => ReadFile(Write("SPOT_OPTIMIZER_SERVER_URL=http://a"))).ErrorId);
        Read("POL_INTERVAL=60");
        Assert.Contains(_warnings, warning => warning.Contains("did you mean POLL_INTERVAL?", StringComparison.Ordinal));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_token_that_others_can_read_is_warned_of()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights");
        var token = Path.Combine(_folder.FullName, "token");
        TokenFile.Write(token, new AgentToken("abc"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token));
        Assert.Equal("abc", Read($"TOKEN_FILE={token}").Token.Reveal());
        _warnings.Clear();
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Read($"TOKEN_FILE={token}");
        Assert.Contains(_warnings, warning => warning.Contains("chmod 600", StringComparison.Ordinal));
    }

    [Fact]
    public void The_manual_tells_every_key()
    {
        var manual = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "agent.md"));
        Assert.All(AgentSetting.All.Where(setting => setting.Meaning is not null), setting => Assert.Contains($"`{setting.Name}`", manual, StringComparison.Ordinal));
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "SpotCluster.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }

    private AgentOptions Read(string lines) =>
        ReadFile(Write((lines.Contains("SERVER_URL", StringComparison.Ordinal) ? "\n" : "SPOT_OPTIMIZER_SERVER_URL=http://a\n")
            + (lines.Contains("TOKEN", StringComparison.Ordinal) ? "\n" : "CLIENT_TOKEN=t\n") + lines));

    private AgentOptions ReadFile(string file) => new AgentSettingsReader(new AgentParameters { ConfigurationFile = file }, _ => null, _warnings.Add).Read();

    private string Write(string text)
    {
        var file = Path.Combine(_folder.FullName, "agent.conf");
        File.WriteAllText(file, text);
        return file;
    }
}
