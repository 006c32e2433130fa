using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SpotCluster.Tests;

/// <summary>Another program: how it is found and run.</summary>
internal static class Tool
{
    /// <summary>How long a program may take before the test ends it: a guard against hanging, not a measurement.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>True when a program of that name is on PATH.</summary>
    public static bool IsOnPath(string name)
    {
        string[] endings = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? [".exe", ".cmd", ".bat"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => endings.Any(ending => File.Exists(Path.Combine(folder, name + ending))));
    }

    /// <summary>A port of the loopback address that nobody listens at.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The console program as it was built, in a process of its own.</summary>
    public static Task<ToolResult> SpotClusterAsync(IReadOnlyDictionary<string, string> environment, params string[] args) =>
        RunAsync("dotnet", environment, [SpotClusterPath, .. args]);

    /// <summary>Path of the built console program.</summary>
    public static string SpotClusterPath => Path.Combine(AppContext.BaseDirectory, "spotcluster.dll");

    /// <summary>Runs a program to its end, with an empty standard input.</summary>
    public static Task<ToolResult> RunAsync(string name, IReadOnlyDictionary<string, string> environment, params string[] args) =>
        RunWithInputAsync(name, "", environment, args);

    /// <summary>Runs a program to its end, with a text as its standard input.</summary>
    public static async Task<ToolResult> RunWithInputAsync(string name, string input, IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        using var process = Process.Start(StartInfo(name, environment, args))!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>How a program is started: its own environment, without the AWS settings of whoever runs the tests.</summary>
    public static ProcessStartInfo StartInfo(string name, IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo(name)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(variable);
        }

        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return start;
    }
}

/// <summary>What a program left behind.</summary>
internal sealed record ToolResult(int ExitCode, string Out, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Out}\n{Error}";
}
