using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>spotcluster simulator</c> and other commands on it, each in a process of its own.</summary>
public sealed class SimulatorCommandTests
{
    [Theory]
    [InlineData("powershell", null)]
    [InlineData(null, "/usr/share/powershell/Modules")]
    public async Task In_PowerShell_the_lines_are_PowerShell(string? shell, string? modulePath)
    {
        var environment = new Dictionary<string, string> { ["PSModulePath"] = modulePath ?? "" };
        using var simulator = Process.Start(Tool.StartInfo("dotnet", environment, [Tool.SpotClusterPath, "simulator", "--port", "0", .. shell is null ? Array.Empty<string>() : ["--shell", shell]]))!;
        try
        {
            _ = await simulator.StandardOutput.ReadLineAsync();
            Assert.Matches(@"^\$env:AWS_ENDPOINT_URL = 'http://127\.0\.0\.1:\d+'; \$env:AWS_ACCESS_KEY_ID = 'simulator'; ", await simulator.StandardOutput.ReadLineAsync());
        }
        finally
        {
            simulator.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task The_other_commands_work_on_it_over_http_and_a_signal_ends_it_well()
    {
        Assert.SkipWhen(RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "a signal cannot be sent to a process on Windows");
        var home = Directory.CreateTempSubdirectory("spotcluster-simulator-");
        using var simulator = Process.Start(Tool.StartInfo("dotnet", new Dictionary<string, string>(), Tool.SpotClusterPath, "simulator", "--port", "0", "--shell", "sh"))!;
        try
        {
            var first = await simulator.StandardOutput.ReadLineAsync();
            var second = await simulator.StandardOutput.ReadLineAsync();
            Assert.Contains("http://127.0.0.1:", first, StringComparison.Ordinal);

            // What the user is told to set is all that is needed.
            Assert.StartsWith("export ", second, StringComparison.Ordinal);
            _ = await simulator.StandardOutput.ReadLineAsync();
            string?[] settings = [second, await simulator.StandardOutput.ReadLineAsync(), await simulator.StandardOutput.ReadLineAsync()];
            var environment = settings.SelectMany(line => line!["export ".Length..].Split(' ')).Select(pair => pair.Split('=', 2))
                .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
            environment["XDG_STATE_HOME"] = environment["XDG_CONFIG_HOME"] = environment["XDG_DATA_HOME"] = home.FullName;

            var create = await Tool.SpotClusterAsync(environment, "create", "--name", "demo", "--count", "2", "--region", "us-east-1,eu-west-1", "--force", "--json");
            Assert.True(create.ExitCode == 0, create.ToString());
            var list = await Tool.SpotClusterAsync(environment, "list", "--json");
            Assert.True(list.ExitCode == 0, list.ToString());
            Assert.Equal(2, JsonDocument.Parse(list.Out).RootElement.GetProperty("instances").GetArrayLength());

            Assert.All(
                JsonDocument.Parse(list.Out).RootElement.GetProperty("instances").EnumerateArray(),
                machine => Assert.Equal("Joining", machine.GetProperty("health").GetString()));
            var rented = await Tool.SpotClusterAsync(environment, "instances", "--json");
            Assert.True(rented.ExitCode == 0, rented.ToString());

            await TerminateAsync(simulator);
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            await simulator.WaitForExitAsync(deadline.Token);
            Assert.Equal(0, simulator.ExitCode);
            Assert.Contains("was discarded", await simulator.StandardError.ReadToEndAsync(), StringComparison.Ordinal);

            var without = await Tool.SpotClusterAsync(environment, "identity", "--json");
            Assert.Equal(1, without.ExitCode);
            Assert.Equal("EndpointUnreachable", JsonDocument.Parse(without.Out).RootElement.GetProperty("errors")[0].GetProperty("id").GetString());
        }
        finally
        {
            simulator.Kill(entireProcessTree: true);
            home.Delete(recursive: true);
        }
    }

    // Not SIGINT: a shell that starts the tests in the background has its children ignore that one.
    private static async Task TerminateAsync(Process process) =>
        Assert.Equal(0, (await Tool.RunAsync("kill", new Dictionary<string, string>(), "-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))).ExitCode);
}
