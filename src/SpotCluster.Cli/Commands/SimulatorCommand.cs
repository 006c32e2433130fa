using System.CommandLine;
using Spectre.Console;
using SpotCluster.Cli.Hosting;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Cli.Commands;

/// <summary><c>simulator</c>: the simulated clouds over HTTP, for any tool, until Ctrl+C.</summary>
internal static class SimulatorCommand
{
    private static readonly WordTable<VastFate> Fates = new()
    {
        ["runs"] = VastFate.Runs,
        ["stuck-loading"] = VastFate.StuckLoading,
        ["load-error"] = VastFate.LoadError,
        ["exits"] = VastFate.Exits,
        ["goes-offline"] = VastFate.GoesOffline,
        ["parked"] = VastFate.Parked,
        ["offer-gone"] = VastFate.OfferGone,
    };

    private static readonly Option<string?> Port = new("--port")
    {
        Description = "Port on the loopback address. Default: a free port.",
        HelpName = "N",
    };

    private static readonly Option<string?> Seed = new("--seed")
    {
        Description = "Seed of all random choices and ids. Default: 1.",
        HelpName = "N",
    };

    private static readonly Option<string?> Latency = new("--latency")
    {
        Description = "Latency of every call, for example 100ms. Default: none.",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> Faults = new("--faults", "--fault-path")
    {
        Description = "JSON file with the faults to simulate.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> VastCredit = new("--vast-credit")
    {
        Description = "Credit at Vast.ai in USD. Default: 25.",
        HelpName = "USD",
    };

    private static readonly Option<string[]> VastFates = new("--vast-fate")
    {
        Description = $"Outcomes of the next instances rented at Vast.ai, in order: {Fates.Words}. Default: runs.",
        HelpName = "FATE[,FATE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> VastOldList = new("--vast-old-list")
    {
        Description = "Also serve the old list of Vast.ai (GET /api/v0/instances/), which the service answers with 410.",
    };

    private static readonly Option<bool> VastEmptyDelete = new("--vast-empty-delete")
    {
        Description = "Answer deletes at Vast.ai with 204 and an empty body instead of JSON.",
    };

    private static readonly Option<string?> Shell = new("--shell")
    {
        Description = "Shell for the printed lines: powershell or sh. Default: the current shell.",
        HelpName = "SHELL",
    };

    public static Command Build()
    {
        var command = CommonOptions.Command(
            "simulator", "Simulate AWS, Vast.ai and a Bacalhau orchestrator over HTTP on this computer, for any tool, until Ctrl+C.",
            Port, Seed, Latency, Faults, VastCredit, VastFates, VastOldList, VastEmptyDelete, Shell);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var port = parsed.WholeNumber(Port, 0, 65_535, SpotErrorIds.ParameterInvalid) ?? 0;
        var seed = parsed.WholeNumber(Seed, 0, int.MaxValue, SpotErrorIds.ParameterInvalid) ?? 1;
        var latency = parsed.Duration(Latency, SpotErrorIds.ParameterInvalid) ?? TimeSpan.Zero;

        // Other processes live in real time, so the cloud does too.
        var isPowerShell = parsed.GetValue(Shell)?.ToLowerInvariant() switch
        {
            null => IsInPowerShell,
            "powershell" or "pwsh" => true,
            "sh" or "bash" => false,
            var other => throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{other}' is not valid for --shell: powershell and sh are.") { Target = other },
        };
        using var cloud = new SimulatedCloud(new SimulatorOptions
        {
            Seed = seed,
            Latency = latency,
            Clock = TimeProvider.System,
            Vast = new SimulatedVastOptions { Credit = parsed.Number(VastCredit, -1_000_000, 1_000_000) ?? new SimulatedVastOptions().Credit, OldList = parsed.GetValue(VastOldList), EmptyDeleteBody = parsed.GetValue(VastEmptyDelete) },
        });
        cloud.Vast.SetFates([.. parsed.List(VastFates, distinct: false).Select(word => Fates.Find(word) ?? throw new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{word}' is not valid for --vast-fate: specify one or more of {Fates.Words}.") { Target = word })]);
        if (parsed.GetValue(Faults) is { } path)
        {
            AddFaults(cloud, path);
        }

        await using var host = await StartAsync(cloud, port, cancellationToken).ConfigureAwait(false);
        Report(run, host.Address, cloud, isPowerShell);

        // To be stopped is how it ends, and no failure.
        await Task.Delay(Timeout.InfiniteTimeSpan, run.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Messages.WriteNote(run.Console, "The simulated cloud was discarded with everything in it.");
    }

    private static void AddFaults(SimulatedCloud cloud, string path)
    {
        try
        {
            cloud.Faults.AddFile(path);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Cannot use the fault file '{path}': {e.Message}", e)
            {
                Target = path,
            };
        }
    }

    private static async Task<SimulatorHost> StartAsync(SimulatedCloud cloud, int port, CancellationToken cancellationToken)
    {
        try
        {
            return await SimulatorHost.StartAsync(cloud, port, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Cannot open port {Cells.Number(port)}: {e.Message}", e)
            {
                Target = port,
                RecommendedAction = "Choose another --port, or omit it to use a free port.",
            };
        }
    }

    private static void Report(CommandRun run, Uri address, SimulatedCloud cloud, bool isPowerShell)
    {
        var endpoint = address.GetLeftPart(UriPartial.Authority);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL"] = endpoint,
            ["AWS_ACCESS_KEY_ID"] = "simulator",
            ["AWS_SECRET_ACCESS_KEY"] = "simulator",
            ["AWS_DEFAULT_REGION"] = "us-east-1",
        };
        var vast = new Dictionary<string, string>(StringComparer.Ordinal) { ["VAST_URL"] = endpoint, ["VAST_API_KEY"] = SimulatedVast.DefaultKey };
        var nodes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SPOTCLUSTER_ORCHESTRATORS"] = cloud.Orchestrator.Address,
            ["SPOTCLUSTER_ORCHESTRATOR_URL"] = endpoint,
        };
        if (run.IsJson)
        {
            run.Report.Add("endpointUrl", endpoint);
            run.Report.Add("environment", environment);
            run.Report.Add("vastEnvironment", vast);
            run.Report.Add("orchestratorEnvironment", nodes);
            run.WriteReport();
            return;
        }

        run.Console.Out.WriteLine($"The simulated cloud listens at {endpoint} until Ctrl+C. To use it, set in any other shell:");
        run.Console.Out.WriteLine(Setting(environment, isPowerShell));
        run.Console.Out.WriteLine("For GPU instances at Vast.ai and nodes of a Bacalhau orchestrator, also set:");
        run.Console.Out.WriteLine(Setting(vast, isPowerShell));
        run.Console.Out.WriteLine(Setting(nodes, isPowerShell));
        run.Console.OutWriter.Flush();
    }

    // PowerShell sets this variable for what it starts; on Windows everything has it, and PowerShell is the usual shell.
    private static bool IsInPowerShell => Environment.GetEnvironmentVariable("PSModulePath") is { Length: > 0 };

    private static string Setting(Dictionary<string, string> variables, bool isPowerShell) => isPowerShell
        ? string.Join("; ", variables.Select(pair => $"$env:{pair.Key} = '{pair.Value}'"))
        : $"export {string.Join(' ', variables.Select(pair => $"{pair.Key}={pair.Value}"))}";
}
