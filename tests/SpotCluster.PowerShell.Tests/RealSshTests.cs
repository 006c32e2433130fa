
namespace SpotCluster.PowerShell.Tests;

/// <summary>Copies and jobs of the cmdlets over the real OpenSSH: a server of our own on the loopback address is every instance of the simulated Vast.ai.</summary>
public sealed class RealSshTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-ssh-").FullName;
    private SshServer? _server;

    /// <inheritdoc/>
    public void Dispose()
    {
        _server?.Stop();
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", null);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("true", 0)]
    public async Task A_job_uploads_runs_fetches_and_destroys_its_instance(string end, int exitCode)
    {
        using var session = await OpenAsync();
        var outcome = session.Run($$"""
            Set-Content input text
            Invoke-SpotJob 'tr a-z A-Z < {{_folder}}/there > {{_folder}}/out; echo done; {{end}}' -MaxHourlyPrice 0.5 -Upload input:{{_folder}}/there -Download {{_folder}}/out:result -PrivateKeyPath user -Force
            "$LASTEXITCODE"
            """);

        Assert.Equal(["done", $"{exitCode}"], outcome.Texts);
        Assert.Equal(exitCode == 0 ? [] : ["CommandFailed"], outcome.ErrorIds);
        Assert.Equal("TEXT\n", await File.ReadAllTextAsync(Path.Combine(_folder, "result")));
        Assert.Equal(["0"], session.Must("\"$($cloud.Vast.Machines.Count)\"").Select(item => item.ToString()));
    }

    [Theory]
    [InlineData("", "cache/three.txt one.txt two.log")]
    [InlineData("-Exclude *.log, cache", "one.txt")]
    public async Task A_folder_is_copied_there_and_back_without_what_is_excluded(string exclude, string expected)
    {
        Assert.SkipUnless(exclude.Length == 0 || File.Exists("/usr/bin/rsync"), "The program rsync is not installed.");
        using var session = await OpenAsync();
        session.Must($$"""
            $null = New-Item data/cache, there, back -ItemType Directory
            'one.txt', 'two.log', 'cache/three.txt' | ForEach-Object { Set-Content "data/$_" $_ }
            $id = "$($cloud.Vast.AddMachine('spotcluster/demo/a', $false, 0))"
            Wait-SpotInstance $id -For Running | Out-Null
            Copy-SpotItem $id data {{_folder}}/there/ {{exclude}} -PrivateKeyPath user -Confirm:$false
            Get-SpotInstance $id | Copy-SpotItem -Path {{_folder}}/there/data -Destination back/ -FromInstance {{exclude}} -PrivateKeyPath user -Confirm:$false
            """);
        foreach (var folder in new[] { "there", "back" }.Select(name => Path.Combine(_folder, name, "data")))
        {
            Assert.Equal(expected, string.Join(' ', Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)));
        }

        Assert.Equal(["SshFailed"], session.Run("Copy-SpotItem $id nosuch there/ -PrivateKeyPath user -Confirm:$false").ErrorIds);
    }

    [Fact]
    public async Task A_copy_that_is_interrupted_ends_its_program_and_says_what_is_incomplete()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The program in place of scp is a script of sh.");
            return;
        }

        using var session = await OpenAsync();
        var scp = Path.Combine(_folder, "scp");
        await File.WriteAllTextAsync(scp, $"#!/bin/sh\necho $$ > {_folder}/new && mv {_folder}/new {_folder}/pid\nexec sleep 600\n");
        File.SetUnixFileMode(scp, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        session.Must($"$env:PATH = '{_folder}:' + $env:PATH; Set-Content data text; $id = \"$($cloud.Vast.AddMachine('spotcluster/demo/a', $false, 0))\"; Wait-SpotInstance $id -For Running | Out-Null");
        try
        {
            var pid = Path.Combine(_folder, "pid");
            var shown = session.Interrupt($"Copy-SpotItem $id data {_folder}/there -PrivateKeyPath user -Confirm:$false", () => File.Exists(pid));
            Assert.Matches(@"WARNING: Interrupted\. What was being copied may be incomplete on \d+\. To finish, run the same command again\.", shown);
            Assert.Throws<ArgumentException>(() => System.Diagnostics.Process.GetProcessById(int.Parse(File.ReadAllText(pid), System.Globalization.CultureInfo.InvariantCulture)));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", Environment.GetEnvironmentVariable("PATH")!.Replace(_folder + ":", "", StringComparison.Ordinal));
        }
    }

    // The folder of pinned host keys is that of the test: the next one has another server under the same ids.
    private async Task<ModuleSession> OpenAsync()
    {
        _server = await SshServer.StartAsync(_folder);
        var session = new ModuleSession();
        session.Must($"""
            $env:XDG_STATE_HOME = '{_folder}'
            Set-Location '{_folder}'
            $type = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $cloud = $type.GetProperty('Simulator').GetValue($type.GetProperty('Current').GetValue($null))
            $cloud.Vast.AnswerSshAt('127.0.0.1', {_server.Port})
            """);
        return session;
    }
}
