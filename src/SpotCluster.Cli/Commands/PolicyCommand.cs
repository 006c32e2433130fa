using System.CommandLine;
using System.Text.Json.Nodes;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>policy</c>: the least IAM policy of somebody who uses SpotCluster.</summary>
internal static class PolicyCommand
{
    private static readonly WordTable<SpotTask> Tasks = new()
    {
        ["list"] = SpotTask.List,
        ["launch"] = SpotTask.Launch,
        ["change"] = SpotTask.Change,
        ["remove"] = SpotTask.Remove,
        ["all"] = SpotTask.All,
    };

    private static readonly Option<string[]> What = new("--task")
    {
        Description = "Tasks to allow: list, launch, change (start, stop, set), remove, separated by commas. Default: all.",
        HelpName = "TASK[,TASK]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> IncludeForeign = new("--include-foreign")
    {
        Description = "Also allow changing and removing unmanaged instances.",
    };

    public static Command Build()
    {
        var command = CommonOptions.Command(
            "policy", "Write the minimal IAM policy for tasks with SpotCluster, as JSON.", What, CommonOptions.Region, IncludeForeign, CommonOptions.ConfigurationPath);
        command.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(parsed, (run, _) => Execute(run, parsed), cancellationToken));
        return command;
    }

    private static Task Execute(CommandRun run, ParseResult parsed)
    {
        using var engine = run.OpenEngine();
        var words = parsed.List(What);
        var tasks = words.Aggregate((SpotTask)0, (sum, word) => sum | (Tasks.Find(word) ?? throw new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{word}' is not valid for --task.")
        {
            Target = word,
            RecommendedAction = $"Specify one or more of {Tasks.Words}.",
        }));
        var policy = SpotEngine.GetPolicy(
            engine.Configuration.Require().Settings, words.Length == 0 ? SpotTask.All : tasks, parsed.List(CommonOptions.Region), parsed.GetValue(IncludeForeign));
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
}
