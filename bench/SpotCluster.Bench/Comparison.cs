using System.Globalization;
using Spectre.Console;
using SpotCluster.Cli.Hosting;
using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>
/// This tree beside another commit: the console program of both, built the same way, does the same jobs in turn, each on a
/// simulated cloud of its own that answers at once. Processor time, allocations and calls say the same on a busy machine.
/// </summary>
internal static class Comparison
{
    private const int Rounds = 5;
    private const int InstancesEach = 5;

    private static readonly (string Name, string Arguments, Action<SimulatedCloud>? Prepare)[] Jobs =
    [
        ("--version", "--version", null),
        ("list, 17 empty regions", "list --provider aws", null),
        ("list, 17 regions × 5", "list --provider aws", Fill),
        ("create, 2 regions × 2", "create --name demo --region us-east-1,us-west-2 --count 2", null),
        ("nuke, 17 empty regions", "nuke --force --max-delete 1000", null),
        ("nuke, 17 regions × 5", "nuke --force --max-delete 1000", Fill),
    ];

    /// <summary>Builds the other commit and prints the table.</summary>
    /// <param name="reference">What git takes for a commit.</param>
    /// <returns>The exit code: 2 when the commit cannot be built.</returns>
    public static async Task<int> RunAsync(string reference)
    {
        var folder = Directory.CreateTempSubdirectory("spotcluster-compare-");
        var other = Path.Combine(folder.FullName, "tree");
        try
        {
            await GitAsync("worktree", "add", "--detach", other, reference).ConfigureAwait(false);
            try
            {
                return await CompareAsync(reference, await BuildAsync(other).ConfigureAwait(false), await BuildAsync(Repository.Folder).ConfigureAwait(false), folder.FullName).ConfigureAwait(false);
            }
            finally
            {
                await GitAsync("worktree", "remove", "--force", other).ConfigureAwait(false);
            }
        }
        catch (InvalidOperationException error)
        {
            AnsiConsole.WriteLine(error.Message);
            return 2;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task GitAsync(params string[] arguments) =>
        await OtherProgram.RunAsync("git", ["-C", Repository.Folder, .. arguments], "", new Dictionary<string, string>(StringComparer.Ordinal)).ConfigureAwait(false);

    private static async Task<string> BuildAsync(string tree)
    {
        await OtherProgram.RunAsync(
            "dotnet", ["build", Path.Combine(tree, "src", "SpotCluster.Cli"), "-c", "Release", "-nologo", "-v", "quiet", "-p:RunAnalyzers=false"], "", new Dictionary<string, string>(StringComparer.Ordinal)).ConfigureAwait(false);
        return Path.Combine(tree, "src", "SpotCluster.Cli", "bin", "Release", "net10.0", "spotcluster.dll");
    }

    private static async Task<int> CompareAsync(string reference, string before, string after, string folder)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("what", $"processor time, {reference}", "this tree", "ratio", $"allocated, {reference}", "this tree", "ratio", $"calls, {reference}", "this tree");
        foreach (var (name, arguments, prepare) in Jobs)
        {
            var runs = (Before: new List<Use>(), After: new List<Use>());
            for (var round = 0; round < Rounds; round++)
            {
                // One after the other in every round, so that both meet the same machine.
                runs.Before.Add(await UseAsync(before, arguments, prepare, folder).ConfigureAwait(false));
                runs.After.Add(await UseAsync(after, arguments, prepare, folder).ConfigureAwait(false));
            }

            var (old, now) = (Use.Median(runs.Before), Use.Median(runs.After));
            table.AddRow(
                name,
                Invariant($"{old.Processor.TotalMilliseconds:0} ms"),
                Invariant($"{now.Processor.TotalMilliseconds:0} ms"),
                Invariant($"{now.Processor / old.Processor:0.00}"),
                Invariant($"{old.Allocated / 1e6:0.0} MB"),
                Invariant($"{now.Allocated / 1e6:0.0} MB"),
                Invariant($"{(double)now.Allocated / old.Allocated:0.00}"),
                Invariant($"{old.Calls}"),
                Invariant($"{now.Calls}"));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(Invariant($"Medians of {Rounds} runs each, in turn, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}."));
        return 0;
    }

    private static async Task<Use> UseAsync(string program, string arguments, Action<SimulatedCloud>? prepare, string folder)
    {
        using var cloud = new BenchCloud(new SimulatorOptions { PendingTime = TimeSpan.Zero, ShutdownTime = TimeSpan.Zero, InterfaceLinger = TimeSpan.Zero });
        prepare?.Invoke(cloud.Cloud);
        await using var host = await SimulatorHost.StartAsync(cloud.Cloud, 0, CancellationToken.None).ConfigureAwait(false);
        var meter = Path.Combine(folder, "meter");
        var home = Directory.CreateDirectory(Path.Combine(folder, "home")).FullName;
        await OtherProgram.RunAsync("dotnet", [program, .. arguments.Split(' ')], "", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL"] = host.Address.GetLeftPart(UriPartial.Authority),
            ["AWS_ACCESS_KEY_ID"] = "simulator",
            ["AWS_SECRET_ACCESS_KEY"] = "simulator",
            ["AWS_DEFAULT_REGION"] = "us-east-1",
            ["NO_PROXY"] = host.Address.Host,
            ["HOME"] = home,
            ["DOTNET_STARTUP_HOOKS"] = typeof(Comparison).Assembly.Location,
            [StartupHook.FileVariable] = meter,
        }).ConfigureAwait(false);
        Directory.Delete(home, recursive: true);
        var parts = (await File.ReadAllTextAsync(meter).ConfigureAwait(false)).Split(' ');
        return new Use(
            TimeSpan.FromTicks(long.Parse(parts[0], CultureInfo.InvariantCulture)), long.Parse(parts[1], CultureInfo.InvariantCulture), cloud.Cloud.Calls.Count);
    }

    private static void Fill(SimulatedCloud cloud)
    {
        foreach (var region in cloud.Regions)
        {
            BenchCloud.AddMachines(cloud, region, InstancesEach);
        }
    }

    private sealed record Use(TimeSpan Processor, long Allocated, int Calls)
    {
        public static Use Median(IReadOnlyList<Use> runs) =>
            new(Middle(runs.Select(run => run.Processor)), Middle(runs.Select(run => run.Allocated)), Middle(runs.Select(run => run.Calls)));

        private static T Middle<T>(IEnumerable<T> values) => values.Order().ElementAt(Rounds / 2);
    }
}
