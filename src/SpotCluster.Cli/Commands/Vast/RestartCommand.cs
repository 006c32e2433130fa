using System.CommandLine;
using System.Runtime.CompilerServices;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>reboot</c> restarts the containers of instances; <c>recycle</c> makes them anew from their images.</summary>
internal static class RestartCommand
{
    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt.",
    };

    public static Command Build() => Build(
        "reboot", "Restart the containers of instances at Vast.ai, on the same GPUs.", recycle: false);

    public static Command BuildRecycle() => Build(
        "recycle", "Make the containers of instances at Vast.ai anew from their images, on the same GPUs; what was written outside of volumes is lost.", recycle: true);

    private static Command Build(string name, string description, bool recycle)
    {
        var command = CommonOptions.CloudCommand(name, description, [.. MachineOptions.All, VastOptions.IncludeForeign, Force, CommonOptions.WhatIf]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, recycle, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, bool recycle, CancellationToken cancellationToken)
    {
        var query = MachineOptions.ToWorkQuery(parsed);
        if (query.Ids.Count == 0 && query.Providers.Count == 0)
        {
            query = query with { Providers = [SpotProvider.Vast], EveryCloud = false };
        }

        var isForced = parsed.GetValue(Force);
        if (recycle && !parsed.GetValue(CommonOptions.WhatIf))
        {
            var consent = new Consent(IsWhatIf: false, isForced);
            consent.RequireSomebodyToAsk(run, "the data of instances");
            await consent.AskAsync(run, "Recycle the instances? What was written outside of volumes is lost.", cancellationToken).ConfigureAwait(false);
        }

        using var engine = run.OpenEngine();
        var change = new MachineChange(recycle ? "Recycle" : "Reboot", keys => ApplyAsync(run, engine.Vast, keys, recycle, cancellationToken));
        await change.ExecuteAsync(run, parsed, engine, query, isForced, cancellationToken).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<SpotInstance> ApplyAsync(
        CommandRun run, IVastService vast, IReadOnlyList<InstanceKey> keys, bool recycle, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            SpotInstance instance;
            try
            {
                instance = key.IsVast
                    ? await vast.RestartAsync(key, recycle, run.Host, cancellationToken).ConfigureAwait(false)
                    : throw new SpotException(SpotErrorIds.InstanceNotChangeable, SpotErrorCategory.InvalidOperation, $"{key.Id} is an instance of AWS, which is not restarted here.")
                    {
                        Target = key.Id,
                    };
            }
            catch (SpotException error) when (error.Category is not SpotErrorCategory.Authentication and not SpotErrorCategory.Connection)
            {
                run.Host.Error(error);
                continue;
            }

            yield return instance;
        }
    }
}
