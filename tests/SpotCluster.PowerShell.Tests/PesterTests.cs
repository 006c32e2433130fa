using System.ComponentModel;
using System.Diagnostics;

namespace SpotCluster.PowerShell.Tests;

/// <summary>The tests of what a person sees, in tests/pester: each file in a PowerShell of its own, where that and Pester are installed.</summary>
[Collection(nameof(PesterTests))]
[CollectionDefinition(nameof(PesterTests), DisableParallelization = true)]
public sealed class PesterTests(ITestOutputHelper output)
{
    private static readonly Lazy<Task<string?>> Missing = new(FindMissingAsync);

    private static string Folder => Path.Combine(Repository.Root, "tests", "pester");

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Folder, "*.Tests.ps1").Select(path => Path.GetFileName(path).Replace(".Tests.ps1", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Passes(string file)
    {
        var missing = await Missing.Value;
        Assert.SkipWhen(missing is not null, missing ?? "");
        var (exitCode, text) = await RunAsync("-File", Path.Combine(Folder, "run.ps1"), file);

        // Its last line has the counts, which .ci/run adds up.
        output.WriteLine(text.TrimEnd().Split('\n')[^1]);
        Assert.True(exitCode == 0, text.Length > 8000 ? text[^8000..] : text);
    }

    private static async Task<string?> FindMissingAsync()
    {
        try
        {
            var (exitCode, _) = await RunAsync("-Command", "exit [int](-not (Get-Module -ListAvailable Pester | Where-Object Version -ge ([version]'5.0')))");
            return exitCode == 0 ? null : "Pester 5 or newer is not installed";
        }
        catch (Win32Exception)
        {
            return "pwsh is not on PATH";
        }
    }

    private static async Task<(int ExitCode, string Text)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What this process runs by must not decide how another PowerShell and its builds run.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.Ordinal) || name.StartsWith("VSTEST", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text + await errors);
    }
}
