using System.Globalization;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>Commands on machines, over the real OpenSSH: a server of our own on the loopback address.</summary>
public sealed class RealSshTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-ssh-").FullName;
    private readonly RecordingHost _host = new();
    private SshServer? _server;

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    [Fact]
    public async Task Each_machine_has_a_result_of_its_own()
    {
        await StartAsync();
        var results = await RunAsync("echo out; echo err >&2; exit 3", Machine("i-1"), Machine("i-2"), Machine("i-3"));
        Assert.Equal(["i-1", "i-2", "i-3"], results.Select(result => result.NodeId).Order(StringComparer.Ordinal));
        Assert.All(results, result => Assert.Equal((3, "out\n", false), (result.ExitCode, result.Output, result.TimedOut)));
        Assert.All(results, result => Assert.EndsWith("err\n", result.Error, StringComparison.Ordinal));
        Assert.Empty(_host.Errors);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_ended_and_says_so()
    {
        await StartAsync();
        var result = Assert.Single(await RunAsync("echo begun; sleep 60", TimeSpan.FromSeconds(5), Machine("i-1")));
        Assert.True(result.TimedOut);
        Assert.Null(result.ExitCode);
        Assert.Equal("begun\n", result.Output);
    }

    [Fact]
    public async Task A_host_key_is_pinned_to_the_machine_and_another_one_is_refused()
    {
        await StartAsync();
        Assert.Equal(0, Assert.Single(await RunAsync("true", Machine("i-1"))).ExitCode);
        Assert.StartsWith("i-1 ", File.ReadAllText(Path.Combine(_folder, "known", "demo")), StringComparison.Ordinal);
        Stop();
        await StartAsync();

        // The same address is another machine now: the new one is welcome, the old one is not what it was.
        Assert.Equal(0, Assert.Single(await RunAsync("true", Machine("i-2"))).ExitCode);
        Assert.Equal(255, Assert.Single(await RunAsync("true", Machine("i-1"))).ExitCode);
        var refused = Assert.Single(_host.Errors);
        Assert.Equal((SpotErrorIds.SshFailed, SpotErrorCategory.Refused), (refused.ErrorId, refused.Category));
        Assert.Contains("host key of", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_reads_its_input_and_ends_with_the_code_of_its_shell()
    {
        await StartAsync();
        var program = await RedirectedSshAsync("echo shell of $0; exit 7\n");
        Assert.Equal(7, Ssh(program).Enter(Machine("i-1"), null, command: null, CancellationToken.None));
        Assert.Contains("shell of ", await File.ReadAllTextAsync(Path.Combine(_folder, "output")), StringComparison.Ordinal);
        Assert.Equal(5, Ssh(program).Enter(Machine("i-1"), null, "exit 5", CancellationToken.None));
        Assert.Equal(0, Ssh(program).Enter(Machine("i-1"), null, "true", CancellationToken.None));
    }

    [Fact]
    public async Task A_session_pins_the_key_of_its_host_and_is_refused_by_another_one()
    {
        await StartAsync();
        var marker = Path.Combine(_folder, "marker");
        var program = await RedirectedSshAsync($"touch {marker}\n");
        Assert.Equal(0, Ssh(program).Enter(Machine("i-1"), null, command: null, CancellationToken.None));
        Assert.True(File.Exists(marker));
        Assert.StartsWith("i-1 ", await File.ReadAllTextAsync(Path.Combine(_folder, "known", "demo")), StringComparison.Ordinal);

        File.Delete(marker);
        Stop();
        await StartAsync();
        Assert.Equal(255, Ssh(program).Enter(Machine("i-1"), null, command: null, CancellationToken.None));
        Assert.False(File.Exists(marker));
        Assert.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", await File.ReadAllTextAsync(Path.Combine(_folder, "output")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_cancelled_ends_at_once()
    {
        await StartAsync();
        using var stop = new CancellationTokenSource();
        var marker = Path.Combine(_folder, "marker");
        var program = await RedirectedSshAsync("");
        var session = Task.Run(() => Ssh(program).Enter(Machine("i-1"), null, $"touch {marker}; exec sleep 600", stop.Token));
        while (!File.Exists(marker))
        {
            Assert.False(session.IsCompleted, "It ended by itself.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        await stop.CancelAsync();
        Assert.NotEqual(0, await session);
    }

    [Fact]
    public async Task The_console_program_runs_a_command_on_each_machine_and_opens_a_session_on_one()
    {
        await StartAsync();
        var run = await CliAsync("run --instance-id i-1,i-2 --json -- echo out; exit 3");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal([SpotErrorIds.CommandFailed, SpotErrorIds.CommandFailed], run.ErrorIds);
        Assert.All(run.Json.GetProperty("results").EnumerateArray(), result => Assert.Equal("out\n", result.GetProperty("output").GetString()));

        Assert.Equal(7, (await CliAsync("ssh i-1", Ssh(await RedirectedSshAsync("exit 7\n")))).ExitCode);
        Assert.Equal(9, (await CliAsync("ssh i-1 -- exit 9", Ssh(await RedirectedSshAsync("")))).ExitCode);
        Assert.Equal(2, (await CliAsync("ssh i-3")).ExitCode);
    }

    [Fact]
    public async Task The_console_program_does_not_log_in_to_a_machine_that_shows_another_key()
    {
        await StartAsync();
        Assert.Equal(0, (await CliAsync("run --instance-id i-1 -- true")).ExitCode);
        Stop();
        await StartAsync();

        var run = await CliAsync("run --instance-id i-1,i-2 --json -- true");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal([SpotErrorIds.SshFailed], run.ErrorIds);
        Assert.Contains("host key of", run.Error, StringComparison.Ordinal);
        Assert.Equal(
            [("i-1", 255), ("i-2", 0)],
            run.Json.GetProperty("results").EnumerateArray()
                .Select(result => (result.GetProperty("nodeId").GetString()!, result.GetProperty("exitCode").GetInt32())).Order());
        Assert.Equal(255, (await CliAsync("ssh i-1 -- true", Ssh(await RedirectedSshAsync("")))).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--exclude *.log --exclude cache")]
    public async Task A_folder_is_copied_there_and_back_without_what_is_excluded(string exclude)
    {
        Assert.SkipUnless(exclude.Length == 0 || Tool.IsOnPath("rsync"), "The program rsync is not installed.");
        await StartAsync();
        var (source, there, back) = (Path.Combine(_folder, "data"), Path.Combine(_folder, "there"), Path.Combine(_folder, "back"));
        Directory.CreateDirectory(Path.Combine(source, "cache"));
        foreach (var name in new[] { "one.txt", "two.log", "cache/three.txt" })
        {
            await File.WriteAllTextAsync(Path.Combine(source, name), name);
        }

        Directory.CreateDirectory(there);
        Directory.CreateDirectory(back);
        var key = $"--private-key-path {Path.Combine(_folder, "user")}";
        Assert.Equal(0, (await CliAsync($"copy {source} i-1:{there}/ {exclude} {key}".Replace("  ", " ", StringComparison.Ordinal))).ExitCode);
        Assert.Equal(0, (await CliAsync($"copy i-1:{there}/data {back}/ {exclude} {key}".Replace("  ", " ", StringComparison.Ordinal))).ExitCode);
        string[] expected = exclude.Length > 0 ? ["one.txt"] : ["cache/three.txt", "one.txt", "two.log"];
        foreach (var folder in new[] { there, back })
        {
            Assert.Equal(expected, Directory.GetFiles(Path.Combine(folder, "data"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Path.Combine(folder, "data"), path)).Order(StringComparer.Ordinal));
            Assert.Equal("one.txt", await File.ReadAllTextAsync(Path.Combine(folder, "data", "one.txt")));
        }

        var failed = await CliAsync($"copy i-1:{there}/nosuch {back}/ {key} --json");
        Assert.NotEqual(0, failed.ExitCode);
        Assert.Equal([SpotErrorIds.SshFailed], failed.ErrorIds);
    }

    [Theory]
    [InlineData("exit 7", "", 7)]
    [InlineData("true", "", 0)]
    [InlineData("true", "nosuch", 3)]
    public async Task A_job_uploads_runs_fetches_and_destroys_its_instance(string end, string missing, int exitCode)
    {
        await StartAsync();
        using var cloud = new SimulatedCloud(new SimulatorOptions());
        cloud.Vast.AnswerSshAt("127.0.0.1", _server!.Port);
        var (input, there, result) = (Path.Combine(_folder, "input"), Path.Combine(_folder, "there"), Path.Combine(_folder, "result"));
        await File.WriteAllTextAsync(input, "text\n");
        var more = missing.Length > 0 ? $"--download {_folder}/{missing}:{_folder}/{missing}" : "--timeout 10m";
        var run = await CliRunner.RunAsync(
            $"auto --max-hourly-price 0.5 --force --private-key-path {Path.Combine(_folder, "user")} --upload {input}:{there} --download {there}.out:{result} {more} -- tr a-z A-Z < {there} > {there}.out; echo done; {end}",
            options => new EngineSession(options with { Transport = cloud.CreateHandler(), Clock = cloud.Clock, Settings = new(), JournalDirectory = Path.Combine(_folder, "journal") }));

        Assert.True(run.ExitCode == exitCode, $"{run.ExitCode}: {run.Error}");
        Assert.Equal("done\n", run.Out);
        Assert.Equal("TEXT\n", await File.ReadAllTextAsync(result));
        Assert.Empty(cloud.Vast.Machines);
        Assert.Single(cloud.Calls.Of("CreateInstance"));
    }

    [Fact]
    public async Task A_job_whose_upload_fails_runs_nothing_and_destroys_its_instance()
    {
        await StartAsync();
        using var cloud = new SimulatedCloud(new SimulatorOptions());
        cloud.Vast.AnswerSshAt("127.0.0.1", _server!.Port);
        var marker = Path.Combine(_folder, "marker");
        var run = await CliRunner.RunAsync(
            $"auto --max-hourly-price 0.5 --force --private-key-path {Path.Combine(_folder, "user")} --upload {_folder}/nosuch -- touch {marker}",
            options => new EngineSession(options with { Transport = cloud.CreateHandler(), Clock = cloud.Clock, Settings = new(), JournalDirectory = Path.Combine(_folder, "journal") }));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("SshFailed", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(marker));
        Assert.Empty(cloud.Vast.Machines);
    }

    [Fact]
    public async Task Nobody_there_and_no_address_are_errors_of_one_machine()
    {
        await StartAsync();
        var gone = Machine("i-2");
        gone.SshCommand = "ssh -p 1 root@127.0.0.1";
        var results = await RunAsync("true", Machine("i-1"), gone, new SpotInstance { Id = "i-3", ClusterName = "demo" });
        Assert.Equal([("i-1", 0), ("i-2", 255)], results.OrderBy(result => result.NodeId, StringComparer.Ordinal).Select(result => (result.NodeId, result.ExitCode!.Value)));
        Assert.Equal(["i-2", "i-3"], _host.Errors.Select(error => (string)error.Target!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ssh -oProxyCommand=evil@host")]
    [InlineData("ssh -p 22 root@-oProxyCommand=evil")]
    [InlineData("ssh root@host; rm -rf /")]
    [InlineData(null)]
    public void An_address_that_is_none_never_reaches_ssh(string? command) =>
        Assert.Throws<SpotException>(() => SshTarget.Of(new SpotInstance { Id = "i-1", SshCommand = command }));

    [Fact]
    public async Task A_missing_program_is_said_once_for_all()
    {
        var service = new SshService(new SpotSettings(), Path.Combine(_folder, "known"), "no-such-program-as-ssh");
        var machine = new SpotInstance { Id = "i-1", SshCommand = "ssh root@127.0.0.1" };
        var failed = await Assert.ThrowsAsync<SpotException>(
            () => service.RunAsync([machine], new SshRequest { Command = "true" }, _host, CancellationToken.None).ToListAsync().AsTask());
        Assert.Equal(SpotErrorIds.SshNotFound, failed.ErrorId);
    }

    [Fact]
    public async Task A_key_that_is_open_to_others_is_refused_before_anything_is_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");
        var path = Path.Combine(_folder, "open");
        await File.WriteAllTextAsync(path, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        }

        var service = new SshService(new SpotSettings { PrivateKeyPath = path }, Path.Combine(_folder, "known"));
        var failed = await Assert.ThrowsAsync<SpotException>(
            () => service.RunAsync([Machine("i-1")], new SshRequest { Command = "true" }, _host, CancellationToken.None).ToListAsync().AsTask());
        Assert.Equal(SpotErrorIds.KeyFileInvalid, failed.ErrorId);
        Assert.Contains("chmod 600", failed.RecommendedAction, StringComparison.Ordinal);
    }

    private SpotInstance Machine(string id) => new()
    {
        Id = id,
        ClusterName = "demo",
        SshCommand = string.Create(CultureInfo.InvariantCulture, $"ssh -p {_server?.Port ?? 22} {Environment.UserName}@127.0.0.1"),
    };

    private SshService Ssh(string program = "ssh") =>
        new(new SpotSettings { PrivateKeyPath = Path.Combine(_folder, "user") }, Path.Combine(_folder, "known"), program);

    private Task<CliResult> CliAsync(string commandLine, SshService? ssh = null) =>
        CliRunner.RunAsync(commandLine, new FakeEngine { Instances = [Machine("i-1"), Machine("i-2")], Ssh = ssh ?? Ssh() });

    /// <summary>The real ssh with its input from a text and its output in a file: a session has the terminal of its process, and a test has none.</summary>
    private async Task<string> RedirectedSshAsync(string input)
    {
        var program = Path.Combine(_folder, "redirected-" + Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(program + ".input", input);
        var script = $"#!/bin/sh\nexec ssh \"$@\" < {program}.input > {Path.Combine(_folder, "output")} 2>&1\n";

        // Written by another program: no child of this process can hold it open while it is started.
        var written = await Tool.RunAsync("sh", new Dictionary<string, string>(), "-c", "printf %s \"$1\" > \"$2\" && chmod 700 \"$2\"", "sh", script, program);
        Assert.True(written.ExitCode == 0, written.ToString());
        return program;
    }

    private Task<List<SpotCommandResult>> RunAsync(string command, params SpotInstance[] machines) => RunAsync(command, TimeSpan.FromMinutes(2), machines);

    private async Task<List<SpotCommandResult>> RunAsync(string command, TimeSpan timeout, params SpotInstance[] machines)
    {
        return await Ssh().RunAsync(machines, new SshRequest { Command = command, Timeout = timeout }, _host, CancellationToken.None).ToListAsync();
    }

    private async Task StartAsync() => _server = await SshServer.StartAsync(_folder, _server?.Port ?? 0);

    private void Stop() => _server?.Stop();
}
