using System.Globalization;
using System.Runtime.InteropServices;
using SpotCluster.Cli.Hosting;
using SpotCluster.Simulator;

namespace SpotCluster.Bench;

/// <summary>
/// The start of the console program as it is published, in processor time: beside a program that does nothing, published the
/// same way, and <c>list</c> of one empty region of a cloud that answers at once, beside <c>--version</c>.
/// </summary>
internal static class StartBenchmark
{
    private const string What = "start";
    private const int Repetitions = 9;
    private const double VersionBudget = 1.3;
    private const double ListBudget = 2.0;
    private const string List = "list --provider aws --region us-east-1";

    // The shell tells what its children used: first itself, then they; user and system.
    private const string Script = "\"$@\" > /dev/null && times";

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            yield return Measurement.Skipped(What, "what measures is a shell of Linux");
            yield break;
        }

        var folder = Directory.CreateTempSubdirectory("spotcluster-start-");
        try
        {
            var (empty, console) = (await PublishAsync(folder, "EmptyConsole").ConfigureAwait(false), await PublishAsync(folder, null).ConfigureAwait(false));
            using var cloud = new BenchCloud(new SimulatorOptions());
            await using var host = await SimulatorHost.StartAsync(cloud.Cloud, 0, CancellationToken.None).ConfigureAwait(false);
            (string File, string Arguments)[] jobs = [(empty, ""), (console, "--version"), (console, List)];
            var runs = jobs.Select(_ => new List<TimeSpan>()).ToArray();
            for (var turn = 0; turn <= Repetitions; turn++)
            {
                for (var job = 0; job < jobs.Length; job++)
                {
                    var used = await UseAsync(jobs[job].File, jobs[job].Arguments, host.Address, folder.FullName).ConfigureAwait(false);
                    if (turn > 0)
                    {
                        runs[job].Add(used);
                    }
                }
            }

            TimeSpan[] typical = [.. runs.Select(times => times.Order().ElementAt(Repetitions / 2))];
            yield return Measurement.Of("start: --version", "beside an empty program", typical[1], typical[0], VersionBudget);
            yield return Measurement.Of("start: list", "one region, beside --version", typical[2], typical[1], ListBudget);
            yield return new Measurement("start: size", "beside an empty program", Size(console), Size(empty), null, null);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Size(string file) => Measurement.Megabytes(new FileInfo(file).Length);

    /// <summary>Publishes a program as the packages have it.</summary>
    /// <returns>The path of its one file.</returns>
    private static async Task<string> PublishAsync(DirectoryInfo folder, string? program)
    {
        var platform = RuntimeInformation.RuntimeIdentifier;
        var target = Path.Combine(folder.FullName, program ?? "spotcluster");
        string[] which = program is null ? [] : [$"-p:ConsoleProject={Path.Combine(Repository.Folder, "bench", program, program + ".csproj")}"];
        await OtherProgram.RunAsync(
            "dotnet",
            ["build", Path.Combine(Repository.Folder, "build", "Packages"), "-t:PublishConsoleOn", "-c", "Release", $"-p:ConsolePlatform={platform}", $"-p:PackagesFolder={target}", "-nologo", "-v", "quiet", .. which],
            "",
            new Dictionary<string, string>(StringComparer.Ordinal)).ConfigureAwait(false);
        return Path.Combine(target, platform, program ?? "spotcluster");
    }

    private static async Task<TimeSpan> UseAsync(string file, string arguments, Uri address, string home)
    {
        var (output, _) = await OtherProgram.RunAsync(
            "/bin/sh",
            ["-c", Script, "sh", file, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            "",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AWS_ENDPOINT_URL"] = address.GetLeftPart(UriPartial.Authority),
                ["AWS_ACCESS_KEY_ID"] = "simulator",
                ["AWS_SECRET_ACCESS_KEY"] = "simulator",
                ["NO_PROXY"] = address.Host,
                ["HOME"] = home,
            }).ConfigureAwait(false);
        return output.Trim().Split('\n')[^1].Split(' ').Select(Parse).Aggregate(TimeSpan.Zero, (sum, time) => sum + time);
    }

    // 0m0.123s
    private static TimeSpan Parse(string text)
    {
        var parts = text.TrimEnd('s').Split('m');
        return TimeSpan.FromMinutes(int.Parse(parts[0], CultureInfo.InvariantCulture)) + TimeSpan.FromSeconds(double.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
