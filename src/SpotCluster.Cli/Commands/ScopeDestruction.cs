using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary>Destroys a cluster or everything, and proves it.</summary>
internal static class ScopeDestruction
{
    /// <summary>What a scope without a cluster covers, in words.</summary>
    public const string Everything = "everything managed by SpotCluster at AWS";

    public static async Task ExecuteAsync(
        CommandRun run, IEngineSession engine, RemovalScope scope, Consent consent, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteOnceAsync(run, engine, scope, consent, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException missing) when (missing.ErrorId == SpotErrorIds.ClusterNotFound && scope.ClusterName is not null)
        {
            // Tags have regard to case, and names of clusters have not.
            var query = new ClusterQuery { Names = [scope.ClusterName], Regions = scope.Regions };
            var found = await run.Host.TrackAsync(async () =>
                await engine.Clusters.GetClustersAsync(query, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            var other = found.Find(cluster => cluster.Name != scope.ClusterName && string.Equals(cluster.Name, scope.ClusterName, StringComparison.OrdinalIgnoreCase));
            if (other is null)
            {
                throw;
            }

            await ExecuteOnceAsync(run, engine, scope with { ClusterName = other.Name }, consent, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ExecuteOnceAsync(
        CommandRun run, IEngineSession engine, RemovalScope scope, Consent consent, CancellationToken cancellationToken)
    {
        var what = scope.ClusterName is { } name ? $"cluster '{name}'" : Everything;
        consent.RequireSomebodyToAsk(run, what);
        run.Report.Add("whatIf", consent.IsWhatIf);
        if (consent.NeedsPreview)
        {
            var plan = await run.Host.TrackAsync(() => engine.Removal.PlanAsync(scope, run.Host, cancellationToken)).ConfigureAwait(false);
            run.Report.Add("plan", plan);
            var target = consent.IsWhatIf ? run.Console.Out : run.Console.Error;
            if (!run.IsJson || !consent.IsWhatIf)
            {
                RemovalTable.WritePlan(target, run.Console, plan);
            }

            if (plan.IsEmpty && scope.ClusterName is { } missing)
            {
                throw plan.AllExcluded(missing) ?? NotFound(engine, missing, scope.Regions);
            }

            if (consent.IsWhatIf)
            {
                Messages.WriteNote(run.Console, "What if: nothing was changed.");
                ReportUnknown(run, plan);
                return;
            }

            // Refuses first, so that nobody types an account id for nothing.
            plan.RequireFit(scope);
            if (plan.Resources.Count > 0 || plan.Unknown.Count > 0)
            {
                await AskAsync(run, engine, plan, what, isAll: scope.ClusterName is null, consent, cancellationToken).ConfigureAwait(false);
                scope = scope with { ExpectedAccountId = plan.AccountId };
            }

            scope = scope with { Plan = plan };
        }

        var again = "spotcluster destroy " + (scope.ClusterName is { } cluster ? $"--name {cluster}" : "--all");
        await RemoveAsync(run, engine, [(scope, what)], again, isList: false, cancellationToken).ConfigureAwait(false);
    }

    // Everything is asked for like a nuke, which it is: by the name of the account.
    private static async Task AskAsync(
        CommandRun run, IEngineSession engine, RemovalPlan plan, string what, bool isAll, Consent consent, CancellationToken cancellationToken)
    {
        var question = $"Destroy {what}: {Cells.Count(plan.Resources.Count, "resource")}, {Cells.HourlyPrice(plan.HourlyPrice)} per hour?";
        if (!isAll)
        {
            await consent.AskAsync(run, question, cancellationToken).ConfigureAwait(false);
            return;
        }

        var identity = await run.Host.TrackAsync(() => engine.GetIdentityAsync(cancellationToken)).ConfigureAwait(false);
        await consent.AskForAccountAsync(run, question, identity, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Removes scopes at the same time, and reports what became of each. The failure of one of several is reported, and the
    /// others go on.
    /// </summary>
    /// <param name="run">The command.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="scopes">What is removed, each with its words.</param>
    /// <param name="again">What finishes an interrupted run.</param>
    /// <param name="isList">True for a report that has a list of proofs.</param>
    /// <param name="cancellationToken">Ctrl+C.</param>
    public static async Task RemoveAsync(
        CommandRun run, IEngineSession engine, IReadOnlyList<(RemovalScope Scope, string What)> scopes, string again, bool isList, CancellationToken cancellationToken)
    {
        var logs = scopes.Select(_ => new RemovalLog()).ToArray();
        run.AfterInterruption = () => run.Calls.Changes == 0 ? null : Interrupted(scopes, logs, again);
        if (!run.Report.IsStreamed)
        {
            run.StreamReport("removals");
        }

        var proofs = await run.Host.TrackAsync(() => Task.WhenAll(scopes.Select((one, number) =>
            RemoveOneAsync(run, engine, one.Scope, logs[number], scopes.Count > 1, cancellationToken)))).ConfigureAwait(false);
        for (var number = 0; number < proofs.Length; number++)
        {
            if (proofs[number] is { } proof)
            {
                Report(run, engine, scopes[number].Scope, proof, logs[number].ToArray(), isList);
            }
        }
    }

    private static string Interrupted(IReadOnlyList<(RemovalScope Scope, string What)> scopes, RemovalLog[] logs, string again)
    {
        var price = scopes.Aggregate((decimal?)0, (sum, one) => sum + one.Scope.Plan?.HourlyPrice);
        var parts = scopes.Zip(logs, (one, log) => $"{log.GoneCount} of {one.What} are removed");
        return $"{string.Join(", ", parts)}; the others remain or are still being removed{(price is null ? "" : $", at most {Cells.HourlyPrice(price)} per hour")}. To finish: {again}";
    }

    private static async Task<SpotProof?> RemoveOneAsync(
        CommandRun run, IEngineSession engine, RemovalScope scope, RemovalLog log, bool isOneOfMany, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.Removal.RemoveAsync(
                scope,
                removal =>
                {
                    log.Add(removal);
                    run.Report.Append("removals", removal);
                },
                run.Host,
                cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException failure) when (isOneOfMany)
        {
            run.Host.Error(failure);
            return null;
        }
    }

    private static void Report(CommandRun run, IEngineSession engine, RemovalScope scope, SpotProof proof, SpotRemoval[] outcomes, bool isList)
    {
        if (isList)
        {
            run.Report.Append("proofs", proof);
        }
        else
        {
            run.Report.Add("proof", proof);
        }

        if (proof.Proven && scope.ClusterName is { } name && outcomes.All(removal => removal.Outcome == SpotRemovalOutcome.Skipped))
        {
            throw outcomes.Length == 0 ? NotFound(engine, name, scope.Regions) : ClusterErrors.AllExcluded(name, outcomes[0].Reason);
        }

        if (!run.IsJson)
        {
            RemovalTable.Write(run.Console, outcomes);
            RemovalTable.WriteProof(run.Console, proof, outcomes.Count(removal => removal.Outcome == SpotRemovalOutcome.Skipped));
        }

        // The engine reports each thing that is left; the exit code must not depend on its having done so.
        if (!proof.Proven && run.Host.ErrorCount == 0)
        {
            run.Host.Error(new SpotException(SpotErrorIds.RemovalNotProven, SpotErrorCategory.Busy, $"Not verified empty: {proof.Scope}.")
            {
                Target = scope.ClusterName,
                RecommendedAction = "Run the command again; remaining resources are listed above.",
            });
        }
    }

    /// <summary>Makes a listing that was not complete an error.</summary>
    public static void ReportUnknown(CommandRun run, RemovalPlan plan)
    {
        if (plan.Unknown.Count > 0 && run.Host.ErrorCount == 0)
        {
            run.Host.Error(new SpotException(SpotErrorIds.RegionNotListed, SpotErrorCategory.Unavailable, $"Not everything could be listed: {string.Join("; ", plan.Unknown)}."));
        }
    }

    /// <summary>The error of a cluster of which nothing exists where it was looked for.</summary>
    public static SpotException NotFound(IEngineSession engine, string name, IReadOnlyList<string> regions) => new(
        SpotErrorIds.ClusterNotFound,
        SpotErrorCategory.NotFound,
        regions.Count == 0
            ? $"No cluster '{name}' exists: no resource in any {engine.Configuration.Settings.RegionWord} is tagged with its name."
            : $"No cluster '{name}' exists in {string.Join(", ", regions)}: no resource there is tagged with its name. Other regions were not listed.")
    {
        Target = name,
        RecommendedAction = regions.Count == 0 ? "List the clusters with: spotcluster status" : $"Omit --region to search every {engine.Configuration.Settings.RegionWord}.",
    };
}
