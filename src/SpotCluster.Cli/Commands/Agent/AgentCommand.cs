using System.CommandLine;
using SpotCluster.Cli.Hosting;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Cli.Commands.Agent;

/// <summary><c>agent</c>: terminates what the backend has marked, until it is stopped or once.</summary>
internal static class AgentCommand
{
    private static readonly Option<bool> Once = new("--once") { Description = "Run one pass and report its outcome in the exit code." };

    private static readonly Option<string?> LogFormat = new("--log-format")
    {
        Description = "Log format: text, as the original agent writes it, or json. Default: text.",
        HelpName = "FORMAT",
    };

    private static readonly WordTable<bool> Formats = new() { ["text"] = false, ["json"] = true };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "agent",
            "Terminate the instances that the backend has marked, until stopped; --once for one pass.",
            [Once, CommonOptions.WhatIf, .. AgentArguments.All, LogFormat]);

        // The guide looks for the worker with `ps aux | grep cleanup`; the service is started by this name.
        command.Aliases.Add("cleanup-agent");
        command.Add(AgentPolicyCommand.Build());
        command.Add(AgentInstallCommand.Build());

        // Being stopped is how a service ends: that is no interruption. One pass is a command like any other.
        command.SetAction((parsed, stop) => parsed.GetValue(Once) || parsed.GetValue(CommonOptions.WhatIf)
            ? CommandRun.RunAsync(parsed, (run, token) => RunOnceAsync(run, parsed, token), stop)
            : CommandRun.RunAsync(parsed, (run, _) => ServeAsync(run, parsed, stop), CancellationToken.None));
        return command;
    }

    private static async Task RunOnceAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var isWhatIf = parsed.GetValue(CommonOptions.WhatIf);
        run.AfterInterruption = () => isWhatIf ? null : "Pending removals are recorded; the next pass checks their outcome.";
        using var engine = run.OpenEngine();
        var options = ReadOptions(run, parsed);
        using var file = options.LogFile is { } path ? new AgentLogFile(path) : null;
        using var agent = engine.OpenAgent(options, LogOf(
            run, parsed, file, parsed.GetValue(CommonOptions.Verbose) ? AgentLogLevel.Debug : AgentLogLevel.Info, !isWhatIf || parsed.GetValue(CommonOptions.Verbose)));
        WarnOf(agent, options, run);
        var pass = await agent.RunPassAsync(new PassScope { WhatIf = isWhatIf }, null, run.Host, cancellationToken).ConfigureAwait(false);
        run.Report.Add("pass", pass);
        if (!run.IsJson)
        {
            AgentPassTable.Write(run.Console, pass);
        }

        if (pass.Pending > 0)
        {
            Messages.WriteNote(run.Console, $"{Cells.Count(pass.Pending, "termination")} not yet confirmed by the backend; the next pass continues.");
        }
    }

    private static async Task ServeAsync(CommandRun run, ParseResult parsed, CancellationToken stop)
    {
        using var engine = run.OpenEngine();
        var options = ReadOptions(run, parsed);
        using var file = options.LogFile is { } path ? new AgentLogFile(path) : null;
        using var agent = engine.OpenAgent(options, LogOf(run, parsed, file, AgentLogLevel.Info, isShown: true));
        var (passes, removed) = (0, 0);

        // The failure of one machine is in the log and at the backend; the agent itself has not failed.
        await AgentHost.RunAsync(
            token => agent.RunAsync(pass => (passes, removed) = (passes + 1, removed + Removed(pass)), SilentHost.Instance, token),
            options.MetricsPort,
            address => agent.Note("metrics", $"Prometheus metrics are served at {address}"),
            stop).ConfigureAwait(false);
        run.Report.Add("passes", passes);
        run.Report.Add("removed", removed);
        Messages.WriteNote(run.Console, $"The agent stopped after {Cells.Count(passes, "pass", "passes")}; {Cells.Count(removed, "removal")}.");
    }

    private static AgentOptions ReadOptions(CommandRun run, ParseResult parsed) =>
        new AgentSettingsReader(AgentArguments.Read(parsed), environment: null, run.Host.Warning).Read();

    private static int Removed(AgentPass pass) => pass.Removals.Count(removal => removal.Outcome == SpotRemovalOutcome.Removed);

    private static void WarnOf(CleanupAgent agent, AgentOptions options, CommandRun run)
    {
        if (agent.IsTokenExposed)
        {
            run.Host.Warning($"The token is sent to {options.ServerUrl} in clear text. Use https or a tunnel.");
        }
    }

    private static IAgentLog LogOf(CommandRun run, ParseResult parsed, AgentLogFile? file, AgentLogLevel least, bool isShown)
    {
        var isJson = parsed.Choice(LogFormat, Formats);
        IAgentLog shown = isShown || isJson is not null ? new ConsoleAgentLog(run.Console, isJson ?? false, least) : SilentAgentLog.Instance;
        return file is null ? shown : new AgentLogs(shown, file);
    }
}
