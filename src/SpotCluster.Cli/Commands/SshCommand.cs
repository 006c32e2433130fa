using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>ssh</c>: a session on one machine, on this terminal; it ends with the exit code of ssh.</summary>
internal static class SshCommand
{
    private static readonly Argument<string> Id = new("ID")
    {
        Description = "The instance, as 'spotcluster list' shows it.",
    };

    private static readonly Argument<string[]> CommandWords = new("COMMAND")
    {
        Description = "Command to run after -- instead of a shell; its words are joined by spaces, as ssh does.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "ssh",
            "Open a session on an instance: spotcluster ssh ID, or run one command: spotcluster ssh ID -- uptime",
            CommonOptions.Region,
            NodeOptions.PrivateKeyPath);
        command.Add(Id);
        command.Add(CommandWords);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (run.IsJson)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--json is not supported with 'spotcluster ssh': the output of a session is that of the instance. Use 'spotcluster run' with --json.");
        }

        var query = new InstanceQuery
        {
            Ids = [parsed.GetValue(Id)!],
            Regions = parsed.List(CommonOptions.Region),
            IncludePrice = false,
            IncludeHealth = false,
        };
        using var engine = run.OpenEngine();
        var found = await ChosenInstances.FindAsync(run, engine, query, cancellationToken).ConfigureAwait(false);
        if (found is not [var machine])
        {
            return;
        }

        run.AfterInterruption = () => $"The session on {machine.Id} was closed.";
        var words = parsed.GetValue(CommandWords) ?? [];
        var code = await Task.Run(
            () => engine.Ssh.Enter(machine, parsed.GetValue(NodeOptions.PrivateKeyPath), words.Length == 0 ? null : string.Join(' ', words), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        run.EndWith(code);
    }
}
