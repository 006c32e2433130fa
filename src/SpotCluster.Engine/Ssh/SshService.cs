using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Ssh;

/// <summary>What to run, and for how long.</summary>
public sealed record SshRequest
{
    /// <summary>The command, as the shell of the machine gets it.</summary>
    public required string Command { get; init; }

    /// <summary>Machines at the same time.</summary>
    public int ThrottleLimit { get; init; } = 32;

    /// <summary>Time that the command may take on each machine.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time that the connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Path of the private key; null for that of the settings, then for those that ssh finds.</summary>
    public string? PrivateKeyPath { get; init; }
}

/// <summary>A file or folder to copy.</summary>
/// <param name="LocalPath">Where it is, or goes, on this computer.</param>
/// <param name="RemotePath">Where it is, or goes, on the machine; empty for the home folder.</param>
/// <param name="IsUpload">To the machine; else from it.</param>
public sealed record SshCopy(string LocalPath, string RemotePath, bool IsUpload)
{
    /// <summary>Patterns of rsync for what is left out; empty for nothing.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];
}

/// <summary>
/// Logs in to machines with the system's own OpenSSH. The key of a host is pinned at its first use, in a file of its cluster and
/// under the id of the machine: an address that another machine gets later is no alarm, and a machine that changes its key is one.
/// </summary>
/// <param name="settings">Settings.</param>
/// <param name="folder">Where the files with the pinned keys lie.</param>
/// <param name="program">The program ssh.</param>
/// <remarks>By hand: a library would know nothing of the user's own OpenSSH: agent, configuration, hardware keys, jump hosts.</remarks>
public sealed class SshService(SpotSettings settings, string folder, string program = "ssh")
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    // A program of this machine lives in real time, whatever clock the clouds have.
    private static readonly TimeProvider Clock = TimeProvider.System;

    /// <summary>
    /// Runs a command on machines, several at a time, and gives each result as it comes. One that could not be logged in to is
    /// also reported to the host as <see cref="SpotErrorIds.SshFailed"/>. Throws what would be wrong with every machine.
    /// </summary>
    public async IAsyncEnumerable<SpotCommandResult> RunAsync(
        IReadOnlyList<SpotInstance> machines, SshRequest request, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var key = KeyPath(request.PrivateKeyPath);
        var results = Channel.CreateUnbounded<SpotCommandResult>(new UnboundedChannelOptions { SingleReader = true });
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var turn = new SemaphoreSlim(request.ThrottleLimit);
        var all = Task.WhenAll(machines.Select(OneAsync));
        var completed = all.ContinueWith(task => results.Writer.TryComplete(task.Exception?.InnerException), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            while (await results.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (results.Reader.TryRead(out var result))
                {
                    yield return result;
                }
            }
        }
        finally
        {
            linked.Cancel();
            await completed.ConfigureAwait(false);
        }

        async Task OneAsync(SpotInstance machine)
        {
            await turn.WaitAsync(linked.Token).ConfigureAwait(false);
            try
            {
                var target = SshTarget.Of(machine);
                var result = await RunOneAsync(target, request, key, linked.Token).ConfigureAwait(false);
                if (result is { ExitCode: 255, TimedOut: false })
                {
                    host.Error(NotReached(machine, result.Error));
                }

                results.Writer.TryWrite(result);
            }
            catch (SpotException failure) when (failure.ErrorId == SpotErrorIds.SshFailed)
            {
                host.Error(failure);
            }
            finally
            {
                turn.Release();
            }
        }
    }

    /// <summary>
    /// Opens a session on a machine, on the terminal of this process: a shell, or the command that is given. Returns the exit
    /// code of ssh when the session has ended: that of the shell or the command, or 255 when ssh itself failed.
    /// </summary>
    public int Enter(SpotInstance machine, string? privateKeyPath, string? command, CancellationToken cancellationToken)
    {
        var target = SshTarget.Of(machine);
        if (SimulatedShell.Has(target.Address))
        {
            throw SimulatedShell.NoSession(machine);
        }

        string[] end = command is null ? [] : ["--", command];
        var start = StartInfo([.. Options(target, KeyPath(privateKeyPath), TimeSpan.FromSeconds(15)), Destination(target), .. end]);
        using var process = Start(start);
        using var registration = cancellationToken.Register(() => Kill(process));
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>
    /// Runs one command on a machine and returns its exit code, or 255 when ssh itself failed. Its output comes line by
    /// line, or, on a terminal, goes to that of this process as it is. No time limit, and no question: who is asked cannot answer here.
    /// </summary>
    public int Execute(SpotInstance machine, string? privateKeyPath, string command, Action<string, bool> onLine, bool isOnTerminal, CancellationToken cancellationToken)
    {
        var target = SshTarget.Of(machine);
        if (SimulatedShell.Has(target.Address))
        {
            var (exitCode, text, problem) = SimulatedShell.Run(machine, command);
            foreach (var (lines, isError) in new[] { (text, false), (problem, true) })
            {
                foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    onLine(line, isError);
                }
            }

            return exitCode;
        }

        var start = StartInfo(["-o", "BatchMode=yes", .. Options(target, KeyPath(privateKeyPath), TimeSpan.FromSeconds(15)), Destination(target), "--", command]);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = !isOnTerminal;
        using var process = Start(start);
        using var registration = cancellationToken.Register(() => Kill(process));
        if (!isOnTerminal)
        {
            process.StandardInput.Close();
            process.OutputDataReceived += (_, line) => Take(line.Data, isError: false);
            process.ErrorDataReceived += (_, line) => Take(line.Data, isError: true);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        process.WaitForExit();
        return process.ExitCode;

        void Take(string? line, bool isError)
        {
            if (line is not null)
            {
                onLine(line, isError);
            }
        }
    }

    /// <summary>
    /// Copies a file or folder to a machine or from it, with scp; with exclusions by rsync, which both sides then need. Shows
    /// what the program shows on the terminal of this process, and returns its exit code.
    /// </summary>
    public int Copy(SpotInstance machine, SshCopy copy, string? privateKeyPath, CancellationToken cancellationToken)
    {
        var target = SshTarget.Of(machine);
        if (SimulatedShell.Has(target.Address))
        {
            throw SimulatedShell.NoCopy(machine);
        }

        var remote = Destination(target) + ":" + copy.RemotePath;
        string[] ends = copy.IsUpload ? [copy.LocalPath, remote] : [remote, copy.LocalPath];
        var options = Options(target, KeyPath(privateKeyPath), TimeSpan.FromSeconds(15));
        var start = copy.Exclude.Count == 0
            ? StartInfo(["-r", .. options.Select(option => option == "-p" ? "-P" : option), "--", .. ends], "scp")
            : StartInfo(
                ["-az", .. copy.Exclude.Select(pattern => "--exclude=" + pattern), "-e", string.Join(' ', new[] { program }.Concat(options).Select(Quoted)), "--", .. ends],
                "rsync");
        using var process = Start(start);
        using var registration = cancellationToken.Register(() => Kill(process));
        process.WaitForExit();
        return process.ExitCode;

        // rsync takes its command apart at blanks, and knows these marks.
        static string Quoted(string text) => text.All(c => char.IsLetterOrDigit(c) || c is '-' or '=' or '/' or '.' or '_') ? text : "'" + text + "'";
    }

    /// <summary>The error of a copy that ended with an exit code.</summary>
    public static SpotException CopyFailed(SpotInstance machine, SshCopy copy, int exitCode) => new(
        SpotErrorIds.SshFailed, SpotErrorCategory.Connection,
        FormattableString.Invariant($"Cannot copy {(copy.IsUpload ? copy.LocalPath : copy.RemotePath)} {(copy.IsUpload ? "to" : "from")} instance {machine.Id} (exit code {exitCode})."))
    {
        Target = machine.Id,
        Region = machine.Region,
        RecommendedAction = "Check the output of the program, that both paths exist, and that the instance is reachable.",
    };

    private async Task<SpotCommandResult> RunOneAsync(SshTarget target, SshRequest request, string? key, CancellationToken cancellationToken)
    {
        if (SimulatedShell.Has(target.Address))
        {
            var (exitCode, text, problem) = SimulatedShell.Run(target.Instance, request.Command);
            return new SpotCommandResult
            {
                Id = target.Instance.Id,
                Provider = target.Instance.Provider,
                ClusterName = target.Instance.ClusterName,
                Region = target.Instance.Region,
                ExitCode = exitCode,
                Output = text,
                Error = problem,
            };
        }

        // Without a terminal, and without a question: who is asked for a password or a new host key cannot answer here.
        var start = StartInfo(["-T", "-o", "BatchMode=yes", .. Options(target, key, request.ConnectTimeout), Destination(target), "--", request.Command]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var begin = Clock.GetTimestamp();
        using var process = Start(start);
        process.StandardInput.Close();
        var output = ReadAsync(process.StandardOutput);
        var error = ReadAsync(process.StandardError);
        var timedOut = false;
        try
        {
            while (!process.HasExited)
            {
                if (Clock.GetElapsedTime(begin) > request.Timeout)
                {
                    timedOut = true;
                    break;
                }

                await Task.WhenAny(output, Clock.PauseAsync(Pace, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (output.IsCompleted)
                {
                    await Clock.PauseAsync(TimeSpan.FromMilliseconds(5), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            Kill(process);
        }

        process.WaitForExit();
        return new SpotCommandResult
        {
            Id = target.Instance.Id,
            Provider = target.Instance.Provider,
            ClusterName = target.Instance.ClusterName,
            Region = target.Instance.Region,
            ExitCode = timedOut ? null : process.ExitCode,
            Output = await output.ConfigureAwait(false),
            Error = await error.ConfigureAwait(false),
            Elapsed = Clock.GetElapsedTime(begin),
            TimedOut = timedOut,
        };
    }

    // To its end in any case: what was written before the time was up is told, too.
    private static Task<string> ReadAsync(StreamReader reader) =>
        reader.ReadToEndAsync(CancellationToken.None);

    private string? KeyPath(string? given)
    {
        var path = given ?? settings.PrivateKeyPath;
        if (path is not null)
        {
            PrivateKeyFile.Check(path);
        }

        return path;
    }

    private List<string> Options(SshTarget target, string? key, TimeSpan connectTimeout)
    {
        PrivateFile.CreateFolder(folder);
        var name = target.Instance.ClusterName is { Length: > 0 } cluster ? string.Concat(cluster.Select(c => char.IsLetterOrDigit(c) || c == '-' ? c : '_')) : "_no-cluster";
        var options = new List<string>
        {
            "-o", "StrictHostKeyChecking=accept-new",
            "-o", "UserKnownHostsFile=\"" + Path.Combine(folder, name) + "\"",
            "-o", "HostKeyAlias=" + target.Instance.Id,
            "-o", "HashKnownHosts=no",
            "-o", "UpdateHostKeys=no",
            "-o", "ConnectTimeout=" + ((int)Math.Max(1, connectTimeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture),
            "-o", "ServerAliveInterval=15",
        };
        if (key is not null)
        {
            options.AddRange(["-i", key, "-o", "IdentitiesOnly=yes"]);
        }

        if (target.Port is { } port)
        {
            options.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        }

        return options;
    }

    private static string Destination(SshTarget target) => $"{target.User}@{target.Address}";

    private ProcessStartInfo StartInfo(IReadOnlyList<string> arguments, string? other = null)
    {
        var start = new ProcessStartInfo(other ?? program) { UseShellExecute = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        return start;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new Win32Exception("It did not start.");
        }
        catch (Win32Exception failure)
        {
            throw new SpotException(SpotErrorIds.SshNotFound, SpotErrorCategory.NotFound, $"Cannot start the program {start.FileName}: {failure.Message}", failure)
            {
                Target = start.FileName,
                RecommendedAction = "Install the OpenSSH client (and rsync for exclusions), and check that it is on PATH.",
            };
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile.
        }
    }

    private static SpotException NotReached(SpotInstance machine, string error)
    {
        var changed = error.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal);
        var last = error.Split('\n').Select(line => line.Trim()).LastOrDefault(line => line.Length > 0) ?? "ssh gave no reason";
        return new SpotException(
            SpotErrorIds.SshFailed,
            changed ? SpotErrorCategory.Refused : SpotErrorCategory.Connection,
            changed ? $"The host key of {machine.Id} changed: it may be another host." : $"Cannot log in to {machine.Id}: {last}")
        {
            Target = machine.Id,
            Region = machine.Region,
            RecommendedAction = changed
                ? "Find the cause before you continue. The pinned keys are stored next to the journal, one file per cluster."
                : "Check that it is reachable (Wait-SpotInstance -For Reachable, spotcluster wait --for reachable), that port 22 is open, and that its cluster was launched with your public key.",
        };
    }
}
