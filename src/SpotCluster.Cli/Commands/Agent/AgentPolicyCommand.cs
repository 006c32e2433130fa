using System.CommandLine;
using System.Text.Json.Nodes;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Engine;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Agent;

/// <summary><c>agent policy</c>: the least IAM policy of an agent.</summary>
internal static class AgentPolicyCommand
{
    private static readonly Option<string?> Region = new("--region") { Description = "The only region that the policy allows.", HelpName = "REGION" };

    private static readonly Option<string?> Account = new("--account-id") { Description = "The only account that the policy allows.", HelpName = "ID" };

    private static readonly Option<string?> RequiredTag = new("--required-tag")
    {
        Description = "Tag of the instances that may be terminated; none allows any instance. Default: ManagedBy=SpotOptimizer.",
        HelpName = "KEY=VALUE",
    };

    private static readonly Option<string?> CleanupTag = new("--cleanup-tag")
    {
        Description = "Tag of the images and snapshots that may be deleted; none omits these permissions. Default: ManagedBy=SpotOptimizer.",
        HelpName = "KEY=VALUE",
    };

    private static readonly Option<bool> LaunchReplica = new("--launch-replica")
    {
        Description = "Also allow launching replicas for manual replica mode.",
    };

    public static Command Build()
    {
        var command = CommonOptions.Command("policy", "Write the minimal IAM policy for an agent, as JSON.", Region, Account, RequiredTag, CleanupTag, LaunchReplica);
        command.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(parsed, (run, _) => Execute(run, parsed), cancellationToken));
        return command;
    }

    private static Task Execute(CommandRun run, ParseResult parsed)
    {
        var policy = SpotEngine.GetAgentPolicy(
            parsed.GetValue(Region), parsed.GetValue(Account), TagOf(parsed, RequiredTag), TagOf(parsed, CleanupTag), parsed.GetValue(LaunchReplica));
        if (run.IsJson)
        {
            run.Report.Add("policy", JsonNode.Parse(policy));
        }
        else
        {
            run.Console.WriteDocument(policy);
        }

        return Task.CompletedTask;
    }

    private static string? TagOf(ParseResult parsed, Option<string?> option)
    {
        var text = parsed.GetValue(option) ?? AgentOptions.DefaultTag;
        if (text.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return text.IndexOf('=', StringComparison.Ordinal) > 0
            ? text
            : throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{text}' is not valid for {option.Name}: specify key=value, or none.");
    }
}
