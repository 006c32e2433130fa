using System.ComponentModel;
using System.Globalization;
using SpotCluster.Cli.Hosting;
using SpotCluster.Simulator;

namespace SpotCluster.Bench;

/// <summary>Import-Module of the built module against that of an empty binary module, each in a fresh PowerShell.</summary>
internal static class ImportBenchmark
{
    private const string What = "Import-Module";
    private const int Repetitions = 15;
    private const double Budget = 1.3;
    private const int ListRepetitions = 5;
    private const double ListBudget = 2.0;

    // Milliseconds by the wall clock, then of the processor, which a busy machine changes little.
    private const string Script = """
        $ErrorActionPreference = 'Stop'
        $process = [Diagnostics.Process]::GetCurrentProcess()
        $before = $process.TotalProcessorTime
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Import-Module -Name '{0}'
        $watch.Stop()
        $process.Refresh()
        [string]::Join(' ', [string[]]@($watch.Elapsed.TotalMilliseconds, ($process.TotalProcessorTime - $before).TotalMilliseconds))
        """;

    // The processor time of the first and of the second list of one empty region; what that of PowerShell itself costs was paid before.
    private const string ListScript = """
        $ErrorActionPreference = 'Stop'
        Import-Module -Name '{0}'
        $process = [Diagnostics.Process]::GetCurrentProcess()
        [string]::Join(' ', [string[]]@(1..2 | ForEach-Object {
            $process.Refresh()
            $before = $process.TotalProcessorTime
            $null = Get-SpotInstance -Provider Aws -Region us-east-1
            $process.Refresh()
            ($process.TotalProcessorTime - $before).TotalMilliseconds
        }))
        """;

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        var module = Path.Combine(Repository.Folder, "out", "SpotCluster", "SpotCluster.psd1");
        var empty = Path.Combine(Repository.Folder, "bench", "EmptyModule", "bin", Repository.Configuration, "netstandard2.0", "EmptyModule.psd1");
        if (!File.Exists(module))
        {
            yield return Measurement.Skipped(What, "out/SpotCluster is not built");
            yield break;
        }

        // In turns, so that whatever else the machine does meets both alike; the first of each warms the file cache.
        var runs = new List<Import>();
        var emptyRuns = new List<Import>();
        for (var turn = 0; turn <= Repetitions; turn++)
        {
            var emptyRun = await ImportAsync(empty).ConfigureAwait(false);
            var run = await ImportAsync(module).ConfigureAwait(false);
            if (run is null || emptyRun is null)
            {
                yield return Measurement.Skipped(What, "pwsh is not on PATH, or could not import");
                yield break;
            }

            if (turn > 0)
            {
                runs.Add(run);
                emptyRuns.Add(emptyRun);
            }
        }

        yield return Measurement.Of(What, "beside an empty module", Median(runs, run => run.Wall), Median(emptyRuns, run => run.Wall), Budget);
        yield return Measurement.Of(What, "the same in processor time", Median(runs, run => run.Processor), Median(emptyRuns, run => run.Processor), null);
        yield return await ListTwiceAsync(module).ConfigureAwait(false);
    }

    private static async Task<Measurement> ListTwiceAsync(string module)
    {
        using var cloud = new BenchCloud(new SimulatorOptions());
        await using var host = await SimulatorHost.StartAsync(cloud.Cloud, 0, CancellationToken.None).ConfigureAwait(false);
        var runs = new List<double[]>();
        for (var turn = 0; turn < ListRepetitions; turn++)
        {
            runs.Add(await NumbersAsync(ListScript, module, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AWS_ENDPOINT_URL"] = host.Address.GetLeftPart(UriPartial.Authority),
                ["AWS_ACCESS_KEY_ID"] = "simulator",
                ["AWS_SECRET_ACCESS_KEY"] = "simulator",
                ["NO_PROXY"] = host.Address.Host,
            }).ConfigureAwait(false));
        }

        TimeSpan Middle(int number) => TimeSpan.FromMilliseconds(runs.Select(run => run[number]).Order().ElementAt(ListRepetitions / 2));
        return Measurement.Of("Get-SpotInstance", "the first beside the second, processor time", Middle(0), Middle(1), ListBudget);
    }

    private static TimeSpan Median(List<Import> runs, Func<Import, TimeSpan> time)
    {
        var ordered = runs.Select(time).Order().ToArray();
        return ordered[ordered.Length / 2];
    }

    private static async Task<Import?> ImportAsync(string path)
    {
        try
        {
            var milliseconds = await NumbersAsync(Script, path, new Dictionary<string, string>(StringComparer.Ordinal)).ConfigureAwait(false);
            return new Import(TimeSpan.FromMilliseconds(milliseconds[0]), TimeSpan.FromMilliseconds(milliseconds[1]));
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return null;
        }
    }

    private static async Task<double[]> NumbersAsync(string script, string path, Dictionary<string, string> environment)
    {
        var (output, _) = await OtherProgram.RunAsync(
            "pwsh",
            ["-NoProfile", "-NonInteractive", "-Command", script.Replace("{0}", path.Replace("'", "''", StringComparison.Ordinal), StringComparison.Ordinal)],
            "",
            environment).ConfigureAwait(false);
        return [.. output.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
    }

    private sealed record Import(TimeSpan Wall, TimeSpan Processor);
}
