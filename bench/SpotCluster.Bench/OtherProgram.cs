using System.ComponentModel;
using System.Diagnostics;

namespace SpotCluster.Bench;

/// <summary>Runs programs of others, and our own as a process.</summary>
internal static class OtherProgram
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="file">Its path, or its name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="environment">Variables in place of all that begin with <c>AWS_</c> or <c>SPOTCLUSTER_</c>.</param>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<(string Output, string Errors)> RunAsync(
        string file, IReadOnlyList<string> arguments, string input, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // No configuration of this folder may reach it.
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal) || name.StartsWith("SPOTCLUSTER_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
        process.StandardInput.Close();
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0
            ? (await output.ConfigureAwait(false), await errors.ConfigureAwait(false))
            : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors.ConfigureAwait(false)}");
    }

    /// <summary>What a program writes; null when it is not there or fails.</summary>
    public static async Task<string?> AnswerOfAsync(string file, params string[] arguments)
    {
        try
        {
            var (output, errors) = await RunAsync(file, arguments, "", new Dictionary<string, string>(StringComparer.Ordinal)).ConfigureAwait(false);
            return output + errors;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return null;
        }
    }
}
