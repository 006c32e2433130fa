using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;

namespace SpotCluster.Cli.Commands;

/// <summary><c>user-data</c>: what each machine of a cluster would be told at its first boot.</summary>
internal static class UserDataCommand
{
    public static Command Build()
    {
        var command = CommonOptions.Command(
            "user-data",
            "Show the user data that an instance would get, secrets masked, without a call to a provider.",
            [ClusterOptions.Name, ClusterOptions.ExpiresIn, ClusterOptions.MaxIdle, .. NodeOptions.All, CommonOptions.ConfigurationPath]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, _) => Execute(run, parsed), cancellationToken));
        return command;
    }

    private static Task Execute(CommandRun run, ParseResult parsed)
    {
        using var engine = run.OpenEngine();
        var data = engine.GetUserData(ClusterOptions.ToNodeRequest(parsed));
        run.Report.Add("userData", data);
        if (!run.IsJson)
        {
            run.Console.OutWriter.Write(data.Text);
        }

        Messages.WriteNote(run.Console, UserDataText.Summary(data));
        return Task.CompletedTask;
    }
}
