using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;

namespace SpotCluster.Cli.Commands;

/// <summary><c>identity</c>: who the cloud says we are, and where the credentials come from.</summary>
internal static class IdentityCommand
{
    public static Command Build()
    {
        var command = CommonOptions.CloudCommand("identity", "Show which account and role the credentials belong to.");
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, ExecuteAsync, cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, CancellationToken cancellationToken)
    {
        using var engine = run.OpenEngine();
        var identity = await run.Host.TrackAsync(() => engine.GetIdentityAsync(cancellationToken)).ConfigureAwait(false);
        run.Report.Add("identity", identity);
        if (!run.IsJson)
        {
            IdentityTable.Write(run.Console, identity);
        }
    }
}
