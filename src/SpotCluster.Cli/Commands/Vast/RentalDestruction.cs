using System.CommandLine;
using Spectre.Console;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary>Destroys machines at Vast.ai: some by id, or all that we rented, and says so of those that were seen to be gone.</summary>
internal static class RentalDestruction
{
    /// <summary><c>destroy-all</c>, which is <c>destroy --all --provider vast</c>.</summary>
    public static Command BuildDestroyAll(CliEnvironment environment)
    {
        var command = CommonOptions.CloudCommand(
            "destroy-all",
            "Destroy every machine that was rented here at Vast.ai, to stop all billing.",
            VastOptions.IncludeForeign,
            VastOptions.Force,
            CommonOptions.WhatIf,
            CommonOptions.Timeout,
            VastOptions.OnlyVast);
        command.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(
            environment,
            parsed,
            (run, token) =>
            {
                VastOptions.RequireVast(parsed, "destroy-all");
                var scope = new VastRemovalScope { IncludeForeign = parsed.GetValue(VastOptions.IncludeForeign) };
                var limit = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid);
                return AllAsync(
                    run,
                    limit is { } timeout ? scope with { Timeout = timeout } : scope,
                    new Consent(parsed.GetValue(CommonOptions.WhatIf), VastOptions.IsForced(parsed)),
                    token);
            },
            cancellationToken));
        return command;
    }

    /// <summary>Destroys a scope, with a proof.</summary>
    public static async Task AllAsync(CommandRun run, VastRemovalScope scope, Consent consent, CancellationToken cancellationToken)
    {
        var what = scope.ClusterName is { } cluster ? $"cluster '{cluster}'" : scope.IncludeForeign ? "every machine of the account" : "every machine of yours";
        consent.RequireSomebodyToAsk(run, what);
        run.Report.Add("whatIf", consent.IsWhatIf);
        using var engine = run.OpenEngine();
        var planned = await run.Host.TrackAsync(() => engine.Vast.PlanRemovalAsync(scope, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("instances", planned);
        if (planned.Count > 0 && consent.NeedsPreview && !run.IsJson)
        {
            RentalTable.Write(run.Console, planned);
        }

        if (consent.IsWhatIf)
        {
            Messages.WriteNote(run.Console, $"What if: {Cells.Count(planned.Count, "machine")} would be destroyed; nothing was changed.");
            return;
        }

        if (planned.Count > 0)
        {
            await consent.AskAsync(
                run,
                $"Destroy {Cells.Count(planned.Count, "machine")}, {Cells.HourlyPrice(InstanceTable.Sum(planned))} per hour? Their data is lost.",
                cancellationToken).ConfigureAwait(false);
        }

        Say(run, planned.Count == 0 ? "No active instances." : $"Found {planned.Count} active instance(s). Destroying all...");
        var removals = new RemovalLog();
        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"{removals.GoneCount} of {planned.Count} are gone. To finish, run the same command again.";
        run.Report.Add("removals", Array.Empty<SpotRemoval>());
        var proof = await run.Host.TrackAsync(() => engine.Vast.RemoveAllAsync(
            scope,
            removal =>
            {
                removals.Add(removal);
                run.Report.Append("removals", removal);
            },
            run.Host,
            cancellationToken)).ConfigureAwait(false);
        run.Report.Add("proof", proof);
        var outcomes = removals.ToArray();
        foreach (var removal in outcomes)
        {
            Say(run, Line(removal, planned));
        }

        if (outcomes.Length > 0)
        {
            Say(run, $"Destroyed {outcomes.Count(removal => RemovalTable.IsGone(removal.Outcome))}/{outcomes.Length} instance(s)");
        }

        if (proof.Proven)
        {
            Messages.WriteNote(run.Console, $"Proven: nothing of {what} is left; {Cells.Count(proof.Listings, "complete listing")}, the last two empty.");
        }
    }

    /// <summary>Destroys machines by id.</summary>
    public static async Task MachinesAsync(CommandRun run, string[] ids, bool includeForeign, Consent consent, CancellationToken cancellationToken)
    {
        consent.RequireSomebodyToAsk(run, Cells.Count(ids.Length, "machine"));
        run.Report.Add("whatIf", consent.IsWhatIf);
        using var engine = run.OpenEngine();
        if (consent.NeedsPreview)
        {
            var found = await run.Host.TrackAsync(async () => await engine.Vast
                .GetInstancesAsync(new InstanceQuery { Ids = ids, IncludeForeign = true }, run.Host, cancellationToken)
                .ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            run.Report.Add("instances", found);
            if (found.Count > 0 && !run.IsJson)
            {
                RentalTable.Write(run.Console, found);
            }

            string[] missing = [.. ids.Except(found.Select(instance => instance.Id), StringComparer.Ordinal)];
            if (found.Count == 0)
            {
                throw NotFound(string.Join(", ", missing));
            }

            foreach (var id in missing)
            {
                run.Host.Error(NotFound(id));
            }

            if (consent.IsWhatIf)
            {
                Messages.WriteNote(run.Console, "What if: nothing was changed.");
                return;
            }

            await consent.AskAsync(
                run,
                $"Destroy {Cells.Count(found.Count, "machine")}, {Cells.HourlyPrice(InstanceTable.Sum(found))} per hour? Their data is lost.",
                cancellationToken).ConfigureAwait(false);
            ids = [.. found.Select(instance => instance.Id)];
        }

        var removals = new RemovalLog();
        run.AfterInterruption = () => run.Calls.Changes == 0 ? null : "To see what is left: spotcluster instances";
        run.Report.Add("removals", Array.Empty<SpotRemoval>());
        await run.Host.TrackAsync(async () =>
        {
            await engine.Vast.RemoveInstancesAsync(
                [.. ids.Select(id => new InstanceKey(id, null, SpotProvider.Vast))],
                includeForeign,
                removal =>
                {
                    removals.Add(removal);
                    run.Report.Append("removals", removal);
                },
                run.Host,
                cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        foreach (var removal in removals.ToArray())
        {
            Say(run, removal.Outcome switch
            {
                SpotRemovalOutcome.Removed => $"Successfully destroyed instance {removal.Id}",
                SpotRemovalOutcome.AlreadyGone => $"Instance {removal.Id} was gone already",
                SpotRemovalOutcome.Skipped => $"Left instance {removal.Id} alone",
                _ => $"Failed to destroy instance {removal.Id}",
            });
        }
    }

    private static string Line(SpotRemoval removal, IReadOnlyList<SpotInstance> planned)
    {
        var gpu = planned.FirstOrDefault(instance => instance.Id == removal.Id)?.GpuName;
        var name = gpu is null ? removal.Id : $"{removal.Id} ({gpu})";
        return removal.Outcome switch
        {
            SpotRemovalOutcome.Removed => $"✓ Destroyed instance {name}",
            SpotRemovalOutcome.AlreadyGone => $"✓ Instance {name} was gone already",
            SpotRemovalOutcome.Skipped => $"- Left instance {name} alone: {removal.Reason}",
            _ => $"✗ Failed to destroy instance {name}: {removal.Reason}",
        };
    }

    private static void Say(CommandRun run, string line)
    {
        if (!run.IsJson)
        {
            run.Console.Out.Write(Cells.Of(line));
            run.Console.Out.WriteLine();
        }
    }

    private static SpotException NotFound(string id) =>
        new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"There is no Vast.ai instance {id}.") { Target = id };
}
