using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Ssh;
using SpotCluster.Engine.Tests.Independent;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>Commands on machines, over the real OpenSSH: a server of our own on the loopback address.</summary>
public sealed class RealSshTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-ssh-").FullName;
    private readonly RecordingHost _host = new();
    private Process? _server;
    private int _port;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [SkippableFact]
    public async Task Each_machine_has_a_result_of_its_own()
    {
        await StartAsync();
        var results = await RunAsync("echo out; echo err >&2; exit 3", Machine("i-1"), Machine("i-2"), Machine("i-3"));
        Assert.Equal(["i-1", "i-2", "i-3"], results.Select(result => result.NodeId).Order(StringComparer.Ordinal));
        Assert.All(results, result => Assert.Equal((3, "out\n", false), (result.ExitCode, result.Output, result.TimedOut)));
        Assert.All(results, result => Assert.EndsWith("err\n", result.Error, StringComparison.Ordinal));
        Assert.Empty(_host.Errors);
    }

    [SkippableFact]
    public async Task A_command_that_takes_too_long_is_ended_and_says_so()
    {
        await StartAsync();
        var result = Assert.Single(await RunAsync("echo begun; sleep 60", TimeSpan.FromSeconds(2), Machine("i-1")));
        Assert.True(result.TimedOut);
        Assert.Null(result.ExitCode);
        Assert.Equal("begun\n", result.Output);
    }

    [SkippableFact]
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
        Assert.Contains("another host key", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
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

    [SkippableFact]
    public async Task A_key_that_is_open_to_others_is_refused_before_anything_is_started()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no modes of files.");
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
        SshCommand = string.Create(CultureInfo.InvariantCulture, $"ssh -p {_port} {Environment.UserName}@127.0.0.1"),
    };

    private Task<List<SpotCommandResult>> RunAsync(string command, params SpotInstance[] machines) => RunAsync(command, TimeSpan.FromMinutes(2), machines);

    private async Task<List<SpotCommandResult>> RunAsync(string command, TimeSpan timeout, params SpotInstance[] machines)
    {
        var service = new SshService(new SpotSettings { PrivateKeyPath = Path.Combine(_folder, "user") }, Path.Combine(_folder, "known"));
        return await service.RunAsync(machines, new SshRequest { Command = command, Timeout = timeout }, _host, CancellationToken.None).ToListAsync();
    }

    private async Task StartAsync()
    {
        Skip.IfNot(File.Exists("/usr/sbin/sshd") && Tool.IsOnPath("ssh") && Tool.IsOnPath("ssh-keygen"), "OpenSSH with its server is not installed.");
        Skip.IfNot(Environment.UserName == "root", "Only root can start a server that logs in to an account here.");
        Directory.CreateDirectory("/run/sshd");
        var hostKey = Path.Combine(_folder, "host-" + Guid.NewGuid().ToString("N"));
        await MakeKeyAsync(hostKey);
        var userKey = Path.Combine(_folder, "user");
        if (!File.Exists(userKey))
        {
            await MakeKeyAsync(userKey);
        }

        if (_port == 0)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            _port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var config = Path.Combine(_folder, "sshd_config");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $"""
            ListenAddress 127.0.0.1:{_port}
            HostKey {hostKey}
            AuthorizedKeysFile {userKey}.pub
            PidFile none
            StrictModes no
            PermitRootLogin yes
            UsePAM no
            PasswordAuthentication no
            MaxStartups 100

            """));
        _server = Process.Start(Tool.StartInfo("/usr/sbin/sshd", new Dictionary<string, string>(), "-D", "-e", "-f", config))!;
        for (var attempt = 0; attempt < 100; attempt++)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException)
            {
                Skip.If(_server.HasExited, "The server did not start here.");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        Assert.Fail("The server does not listen.");
    }

    private static async Task MakeKeyAsync(string path)
    {
        var made = await Tool.RunAsync("ssh-keygen", new Dictionary<string, string>(), "-q", "-t", "ed25519", "-N", "", "-f", path);
        Assert.True(made.ExitCode == 0, made.ToString());
    }

    private void Stop()
    {
        if (_server is { HasExited: false } server)
        {
            server.Kill(entireProcessTree: true);
            server.WaitForExit();
        }

        _server?.Dispose();
        _server = null;
    }
}
