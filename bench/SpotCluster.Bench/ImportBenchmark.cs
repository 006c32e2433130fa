using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace SpotCluster.Bench;

/// <summary>Import-Module of the built module against that of an empty binary module, each in a fresh PowerShell.</summary>
internal static class ImportBenchmark
{
    private const string What = "Import-Module";
    private const int Repetitions = 9;
    private const double Budget = 1.5;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        var root = Metadata("RepositoryFolder");
        var module = Path.Combine(root, "out", "SpotCluster", "SpotCluster.psd1");
        var empty = Path.Combine(root, "bench", "EmptyModule", "bin", Metadata("Configuration"), "netstandard2.0", "EmptyModule.psd1");
        if (!File.Exists(module))
        {
            yield return Measurement.Skipped(What, "out/SpotCluster is not built");
            yield break;
        }

        // In turns, so that whatever else the machine does meets both alike; the first of each warms the file cache.
        var times = new List<TimeSpan>();
        var emptyTimes = new List<TimeSpan>();
        for (var run = 0; run <= Repetitions; run++)
        {
            var emptyTime = await ImportAsync(empty).ConfigureAwait(false);
            var time = await ImportAsync(module).ConfigureAwait(false);
            if (time is null || emptyTime is null)
            {
                yield return Measurement.Skipped(What, "pwsh is not on PATH, or could not import");
                yield break;
            }

            if (run > 0)
            {
                times.Add(time.Value);
                emptyTimes.Add(emptyTime.Value);
            }
        }

        yield return Measurement.Of(What, "against an empty binary module", BenchCloud.Median(times), BenchCloud.Median(emptyTimes), Budget);
    }

    private static async Task<TimeSpan?> ImportAsync(string path)
    {
        var start = new ProcessStartInfo("pwsh")
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "-NoProfile",
                "-NonInteractive",
                "-Command",
                $"$ErrorActionPreference = 'Stop'; $w = [Diagnostics.Stopwatch]::StartNew(); Import-Module -Name '{path}'; $w.Stop(); $w.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)",
            },
        };
        try
        {
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
            await process.WaitForExitAsync().ConfigureAwait(false);
            return process.ExitCode == 0 && double.TryParse(output, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string Metadata(string key) =>
        typeof(ImportBenchmark).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
