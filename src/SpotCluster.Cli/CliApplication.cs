using System.CommandLine;
using System.CommandLine.Parsing;
using SpotCluster.Cli.Commands;
using SpotCluster.Cli.Commands.Agent;
using SpotCluster.Cli.Commands.Vast;
using SpotCluster.Cli.Consoles;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli;

/// <summary>The console program: reads the command line, runs one command, returns its exit code (<see cref="ExitCode"/>).</summary>
internal static class CliApplication
{
    /// <summary>Every command. Its options are shared by the commands, so that there can be one tree in a process.</summary>
    internal static RootCommand Root { get; } = CreateRootCommand();

    /// <summary>Runs the program once. Never throws: a failure is told on the console and in the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliEnvironment environment, CancellationToken cancellationToken)
    {
        // An argument that starts with @ is an argument, not a file to read options from.
        var parsed = Root.Parse([.. args], new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (FindUsageError(parsed) is { } problem)
        {
            return ReportUsageError(parsed, problem, environment.Console);
        }

        var configuration = new CliInvocation(environment)
        {
            Output = environment.Console.OutWriter,
            Error = environment.Console.ErrorWriter,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        using var telemetry = Telemetry.Start();
        using var command = CallTraces.Source.StartActivity("spotcluster " + parsed.CommandResult.Command.Name);
        return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
    }

    private static RootCommand CreateRootCommand()
    {
        var root = new RootCommand("Launches spot clusters, shows what runs and what it costs, and verifies that it is removed.")
        {
            CreateCommand.Build(),
            UserDataCommand.Build(),
            ListCommand.Build(),
            StatusCommand.Build(),
            ResizeCommand.Build(),
            StartCommand.Build(),
            StopCommand.Build(),
            SetCommand.Build(),
            WaitCommand.Build(),
            SshCommand.Build(),
            RunCommand.Build(),
            CopyCommand.Build(),
            CostCommand.Build(),
            ReportCommand.Build(),
            OffersCommand.Build(),
            PricesCommand.Build(),
            QuotaCommand.Build(),
            PolicyCommand.Build(),
            DestroyCommand.Build(),
            NukeCommand.Build(),
            ResourcesCommand.Build(),
            IdentityCommand.Build(),
            LoginCommand.Build(),
            ConfigCommand.Build(),
            BackendCommand.Build(),
            AgentCommand.Build(),
            SimulatorCommand.Build(),
            RentCommand.Build(),
            RentCommand.BuildReserve(),
            AutoCommand.Build(),
            InstancesCommand.Build(),
            LogsCommand.Build(),
            RestartCommand.Build(),
            RestartCommand.BuildRecycle(),
            RentalDestruction.BuildDestroyAll(),
            RehearseCommand.Build(),
        };
        root.SetAction(parsed =>
        {
            root.Parse(["--help"]).Invoke(parsed.InvocationConfiguration);
            return ExitCode.BadInput;
        });
        return root;
    }

    private static string? FindUsageError(ParseResult parsed)
    {
        if (parsed.Errors.Count > 0)
        {
            return parsed.Errors[0].Message;
        }

        // "--name --force" is a forgotten name, and not a cluster called --force.
        return parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(option => option.Tokens.Any(token => token.Value.StartsWith("--", StringComparison.Ordinal)))
            .Select(option => $"Required argument missing for option: '{option.Option.Name}'")
            .FirstOrDefault();
    }

    private static int ReportUsageError(ParseResult parsed, string problem, IConsole console)
    {
        var command = string.Join(' ', Ancestors(parsed.CommandResult).Reverse());
        var error = new SpotException(
            SpotErrorIds.ParameterInvalid,
            SpotErrorCategory.InvalidArgument,
            $"{problem.TrimEnd('.')}; see {command} --help.");
        Messages.WriteError(console, error);
        if (parsed.Tokens.Any(token => token.Value == CommonOptions.JsonName))
        {
            var document = new JsonReport();
            document.AddError(error);
            console.WriteDocument(document.ToJson(ExitCode.BadInput));
        }

        return ExitCode.BadInput;
    }

    private static IEnumerable<string> Ancestors(CommandResult? result)
    {
        for (; result is not null; result = result.Parent as CommandResult)
        {
            yield return result.Command is RootCommand ? "spotcluster" : result.Command.Name;
        }
    }
}
