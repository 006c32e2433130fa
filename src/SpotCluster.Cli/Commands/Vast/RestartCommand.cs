using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>reboot</c> restarts instances where they are; <c>recycle</c> makes containers at Vast.ai anew from their images.</summary>
internal static class RestartCommand
{
    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt.",
    };

    public static Command Build() => Build(
        "reboot", "Restart instances; at Vast.ai their containers, on the same GPUs.", recycle: false);

    public static Command BuildRecycle() => Build(
        "recycle", "Recreate the containers of instances at Vast.ai from their images, on the same GPUs; data outside volumes is lost.", recycle: true);

    private static Command Build(string name, string description, bool recycle)
    {
        var command = CommonOptions.CloudCommand(name, description, [.. InstanceOptions.All, VastOptions.IncludeForeign, Force, CommonOptions.WhatIf]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, recycle, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, bool recycle, CancellationToken cancellationToken)
    {
        var query = InstanceOptions.ToWorkQuery(parsed);
        if (recycle && query.Ids.Count == 0 && query.Providers.Count == 0)
        {
            query = query with { Providers = [SpotProvider.Vast], EveryCloud = false };
        }

        var isForced = parsed.GetValue(Force);
        if (recycle && !parsed.GetValue(CommonOptions.WhatIf))
        {
            var consent = new Consent(IsWhatIf: false, isForced);
            consent.RequireSomebodyToAsk(run, "the data of instances");
            await consent.AskAsync(run, "Recycle the instances? Data outside volumes is lost.", cancellationToken).ConfigureAwait(false);
        }

        using var engine = run.OpenEngine();
        var change = new InstanceChange(recycle ? "Recycle" : "Reboot", keys => engine.Power.RestartAsync(keys, recycle, run.Host, cancellationToken));
        await change.ExecuteAsync(run, parsed, engine, query, isForced, cancellationToken).ConfigureAwait(false);
    }
}
