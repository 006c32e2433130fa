using System.Globalization;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>
/// What a watch does beside looking: it removes what is expired, destroys instances at Vast.ai that were idle for as long as they
/// were rented to be, and holds what everything costs against a budget. All of it was asked for: by a time to live, an idle limit
/// or a budget.
/// </summary>
public sealed class ClusterKeeper(ICostService costs, IRemovalService removal, BudgetGuard guard, TimeProvider clock)
{
    /// <summary>GPU load in percent, below which an instance is idle.</summary>
    private const decimal Busy = 5;

    private static readonly TimeSpan BetweenMeasurements = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DateTimeOffset> _idleSince = new(StringComparer.Ordinal);
    private DateTimeOffset _measured = DateTimeOffset.MinValue;
    private bool _isExceeded;

    /// <summary>What is watched.</summary>
    public required ClusterQuery Scope { get; init; }

    /// <summary>The limit; null for none.</summary>
    public SpotBudget? Budget { get; init; }

    /// <summary>What to do when the budget is exceeded.</summary>
    public ShutdownResponse? OnBudgetExceeded { get; init; }

    /// <summary>Number of resources that were removed.</summary>
    public int Removed { get; private set; }

    /// <summary>Acts on one look.</summary>
    public async Task KeepAsync(IReadOnlyCollection<SpotInstance> seen, IOperationHost host, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        SpotInstance[] alive = [.. seen.Where(instance => instance.State is not SpotInstanceState.Terminated and not SpotInstanceState.ShuttingDown)];
        foreach (var expired in alive.Where(instance => instance.ExpiresAt <= now || instance.LeaseEndsAt <= now).GroupBy(instance => instance.Provider))
        {
            await RemoveExpiredAsync(expired.Key, [.. expired], host, cancellationToken).ConfigureAwait(false);
        }

        await RemoveIdleAsync(alive, now, host, cancellationToken).ConfigureAwait(false);
        if (Budget is not null && now - _measured >= BetweenMeasurements)
        {
            _measured = now;
            await MeasureAsync(host, cancellationToken).ConfigureAwait(false);
        }
    }

    // What of these is expired now, and still managed, the plan says.
    private async Task RemoveExpiredAsync(SpotProvider provider, SpotInstance[] instances, IOperationHost host, CancellationToken cancellationToken)
    {
        var scope = new RemovalScope
        {
            Provider = provider,
            Expired = true,
            OnlyClusters = Scope.Names,
            Regions = provider == SpotProvider.Vast ? Scope.RegionsAtVast : [.. instances.Select(instance => instance.Region).Distinct(StringComparer.Ordinal)],
            MaxDelete = RemovalScope.UsualMaxDelete,
            Timeout = TimeSpan.FromMinutes(5),
        };
        try
        {
            var plan = await removal.PlanAsync(scope, host, cancellationToken).ConfigureAwait(false);
            if (plan.Resources.Count > 0)
            {
                host.Warning($"{string.Join(", ", plan.Resources.Select(resource => resource.Id))} at {ProviderNames.Of(provider)} {(plan.Resources.Count == 1 ? "is expired and is" : "are expired and are")} removed.");
                await removal.RemoveAsync(scope with { Plan = plan, ExpectedAccountId = plan.AccountId }, Count, host, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SpotException error)
        {
            host.Error(error);
        }
    }

    private async Task RemoveIdleAsync(SpotInstance[] alive, DateTimeOffset now, IOperationHost host, CancellationToken cancellationToken)
    {
        var idle = alive.Where(instance => instance is { MaxIdle: not null, State: SpotInstanceState.Running, GpuLoad: < Busy }).ToDictionary(instance => instance.Id, StringComparer.Ordinal);
        foreach (var id in _idleSince.Keys.Where(id => !idle.ContainsKey(id)).ToArray())
        {
            _idleSince.Remove(id);
        }

        var over = new List<InstanceKey>();
        foreach (var (id, instance) in idle)
        {
            var since = _idleSince.TryGetValue(id, out var first) ? first : _idleSince[id] = now;
            if (now - since >= instance.MaxIdle)
            {
                host.Warning(string.Format(CultureInfo.InvariantCulture, "Instance {0} was idle for {1:0.#} minutes, its limit, and is destroyed.", id, instance.MaxIdle.Value.TotalMinutes));
                over.Add(new InstanceKey(id, null, instance.Provider));
            }
        }

        if (over.Count > 0)
        {
            await removal.RemoveInstancesAsync(over, Count, host, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task MeasureAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var query = new CostQuery { ClusterNames = Scope.Names, Regions = Scope.Regions, AreRegionsDefault = Scope.AreRegionsDefault, Providers = Scope.Providers, EveryCloud = Scope.EveryCloud, Budget = Budget };
        var error = (await costs.MeasureAsync(query, host, cancellationToken).ConfigureAwait(false)).BudgetError;
        var wasExceeded = _isExceeded;
        _isExceeded = error?.ErrorId == SpotErrorIds.BudgetExceeded;
        if (error is null || (_isExceeded && wasExceeded))
        {
            return;
        }

        // Once each time that the limit is passed; the answer to a prompt holds until then.
        host.Error(error);
        if (OnBudgetExceeded is { } response)
        {
            await guard.RespondAsync(error, query, response, host, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Count(SpotRemoval outcome) => Removed += outcome.Outcome == SpotRemovalOutcome.Removed ? 1 : 0;
}
