using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SpotCluster.Engine.Agent;

/// <summary>Runs a command line of the user by the system's shell, with the token's variables taken out of its environment.</summary>
internal static class HookCommand
{
    /// <summary>The exit code; null and why when it could not be started, or was stopped.</summary>
    public static async Task<(int? Code, string? Error)> RunAsync(
        string command, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var isWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
        var start = new ProcessStartInfo
        {
            FileName = isWindows ? "cmd.exe" : "/bin/sh",
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.ArgumentList.Add(isWindows ? "/c" : "-c");
        start.ArgumentList.Add(command);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        foreach (var secret in (string[])[AgentSetting.Token, .. AgentSetting.Find(AgentSetting.Token)!.Aliases])
        {
            start.Environment.Remove(secret);
        }

        try
        {
            using var process = new Process { StartInfo = start, EnableRaisingEvents = true };
            var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            process.Exited += (_, _) => ended.TrySetResult(true);
            process.Start();

            // Stopping the agent does not stop the command: it saves what the machine still holds.
            await ended.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return (process.ExitCode, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (null, "the agent stopped before it ended");
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException)
        {
            return (null, failure.Message);
        }
    }
}
