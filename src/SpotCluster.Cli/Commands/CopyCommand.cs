using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>copy</c>: files and folders to an instance or from it, with the system's scp or rsync.</summary>
internal static class CopyCommand
{
    private static readonly Argument<string> Source = new("SOURCE")
    {
        Description = "A local path, or ID:PATH on an instance.",
    };

    private static readonly Argument<string> Destination = new("DESTINATION")
    {
        Description = "A local path, or ID:PATH on an instance.",
    };

    private static readonly Option<string[]> Exclude = new("--exclude")
    {
        Description = "Patterns to exclude; repeatable. Requires rsync on both sides.",
        HelpName = "PATTERN",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "copy", "Copy files and folders: spotcluster copy ./data ID:/workspace, or spotcluster copy ID:/workspace/out .", CommonOptions.Region, NodeOptions.PrivateKeyPath, Exclude);
        command.Add(Source);
        command.Add(Destination);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (id, copy) = Read(parsed.GetValue(Source)!, parsed.GetValue(Destination)!);
        var query = new InstanceQuery { Ids = [id], Regions = parsed.List(CommonOptions.Region), IncludePrice = false, IncludeHealth = false };
        using var engine = run.OpenEngine();
        var found = await ChosenInstances.FindAsync(run, engine, query, cancellationToken).ConfigureAwait(false);
        if (found is not [var machine])
        {
            return;
        }

        run.AfterInterruption = () => "The copy was canceled; the target may be incomplete.";
        var code = await Task.Run(
            () => engine.Ssh.Copy(machine, copy with { Exclude = parsed.GetValue(Exclude) ?? [] }, parsed.GetValue(NodeOptions.PrivateKeyPath), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        run.Report.Add("exitCode", code);
        if (code != 0)
        {
            run.Host.Error(SshService.CopyFailed(machine, copy, code));
        }

        run.EndWith(code);
    }

    /// <summary>Which side is the instance.</summary>
    internal static (string Id, SshCopy Copy) Read(string source, string destination) => (Split(source), Split(destination)) switch
    {
        ({ } from, null) => (from.Id, new SshCopy(destination, from.Path, IsUpload: false)),
        (null, { } to) => (to.Id, new SshCopy(source, to.Path, IsUpload: true)),
        _ => throw new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "Exactly one side must be an instance, as ID:PATH: spotcluster copy ./data 28116358:/workspace"),
    };

    private static (string Id, string Path)? Split(string text)
    {
        var at = text.IndexOf(':', StringComparison.Ordinal);
        return at > 0 && (InstanceKey.IsVastId(text[..at]) || text.StartsWith("i-", StringComparison.Ordinal)) ? (text[..at], text[(at + 1)..]) : null;
    }
}
