using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary>Destroys machines by id, and waits until each is seen terminated.</summary>
internal static class InstanceDestruction
{
    public static async Task ExecuteAsync(
        CommandRun run, IEngineSession engine, string[] ids, string[] regions, Consent consent, CancellationToken cancellationToken)
    {
        consent.RequireSomebodyToAsk(run, Cells.Count(ids.Length, "instance"));
        run.Report.Add("whatIf", consent.IsWhatIf);
        InstanceKey[] keys;
        // An id takes one region with it; several, or a pattern, are looked through first.
        if (consent.NeedsPreview || (regions.Length > 0 && ChosenInstances.Keys(ids, regions)[0].Region is null))
        {
            var found = await run.Host.TrackAsync(async () => await engine.Clusters
                .GetInstancesAsync(new InstanceQuery { Ids = ids, Regions = regions }, run.Host, cancellationToken)
                .ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            run.Report.Add("instances", found);
            Show(run, consent, found);
            string[] missing = [.. ids.Except(found.Select(instance => instance.Id), StringComparer.Ordinal)];
            if (found.Count == 0 && run.Host.ErrorCount == 0)
            {
                throw NotFound(string.Join(", ", missing));
            }

            foreach (var id in missing)
            {
                run.Host.Error(NotFound(id));
            }

            if (consent.IsWhatIf || found.Count == 0)
            {
                Messages.WriteNote(run.Console, consent.IsWhatIf ? "What if: nothing was changed." : "Nothing was changed.");
                return;
            }

            // Only what was shown is covered by the answer.
            keys = ChosenInstances.Keys(found);
            await consent.AskAsync(run, $"Destroy {Cells.Count(found.Count, "instance")}, {Cells.HourlyPrice(InstanceTable.Sum(found))} per hour?", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            keys = ChosenInstances.Keys(ids, regions);
        }

        await RemoveAsync(run, engine, keys, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RemoveAsync(CommandRun run, IEngineSession engine, InstanceKey[] keys, CancellationToken cancellationToken)
    {
        var removals = new RemovalLog();
        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"{removals.GoneCount} of {keys.Length} are removed; the others may still be terminating. To see their states: spotcluster list --instance-id {string.Join(',', keys.Select(key => key.Id))}";
        run.Report.Add("removals", Array.Empty<SpotRemoval>());
        await run.Host.TrackAsync(async () =>
        {
            await engine.Removal.RemoveInstancesAsync(
                keys,
                removal =>
                {
                    removals.Add(removal);
                    run.Report.Append("removals", removal);
                },
                run.Host,
                cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);

        var outcomes = removals.ToArray();
        if (!run.IsJson)
        {
            RemovalTable.Write(run.Console, outcomes);
        }

        // The engine reports each one that is left; the exit code must not depend on its having done so.
        if (run.Host.ErrorCount > 0)
        {
            return;
        }

        var gone = outcomes.Where(removal => RemovalTable.IsGone(removal.Outcome)).Select(removal => removal.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var key in keys.Where(key => !gone.Contains(key.Id)))
        {
            run.Host.Error(new SpotException(SpotErrorIds.InstanceNotRemoved, SpotErrorCategory.Busy, $"Instance '{key.Id}' was not verified as removed.")
            {
                Target = key.Id,
            });
        }
    }

    private static void Show(CommandRun run, Consent consent, List<SpotInstance> found)
    {
        if (found.Count > 0 && (!run.IsJson || !consent.IsWhatIf))
        {
            var target = consent.IsWhatIf ? run.Console.Out : run.Console.Error;
            InstanceTable.Write(target, run.Console, found, run.Now);
        }
    }

    private static SpotException NotFound(string ids) =>
        new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No instance '{ids}' exists in the regions that were listed.") { Target = ids };
}
