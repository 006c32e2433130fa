
namespace SpotCluster.PowerShell.Tests;

/// <summary>The runbooks in samples/: what a scheduler sees of them is their exit code.</summary>
public sealed class RunbookTests : IDisposable
{
    private const string Unlisted = """$cloud.Faults.AddJson('{ "rules": [{ "operation": "DescribeInstances", "region": "us-west-2", "code": "UnauthorizedOperation" }] }')""";
    private const string Unremovable = """$cloud.Faults.AddJson('{ "rules": [{ "operation": "TerminateInstances", "code": "UnauthorizedOperation" }] }')""";
    private const string Demo = "$null = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4";
    private const string SignedOut = "Stop-SpotSimulator; $env:AWS_EC2_METADATA_DISABLED = 'true'; $env:AWS_CONFIG_FILE = $env:AWS_SHARED_CREDENTIALS_FILE = '/nowhere'";

    private readonly string _folder = Directory.CreateTempSubdirectory("runbooks").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0, "", "create.ps1 -Name demo -Region us-east-1,us-west-2 -Count 4 -Force")]
    [InlineData(2, "", "create.ps1 -Name demo -Region us-east-1 -Count 4")]
    [InlineData(2, "", "create.ps1 -Name demo -Region us-east-1 -Count 4 -MaxHourlyCost 0.001 -Force")]
    [InlineData(2, Demo, "create.ps1 -Name demo -Region us-east-1 -Force")]
    [InlineData(1, SignedOut, "create.ps1 -Name demo -Region us-east-1 -Force")]
    [InlineData(0, Demo, "report.ps1 -Path report.html")]
    [InlineData(3, Demo + ";" + Unlisted, "report.ps1 -Path report.html")]
    [InlineData(1, SignedOut, "report.ps1 -Path report.html")]
    [InlineData(0, Demo, "repair.ps1 -Name demo")]
    [InlineData(0, Demo, "repair.ps1 -Name demo -Count 2 -Force")]
    [InlineData(2, Demo, "repair.ps1 -Name demo -Count 2")]
    [InlineData(2, "", "repair.ps1 -Name nosuch -Force")]
    [InlineData(1, SignedOut, "repair.ps1 -Name demo -Force")]
    [InlineData(0, Demo, "nightly-nuke.ps1 -LogPath . -OlderThan 0h -Force")]
    [InlineData(2, Demo, "nightly-nuke.ps1 -LogPath . -OlderThan 0h")]
    [InlineData(2, Demo, "nightly-nuke.ps1 -LogPath . -OlderThan 0h -MaxDelete 1 -Force")]
    [InlineData(3, Demo + ";" + Unremovable, "nightly-nuke.ps1 -LogPath . -OlderThan 0h -Force")]
    [InlineData(1, SignedOut, "nightly-nuke.ps1 -LogPath . -Force")]
    public void The_exit_code_tells_the_truth(int code, string before, string runbook)
    {
        using var session = new ModuleSession();
        session.Must($"""
            Set-Location '{_folder}'
            $session = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $cloud = $session.GetProperty('Simulator').GetValue($session.GetProperty('Current').GetValue($null))
            {before}
            """);
        var outcome = session.Run($"& '{Path.Combine(Repository.Root, "samples")}/{runbook.Replace(".ps1", ".ps1'", StringComparison.Ordinal)}; $LASTEXITCODE");
        Assert.True(
            outcome.Output is [.., { } last] && last.ToString() == $"{code}",
            $"{string.Join(' ', outcome.Output.TakeLast(1))} in place of {code}\n{string.Join('\n', outcome.Errors.Select(error => $"{error.FullyQualifiedErrorId}: {error}"))}\n{session.Shown}");
        Assert.True(code != 2 || outcome.Changes.Count == 0, "something was changed");
    }
}
