using SpotCluster.Cli.Running;
using Xunit;

namespace SpotCluster.Cli.Tests;

public sealed class AgentCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("spotcluster-install-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_rehearsal_of_the_agent_sees_every_claim(int seed)
    {
        var result = await CliRunner.RunAsync($"rehearse --agent --json --seed {seed}", options => new EngineSession(options));
        Assert.True(result.ExitCode == 0, result.Error);
        var claims = result.Json.GetProperty("claims").EnumerateArray().ToList();
        Assert.Equal(10, claims.Count);
        Assert.All(claims, claim => Assert.True(claim.GetProperty("seen").GetBoolean(), claim.ToString()));
    }

    [Fact]
    public async Task Install_writes_nothing_when_it_only_shows_and_replaces_nothing_unasked()
    {
        var output = Path.Combine(_folder.FullName, "service");
        var look = await CliRunner.RunAsync($"agent install --what-if --output {output}", new FakeEngine());
        Assert.Equal(0, look.ExitCode);
        Assert.Contains("ExecStart=", look.Out, StringComparison.Ordinal);
        Assert.Contains("Register-ScheduledTask", look.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));

        Assert.Equal(0, (await CliRunner.RunAsync($"agent install --output {output}", new FakeEngine())).ExitCode);
        Assert.Equal(["Install-SpotAgentTask.ps1", "agent.conf", "spotcluster-agent.service"], Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await CliRunner.RunAsync($"agent install --output {output}", new FakeEngine())).ExitCode);
        Assert.Equal(0, (await CliRunner.RunAsync($"agent install --overwrite --output {output}", new FakeEngine())).ExitCode);
        Assert.Equal(2, (await CliRunner.RunAsync($"agent install --user a;b --output {output}", new FakeEngine())).ExitCode);
    }

    [Fact]
    public async Task Systemd_takes_the_unit()
    {
        Assert.SkipUnless(Tool.IsOnPath("systemd-analyze"), "systemd-analyze is not on PATH");
        var result = await Tool.SpotClusterAsync(new Dictionary<string, string>(), "agent", "install", "--output", _folder.FullName);
        Assert.True(result.ExitCode == 0, result.ToString());
        var verdict = await Tool.RunAsync("systemd-analyze", new Dictionary<string, string>(), "verify", Path.Combine(_folder.FullName, "spotcluster-agent.service"));
        Assert.True(verdict.ExitCode == 0 && !verdict.Error.Contains("spotcluster-agent", StringComparison.Ordinal), verdict.ToString());
    }

    [Fact]
    public async Task PowerShell_reads_the_script_of_the_task()
    {
        Assert.SkipUnless(Tool.IsOnPath("pwsh"), "pwsh is not on PATH");
        await CliRunner.RunAsync($"agent install --output {_folder.FullName}", new FakeEngine());
        var script = Path.Combine(_folder.FullName, "Install-SpotAgentTask.ps1");
        var result = await Tool.RunAsync(
            "pwsh", new Dictionary<string, string>(), "-NoProfile", "-NonInteractive", "-Command",
            $"$e = $null; $null = [Management.Automation.Language.Parser]::ParseFile('{script}', [ref] $null, [ref] $e); $e; exit $e.Count");
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Theory]
    [InlineData("agent --once", "BackendAddressMissing")]
    [InlineData("agent --once --server-url http://127.0.0.1:9 --agent-id a", "BackendTokenMissing")]
    [InlineData("agent --once --server-url http://127.0.0.1:9 --max-per-hour 0", "ParameterInvalid")]
    [InlineData("agent policy --required-tag web", "ParameterInvalid")]
    public async Task Missing_or_wrong_input_is_told_before_anything_is_done(string line, string errorId)
    {
        var result = await CliRunner.RunAsync(line + " --json", new FakeEngine());
        Assert.Contains(errorId, result.ErrorIds);
        Assert.NotEqual(0, result.ExitCode);
    }

    [Fact]
    public async Task The_policy_is_a_document_of_its_own()
    {
        var result = await CliRunner.RunAsync("agent policy --region eu-west-1 --cleanup-tag none", new FakeEngine());
        Assert.Equal("2012-10-17", result.Json.GetProperty("Version").GetString());
    }
}
