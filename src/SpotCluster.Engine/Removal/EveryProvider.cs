using System.Collections.Concurrent;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>
/// A removal over every provider that there are credentials for: one scope, one plan and in the end one proof for each, so that
/// no claim is wider than what was looked at.
/// </summary>
public static class EveryProvider
{
    /// <summary>
    /// The plan of each provider. One whose plan fails is reported and left out, as long as another one is planned; without
    /// credentials for any it throws <see cref="SpotErrorIds.CredentialNotFound"/>. Makes no changing call.
    /// </summary>
    /// <param name="removal">Where plans are made.</param>
    /// <param name="all">The providers.</param>
    /// <param name="scope">What is to be removed; its provider is not looked at.</param>
    /// <param name="providers">Providers; empty for every one that there are credentials for and that the regions may be of.</param>
    /// <param name="host">Told of a provider that was left out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<(RemovalScope Scope, RemovalPlan Plan)>> PlanAsync(
        IRemovalService removal, IReadOnlyList<IProvider> all, RemovalScope scope, IReadOnlyList<SpotProvider> providers, IOperationHost host, CancellationToken cancellationToken)
    {
        var scopes = Scopes(scope, providers, all);
        var plans = new List<(RemovalScope, RemovalPlan)>();
        SpotException? failure = null;
        var unmatched = new ConcurrentBag<SpotException>();
        foreach (var (one, planning) in scopes.Select(one => (one, PlanAsync(removal, one, scopes.Count > 1 ? unmatched : null, host, cancellationToken))).ToList())
        {
            try
            {
                plans.Add(await planning.ConfigureAwait(false));
            }
            catch (SpotException error) when (scopes.Count > 1 && providers.Count == 0 && error.ErrorId == SpotErrorIds.CredentialNotFound)
            {
                host.Warning(ProviderNames.NotIncluded(one.Provider));
            }
            catch (SpotException error) when (scopes.Count > 1)
            {
                failure ??= error;
                host.Error(new SpotException(error.ErrorId, error.Category, $"{ProviderNames.Of(one.Provider)} could not be listed, and nothing is removed there: {error.Message}", error)
                {
                    Target = error.Target ?? ProviderNames.Of(one.Provider),
                    Region = error.Region,
                    ServiceCode = error.ServiceCode,
                    RequestId = error.RequestId,
                    RecommendedAction = error.RecommendedAction,
                });
            }
        }

        // The name of a cluster to retain is a typo when no provider has it, and not when one of them has not.
        var typo = unmatched.GroupBy(error => error.Target).FirstOrDefault(errors => errors.Count() == plans.Count)?.First();
        var nothing = plans.SelectMany(one => one.Item2.Unmatched).GroupBy(part => part, StringComparer.Ordinal).FirstOrDefault(parts => parts.Count() == plans.Count)?.Key;
        return typo is not null ? throw typo
            : nothing is not null ? throw ResourceFilter.NothingSelected(nothing)
            : plans.Count == 0 && failure is not null ? throw failure
            : plans;
    }

    private static async Task<(RemovalScope Scope, RemovalPlan Plan)> PlanAsync(
        IRemovalService removal, RemovalScope scope, ConcurrentBag<SpotException>? unmatched, IOperationHost host, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return (scope, await removal.PlanAsync(scope, host, cancellationToken).ConfigureAwait(false));
            }
            catch (SpotException error) when (unmatched is not null && error.ErrorId == SpotErrorIds.ClusterNotFound && error.Target is string name && scope.KeepClusters.Contains(name))
            {
                unmatched.Add(error);
                scope = scope with { KeepClusters = [.. scope.KeepClusters.Where(kept => kept != name)] };
            }
        }
    }

    /// <summary>
    /// The plans that may be carried out: all of them, or those that were approved. Throws before any change when they are more
    /// together than the limit (<see cref="SpotErrorIds.MaxDeleteExceeded"/>), or when a hash is that of none of them
    /// (<see cref="SpotErrorIds.PlanChanged"/>).
    /// </summary>
    /// <param name="plans">The plan of each provider.</param>
    /// <param name="approved">Hashes of plans that were looked at; empty to approve what is found.</param>
    public static IReadOnlyList<(RemovalScope Scope, RemovalPlan Plan)> RequireFit(
        IReadOnlyList<(RemovalScope Scope, RemovalPlan Plan)> plans, IReadOnlyList<string> approved)
    {
        string[] hashes = [.. approved.Select(hash => hash.Trim())];
        var chosen = hashes.Length == 0
            ? plans
            : [.. plans.Where(one => hashes.Contains(one.Plan.Hash, StringComparer.OrdinalIgnoreCase)).Select(one => (one.Scope with { ApprovedHash = one.Plan.Hash }, one.Plan))];
        var unmatched = hashes.FirstOrDefault(hash => !plans.Any(one => string.Equals(one.Plan.Hash, hash, StringComparison.OrdinalIgnoreCase)));
        if (unmatched is not null && plans.Count > 0)
        {
            plans[0].Plan.RequireFit(plans[0].Scope with { MaxDelete = null, ApprovedHash = unmatched });
        }

        foreach (var (scope, plan) in chosen)
        {
            plan.RequireFit(scope);
        }

        RemovalScope.RequireWithin(chosen.Sum(one => one.Plan.Resources.Count), chosen.Count == 0 ? null : chosen[0].Scope.MaxDelete);
        return chosen;
    }

    private static List<RemovalScope> Scopes(RemovalScope scope, IReadOnlyList<SpotProvider> providers, IReadOnlyList<IProvider> all) =>
    [
        .. all.Choose(new ProviderScope(providers, EveryProvider: true, scope.Regions, scope.RegionsAtVast)).Select(one => scope with
        {
            Provider = one.Provider.Facts.Provider,
            Regions = one.Regions,
            IncludeForeign = scope.IncludeForeign && (scope.ClusterName is null || one.Provider.Facts.HasUnmanagedInClusters),
        }),
    ];
}
