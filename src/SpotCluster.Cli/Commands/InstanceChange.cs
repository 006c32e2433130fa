using System.CommandLine;
using Spectre.Console;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary>A change of some machines that can be taken back, so that nobody is asked: finds them, and shows what became of each.</summary>
/// <param name="Action">What is done to them, as a command: <c>Stop</c>.</param>
/// <param name="ApplyAsync">Changes them, and gives each as it is afterwards.</param>
internal sealed record InstanceChange(string Action, Func<IReadOnlyList<InstanceKey>, IAsyncEnumerable<SpotInstance>> ApplyAsync)
{
    /// <summary>What to know of machines before it is done to them; null for nothing.</summary>
    public Func<IReadOnlyCollection<SpotInstance>, string?> Caution { get; init; } = _ => null;

    /// <summary>Makes the change, or only shows it. Returns the machines that were changed.</summary>
    public async Task<List<SpotInstance>> ExecuteAsync(
        CommandRun run, ParseResult parsed, IEngineSession engine, InstanceQuery query, bool isForced, CancellationToken cancellationToken)
    {
        var isWhatIf = parsed.GetValue(CommonOptions.WhatIf);
        query = query with { IncludeForeign = query.IncludeForeign || parsed.GetValue(VastOptions.IncludeForeign) };
        VastOptions.RefuseUnmanagedAtAws(query);
        run.Report.Add("whatIf", isWhatIf);
        run.Report.Add("instances", Array.Empty<SpotInstance>());
        var chosen = await ChosenInstances.FindAsync(run, engine, query with { IncludePrice = isWhatIf, IncludeHealth = isWhatIf }, cancellationToken).ConfigureAwait(false);
        if (isWhatIf)
        {
            ChosenInstances.ReportWhatIf(run, chosen, Action);
            if (Caution(chosen) is { } caution)
            {
                run.Host.Warning(caution);
            }

            return [];
        }

        await new Consent(IsWhatIf: false, isForced).AskAboutUnmanagedAsync(run, engine.Providers, chosen, Action, cancellationToken).ConfigureAwait(false);
        var changed = new List<SpotInstance>();
        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"{Action}: {changed.Count} of {Cells.Count(chosen.Count, "instance")} changed. To see their states: spotcluster list --instance-id {ChosenInstances.Ids(chosen)}";
        return await run.Host.WatchAsync(async () =>
        {
            await foreach (var machine in ApplyAsync(ChosenInstances.Keys(chosen, query.IncludeForeign)).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                changed.Add(machine);
                run.Report.Append("instances", machine);
                if (!run.IsJson)
                {
                    Report(run, machine);
                }
            }

            return changed;
        }).ConfigureAwait(false);
    }

    private static void Report(CommandRun run, SpotInstance machine)
    {
        var price = machine.HourlyPrice is null ? "" : $", {Cells.HourlyPrice(machine.HourlyPrice)} per hour";
        run.Host.WriteOutput(console =>
        {
            console.Out.Write(Cells.Of($"{ChosenInstances.Describe(machine)}: {machine.State}{price}"));
            console.Out.WriteLine();
        });
    }
}
