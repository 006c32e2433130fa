using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Assert = Xunit.Assert;

namespace SpotCluster.Tests;

/// <summary>A server of the real OpenSSH on the loopback address, which one key may log in to as the user of this process.</summary>
internal sealed class SshServer
{
    private readonly Process _process;

    private SshServer(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Starts one with a new key of its own. The key that may log in is <c>user</c> in the folder.</summary>
    /// <param name="folder">Where its files lie.</param>
    /// <param name="port">Port; 0 for a free one.</param>
    public static async Task<SshServer> StartAsync(string folder, int port = 0)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/sshd") && File.Exists("/usr/bin/ssh") && File.Exists("/usr/bin/ssh-keygen"), "OpenSSH with its server is not installed.");
        Assert.SkipUnless(Environment.UserName == "root", "Only root can start a server that logs in to an account here.");
        Directory.CreateDirectory("/run/sshd");
        var hostKey = Path.Combine(folder, "host-" + Guid.NewGuid().ToString("N"));
        await MakeKeyAsync(hostKey);
        var userKey = Path.Combine(folder, "user");
        if (!File.Exists(userKey))
        {
            await MakeKeyAsync(userKey);
        }

        if (port == 0)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var config = Path.Combine(folder, "sshd_config");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $"""
            ListenAddress 127.0.0.1:{port}
            HostKey {hostKey}
            AuthorizedKeysFile {userKey}.pub
            PidFile none
            StrictModes no
            PermitRootLogin yes
            UsePAM no
            PasswordAuthentication no
            MaxStartups 100
            Subsystem sftp internal-sftp

            """));
        var server = new SshServer(Start("/usr/sbin/sshd", "-D", "-e", "-f", config), port);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                return server;
            }
            catch (SocketException)
            {
                Assert.SkipWhen(server._process.HasExited, "The server did not start here.");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        server.Stop();
        throw new TimeoutException("The server does not listen.");
    }

    public void Stop()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    private static async Task MakeKeyAsync(string path)
    {
        using var made = Start("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path);
        await made.WaitForExitAsync();
        Assert.Equal(0, made.ExitCode);
    }

    // What it writes is nobody's; a pipe that nobody reads would stop it.
    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
