using System.Runtime.InteropServices;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>run</c> and <c>ssh</c> over a program that stands in for ssh: it runs the command here, and knows which machine it was for.</summary>
public sealed class RemoteCommandTests : IAsyncLifetime
{
    private const string StandIn = """
        #!/bin/sh
        for last; do case $last in HostKeyAlias=*) MACHINE=${last#*=} ;; esac; done
        export MACHINE
        exec sh -c "$last"
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-remote-").FullName;

    private string Program => Path.Combine(_folder, "ssh");

    // Written by another program: no child of this process can hold it open while it is started.
    public async ValueTask InitializeAsync()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
        {
            var written = await Tool.RunAsync("sh", new Dictionary<string, string>(), "-c", "printf %s \"$1\" > \"$2\" && chmod 700 \"$2\"", "sh", StandIn, Program);
            Assert.True(written.ExitCode == 0, written.ToString());
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    [Fact]
    public async Task Each_line_says_which_machine_wrote_it_and_stderr_stays_stderr()
    {
        var result = await RunAsync("run --name demo -- echo one $MACHINE; echo two; echo wrong >&2");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            ["i-0aaa: one i-0aaa", "i-0aaa: two", "i-0bbb: one i-0bbb", "i-0bbb: two"],
            result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["Exit code 0 on 2 of 2 instances.", "i-0aaa: wrong", "i-0bbb: wrong"],
            result.ErrorLines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_command_that_fails_somewhere_is_3_and_json_has_every_result()
    {
        var result = await RunAsync("run --instance-id i-0aaa,i-0bbb,i-0ccc --json --command test${IFS}$MACHINE${IFS}=${IFS}i-0aaa");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.CommandFailed, SpotErrorIds.InstanceNotFound], result.ErrorIds.Order(StringComparer.Ordinal));
        Assert.Equal(
            [("i-0aaa", 0), ("i-0bbb", 1)],
            result.Json.GetProperty("results").EnumerateArray()
                .Select(each => (each.GetProperty("nodeId").GetString()!, each.GetProperty("exitCode").GetInt32())).Order());
    }

    [Fact]
    public async Task A_command_whose_time_is_up_is_3_and_what_it_wrote_is_shown()
    {
        var result = await RunAsync("run --instance-id i-0aaa --timeout 1s -- echo begun; exec sleep 600");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal("i-0aaa: begun", result.Out.Trim());
        Assert.Contains("was stopped after 1.0s", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_machine_writes_cannot_steer_the_terminal_and_columns_stay()
    {
        var result = await RunAsync(@"run --instance-id i-0aaa -- printf 'a\tb\033[2J\r\n\nc'");

        Assert.Equal(["i-0aaa: a\tb [2J", "i-0aaa: ", "i-0aaa: c"], result.Out.TrimEnd('\n').Split(Environment.NewLine));
    }

    [Fact]
    public async Task A_machine_without_an_address_does_not_keep_the_others()
    {
        var engine = Engine();
        engine.Instances[0].SshCommand = null;
        engine.Instances[0].State = SpotInstanceState.Pending;

        var result = await CliRunner.RunAsync("run --name demo --json -- true", engine);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.SshFailed], result.ErrorIds);
        Assert.Equal("i-0bbb", Assert.Single(result.Json.GetProperty("results").EnumerateArray()).GetProperty("nodeId").GetString());
    }

    [Theory]
    [InlineData("ssh i-0aaa -- exit 7", 7)]
    [InlineData("ssh i-0aaa -- exit 0", 0)]
    [InlineData("ssh i-0bbb -- test $MACHINE = i-0bbb", 0)]
    [InlineData("ssh i-0aaa -- exit 255", 255)]
    public async Task A_session_ends_with_the_exit_code_of_ssh(string commandLine, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync(commandLine)).ExitCode);

    [Fact]
    public async Task An_interrupted_command_is_130_and_says_where_it_may_have_run()
    {
        using var interruption = new CancellationTokenSource();
        var begun = Path.Combine(_folder, "begun");
        var running = RunAsync($"run --instance-id i-0aaa --json -- touch {begun}; exec sleep 600", interruption.Token);
        while (!File.Exists(begun))
        {
            Assert.False(running.IsCompleted, "It ended by itself.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        await interruption.CancelAsync();
        var result = await running;

        Assert.Equal(130, result.ExitCode);
        Assert.Contains("0 of 1 instance", result.Json.GetProperty("interrupted").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run --name demo -- true")]
    [InlineData("ssh i-0aaa")]
    public async Task A_missing_ssh_is_1_and_says_what_to_install(string commandLine)
    {
        var machine = FakeEngine.Machine("i-0aaa", "us-east-1", 0.01m);
        machine.SshCommand = "ssh ubuntu@127.0.0.1";

        var result = await CliRunner.RunAsync(commandLine, new FakeEngine
        {
            Instances = [machine],
            Ssh = new SshService(new SpotSettings(), _folder, "no-such-program-as-ssh"),
        });

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("SshNotFound", result.Error, StringComparison.Ordinal);
        Assert.Contains("Install the OpenSSH client", result.Error, StringComparison.Ordinal);
    }

    private FakeEngine Engine()
    {
        Assert.SkipWhen(RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "the stand-in is a script for sh");
        SpotInstance[] machines = [FakeEngine.Machine("i-0aaa", "us-east-1", 0.01m), FakeEngine.Machine("i-0bbb", "us-west-2", 0.02m)];
        foreach (var machine in machines)
        {
            machine.SshCommand = "ssh ubuntu@127.0.0.1";
        }

        return new FakeEngine { Instances = machines, Ssh = new SshService(new SpotSettings(), Path.Combine(_folder, "known"), Program) };
    }

    private Task<CliResult> RunAsync(string commandLine, CancellationToken cancellationToken = default) =>
        CliRunner.RunAsync(commandLine, Engine(), cancellationToken: cancellationToken);
}
