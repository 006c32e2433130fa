using System.CommandLine;
using Spectre.Console;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary>Destroys machines at Vast.ai: some by id, or all that we rented, and says so of those that were seen to be gone.</summary>
internal static class RentalDestruction
{
    /// <summary>How long it may take where nothing else is specified.</summary>
    public static readonly TimeSpan UsualTime = TimeSpan.FromMinutes(5);

    /// <summary><c>destroy-all</c>, which is <c>destroy --all --provider vast</c>.</summary>
    public static Command BuildDestroyAll()
    {
        var command = CommonOptions.CloudCommand(
            "destroy-all",
            "Destroy every managed instance at Vast.ai, to stop all billing.",
            VastOptions.IncludeForeign,
            VastOptions.Force,
            CommonOptions.WhatIf,
            CommonOptions.MaxDelete,
            CommonOptions.Timeout,
            VastOptions.OnlyVast);
        command.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(
            parsed,
            (run, token) =>
            {
                VastOptions.RequireVast(parsed, "destroy-all");
                var scope = new RemovalScope { Provider = SpotProvider.Vast, IncludeForeign = parsed.GetValue(VastOptions.IncludeForeign), MaxDelete = CommonOptions.MostDeleted(parsed), Timeout = UsualTime };
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
    public static async Task AllAsync(CommandRun run, RemovalScope scope, Consent consent, CancellationToken cancellationToken)
    {
        var what = scope.DescribeInstances();
        consent.RequireSomebodyToAsk(run, what);
        run.Report.Add("whatIf", consent.IsWhatIf);
        using var engine = run.OpenEngine();
        using var time = new CommandTime(run.Clock, scope.Timeout);
        var planned = await time.WithinAsync(() => run.Host.TrackAsync(() => engine.Vast.PlanRemovalAsync(scope, run.Host, cancellationToken))).ConfigureAwait(false);
        scope = scope with { Spent = time.Elapsed };
        run.Report.Add("instances", planned);
        if (planned.Count > 0 && consent.NeedsPreview && !run.IsJson)
        {
            RentalTable.Write(run.Console, planned);
        }

        if (consent.IsWhatIf)
        {
            Messages.WriteNote(run.Console, $"What if: {Cells.Count(planned.Count, "instance")} would be destroyed; nothing was changed.");
            return;
        }

        RemovalScope.RequireWithin(planned.Count, scope.MaxDelete);
        if (planned.Count > 0)
        {
            scope = await AskAsync(run, engine, time, scope, planned, consent, cancellationToken).ConfigureAwait(false);
        }

        // Only what was shown is covered by the answer.
        scope = consent.IsForced ? scope : scope with { OnlyIds = [.. planned.Select(instance => instance.Id)] };
        Say(run, planned.Count == 0 ? $"Nothing to destroy: {what}." : $"Found {planned.Count} active instance(s). Destroying all...");
        var removals = new RemovalLog();
        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"{removals.GoneCount} of {planned.Count} are removed. To finish, run the same command again.";
        run.Report.Add("removals", Array.Empty<SpotRemoval>());
        var proof = await run.Host.TrackAsync(() => engine.Vast.RemoveAllAsync(
            scope,
            removal =>
            {
                removals.Add(removal);
                run.Report.Append("removals", removal);
                Say(run, Line(removal, planned));
            },
            run.Host,
            cancellationToken)).ConfigureAwait(false);
        run.Report.Add("proof", proof);

        // What came back after it was gone has more than one outcome: the last one counts.
        SpotRemoval[] outcomes = [.. removals.ToArray().GroupBy(removal => removal.Id, StringComparer.Ordinal).Select(group => group.Last())];
        if (outcomes.Length > 0)
        {
            Say(run, $"Destroyed {outcomes.Count(removal => RemovalTable.IsGone(removal.Outcome))}/{outcomes.Length} instance(s)");
        }

        if (proof.Proven)
        {
            Messages.WriteNote(run.Console, $"Verified empty: {proof.Scope}; {Cells.Count(proof.Listings, "complete listing")}, the last two empty.");
        }

        if (proof.UnmanagedCount > 0)
        {
            UnmanagedNote.Write(run, new UnmanagedInstances(proof.UnmanagedCount.Value, proof.UnmanagedHourlyPrice));
        }

        if (proof.Proven && scope.ClusterName is null
            && await run.Host.TrackAsync(() => VastAccount.VolumesTextAsync(engine.Vast, run.Host, cancellationToken)).ConfigureAwait(false) is { } volumes)
        {
            Messages.WriteNote(run.Console, $"{volumes} To remove them: spotcluster nuke --provider vast --include-volume");
        }
    }

    // Everything is asked for like a nuke, which it is: by the name of the account, and what others rented by a prompt of its own.
    private static async Task<RemovalScope> AskAsync(
        CommandRun run, IEngineSession engine, CommandTime time, RemovalScope scope, IReadOnlyList<SpotInstance> planned, Consent consent, CancellationToken cancellationToken)
    {
        if (consent.IsForced)
        {
            return scope;
        }

        var question = $"Destroy {Cells.Count(planned.Count, "instance")}, {Cells.HourlyPrice(InstanceTable.Sum(planned))} per hour? Their data is lost.";
        if (scope.ClusterName is not null)
        {
            await consent.AskAsync(run, question, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            var identity = await time.WithinAsync(() => run.Host.TrackAsync(() => VastAccount.GetAsync(engine.Vast, run.Host, cancellationToken))).ConfigureAwait(false);

            // The time of the prompts is that of the user.
            scope = scope with { Spent = time.Elapsed };
            await consent.AskForAccountAsync(run, question, identity, cancellationToken).ConfigureAwait(false);
        }

        await consent.AskAboutUnmanagedAsync(run, engine.Providers, planned, "Destroy", cancellationToken).ConfigureAwait(false);
        return scope;
    }

    /// <summary>Destroys machines by id.</summary>
    public static async Task MachinesAsync(CommandRun run, string[] ids, bool includeForeign, Consent consent, CancellationToken cancellationToken)
    {
        consent.RequireSomebodyToAsk(run, Cells.Count(ids.Length, "instance"));
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

            // Those that are refused anyway are no part of the question.
            SpotInstance[] asked = [.. found.Where(instance => includeForeign || engine.Providers.Manage(instance))];
            if (asked.Length > 0)
            {
                await consent.AskAsync(
                    run,
                    $"Destroy {Cells.Count(asked.Length, "instance")}, {Cells.HourlyPrice(InstanceTable.Sum(asked))} per hour? Their data is lost.",
                    cancellationToken).ConfigureAwait(false);
                await consent.AskAboutUnmanagedAsync(run, engine.Providers, asked, "Destroy", cancellationToken).ConfigureAwait(false);
            }

            ids = [.. found.Select(instance => instance.Id)];
        }

        var removals = new RemovalLog();
        run.AfterInterruption = () => run.Calls.Changes == 0 ? null : "To see which instances remain: spotcluster instances";
        run.Report.Add("removals", Array.Empty<SpotRemoval>());
        await run.Host.TrackAsync(async () =>
        {
            await engine.Vast.RemoveInstancesAsync(
                [.. ids.Select(id => new InstanceKey(id, null, SpotProvider.Vast) { IncludeForeign = includeForeign })],
                removal =>
                {
                    removals.Add(removal);
                    run.Report.Append("removals", removal);
                    Say(run, removal.Outcome switch
                    {
                        SpotRemovalOutcome.Removed => $"Successfully destroyed instance {removal.Id}",
                        SpotRemovalOutcome.AlreadyGone => $"Instance {removal.Id} was already removed",
                        SpotRemovalOutcome.Skipped => $"Skipped instance {removal.Id}",
                        _ => $"Failed to destroy instance {removal.Id}",
                    });
                },
                run.Host,
                cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    private static string Line(SpotRemoval removal, IReadOnlyList<SpotInstance> planned)
    {
        var gpu = planned.FirstOrDefault(instance => instance.Id == removal.Id)?.GpuName;
        var name = gpu is null ? removal.Id : $"{removal.Id} ({gpu})";
        return removal.Outcome switch
        {
            SpotRemovalOutcome.Removed => $"✓ Destroyed instance {name}",
            SpotRemovalOutcome.AlreadyGone => $"✓ Instance {name} was already removed",
            SpotRemovalOutcome.Skipped => $"- Skipped instance {name}: {removal.Reason}",
            _ => $"✗ Failed to destroy instance {name}: {removal.Reason}",
        };
    }

    private static void Say(CommandRun run, string line)
    {
        if (!run.IsJson)
        {
            run.Host.WriteOutput(console =>
            {
                console.Out.Write(Cells.Of(line));
                console.Out.WriteLine();
            });
        }
    }

    private static SpotException NotFound(string id) =>
        new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No Vast.ai instance '{id}' exists.") { Target = id };
}
