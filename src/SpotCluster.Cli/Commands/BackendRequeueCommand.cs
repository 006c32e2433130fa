using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>backend requeue</c>: lets terminations that a backend has given up be tried again.</summary>
internal static class BackendRequeueCommand
{
    private static readonly Option<bool> All = new("--all") { Description = "Every dead letter." };

    private static readonly Option<string?> AgentId = new("--agent-id") { Description = "Only the dead letters of this agent.", HelpName = "ID" };

    private static readonly Option<string?> Url = new("--backend-url")
    {
        Description = $"Address of the backend. Default: {BackendAdmin.UrlVariable}, then http://127.0.0.1:5080.",
        HelpName = "URL",
    };

    private static readonly Option<string?> TokenFile = new("--admin-token-file")
    {
        Description = $"File with the admin token. Default: {BackendAdmin.TokenVariable}, then the file of a local backend.",
        HelpName = "FILE",
    };

    public static Command Build()
    {
        var command = CommonOptions.Command("requeue", "Retry terminations that were given up.", All, AgentId, Url, TokenFile);
        command.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var agentId = parsed.GetValue(AgentId);
        if (!parsed.GetValue(All) && agentId is null)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--all or --agent-id is required.");
        }

        using var backend = BackendAdmin.Open(parsed.Address(Url), parsed.GetValue(TokenFile), run.Host.Warning);
        var count = await backend.RequeueAllAsync(agentId, cancellationToken).ConfigureAwait(false);
        run.Report.Add("requeued", count);
        if (!run.IsJson)
        {
            run.Console.OutWriter.WriteLine($"{Cells.Count(count, "termination")} requeued.");
        }
    }
}
