using System.Diagnostics;
using System.Globalization;
using SpotCluster.Cli.Hosting;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>
/// Kills real processes at random times, also between the lines of a call: a create, and then a destroy. What they leave, one
/// destroy that is let run removes, by the books of the simulator. The seed is printed and can be given; CI makes fifty runs.
/// </summary>
public sealed class RandomKillTests(ITestOutputHelper output)
{
    private const string Region = "us-east-1";

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    [Fact]
    public async Task Whatever_was_killed_the_next_destroy_leaves_nothing()
    {
        var seed = Number("SPOTCLUSTER_KILL_SEED", Environment.TickCount & 0xFFFF);
        var runs = Number("SPOTCLUSTER_KILLS", 4);
        output.WriteLine($"SPOTCLUSTER_KILL_SEED={seed} SPOTCLUSTER_KILLS={runs}");
        var random = new Random(seed);
        var plans = Enumerable.Range(0, runs).Select(number => (Number: number, Create: random.Next(100, 6000), Destroy: random.Next(100, 9000))).ToList();
        var problems = new List<string>();
        await Parallel.ForEachAsync(plans, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (plan, _) =>
        {
            var problem = await TryAsync(plan.Number, TimeSpan.FromMilliseconds(plan.Create), TimeSpan.FromMilliseconds(plan.Destroy));
            lock (problems)
            {
                if (problem is not null)
                {
                    problems.Add($"run {plan.Number} (create killed after {plan.Create} ms, destroy after {plan.Destroy} ms): {problem}");
                }
            }
        });
        Assert.True(problems.Count == 0, $"SPOTCLUSTER_KILL_SEED={seed}\n{string.Join("\n", problems)}");
    }

    private static async Task<string?> TryAsync(int number, TimeSpan create, TimeSpan destroy)
    {
        var home = Directory.CreateTempSubdirectory("spotcluster-kill-").FullName;
        using var cloud = new SimulatedCloud(new SimulatorOptions
        {
            Seed = number,
            Clock = TimeProvider.System,
            Latency = TimeSpan.FromMilliseconds(100),
            ShutdownTime = TimeSpan.FromSeconds(1),
            InterfaceLinger = TimeSpan.FromSeconds(1),
        });
        try
        {
            await using var simulator = await SimulatorHost.StartAsync(cloud, 0, CancellationToken.None);
            var environment = new Dictionary<string, string>
            {
                ["AWS_ENDPOINT_URL"] = simulator.Address.ToString(),
                ["AWS_ACCESS_KEY_ID"] = "AKIASIMULATED0000000",
                ["AWS_SECRET_ACCESS_KEY"] = "simulated",
                ["AWS_REGION"] = Region,
                ["HOME"] = home,
                ["XDG_STATE_HOME"] = home,
            };
            await KillAsync(environment, create, "create", "--name", "demo", "--region", Region, "--count", "3", "--instance-type", "t3.micro");
            await KillAsync(environment, destroy, "destroy", "--name", "demo", "--region", Region, "--force");
            var result = await Tool.SpotClusterAsync(environment, "destroy", "--name", "demo", "--region", Region, "--force", "--json");
            string[] live = [.. cloud.AllLive().Select(resource => $"{resource.Kind} {resource.Id}")];

            // Where nothing was left to remove, there is no such cluster: that is an answer of its own, 2.
            return live.Length > 0 ? $"left: {string.Join(", ", live)}; {result}"
                : result.ExitCode is 0 or 2 ? null
                : $"nothing is left, and it ended otherwise: {result}";
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task KillAsync(Dictionary<string, string> environment, TimeSpan after, params string[] args)
    {
        using var process = Process.Start(Tool.StartInfo("dotnet", environment, [Tool.SpotClusterPath, .. args]))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var ended = new CancellationTokenSource(after);
        try
        {
            await process.WaitForExitAsync(ended.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        await Task.WhenAll(output, error);
    }
}
