using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>
/// Answers an exceeded budget: with confirmation, managed instances are stopped or destroyed, dearest first. A budget of which it
/// is only not known whether it is kept stops nothing. Prepaid instances and unmanaged ones are never touched.
/// </summary>
public sealed class BudgetGuard(IClusterService clusters, IPowerService power, IRemovalService removal)
{
    /// <summary>Acts on what a measurement found.</summary>
    /// <param name="exceeded">The error of the measurement; anything but <see cref="SpotErrorIds.BudgetExceeded"/> is passed over.</param>
    /// <param name="query">What was measured.</param>
    /// <param name="response">What to do, and who confirms it.</param>
    /// <param name="host">Told of what fails.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task RespondAsync(SpotException? exceeded, CostQuery query, ShutdownResponse response, IOperationHost host, CancellationToken cancellationToken)
    {
        var policy = response.Policy ?? SpotCreditPolicy.None;
        if (exceeded?.ErrorId != SpotErrorIds.BudgetExceeded || policy == SpotCreditPolicy.None)
        {
            return;
        }

        var listed = clusters.GetInstancesAsync(
            new InstanceQuery { Ids = query.Ids, ClusterNames = query.ClusterNames, Regions = query.Regions, AreRegionsDefault = query.AreRegionsDefault, Providers = query.Providers, EveryCloud = query.EveryCloud, IncludeHealth = false },
            host,
            cancellationToken);
        SpotInstance[] chosen =
        [
            .. (await listed.CollectAsync().ConfigureAwait(false))
                .Where(instance => !instance.Tags.ContainsKey(SpotInstance.PrepaidTag))
                .Where(instance => policy == SpotCreditPolicy.DestroyMine || instance.State is SpotInstanceState.Pending or SpotInstanceState.Running)
                .OrderByDescending(instance => instance.HourlyPrice ?? decimal.MaxValue).ThenBy(instance => instance.Id, StringComparer.Ordinal),
        ];
        if (chosen.Length == 0)
        {
            host.Warning($"{exceeded.Message} No managed instance exists to {(policy == SpotCreditPolicy.StopMine ? "stop" : "destroy")}.");
            return;
        }

        var hourly = chosen.All(instance => instance.HourlyPrice is not null) ? chosen.Sum(instance => instance.HourlyPrice) : null;
        if (!await response.ConsentAsync(new ShutdownPlan(policy, chosen, hourly, exceeded), cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        InstanceKey[] keys = [.. chosen.Select(instance => new InstanceKey(instance.Id, instance.Provider == SpotProvider.Vast ? null : instance.Region, instance.Provider))];
        var byId = chosen.ToDictionary(instance => instance.Id, StringComparer.Ordinal);
        if (policy == SpotCreditPolicy.DestroyMine)
        {
            await removal.RemoveInstancesAsync(
                keys,
                outcome => response.OnOutcome?.Invoke(new ShutdownOutcome(byId[outcome.Id], policy, ShutdownOutcome.ErrorOf(outcome))),
                host,
                cancellationToken).ConfigureAwait(false);
            return;
        }

        await foreach (var stopped in power.StopAsync(keys, host, cancellationToken).ConfigureAwait(false))
        {
            if (byId.Remove(stopped.Id))
            {
                response.OnOutcome?.Invoke(new ShutdownOutcome(stopped, policy, null));
            }
        }

        foreach (var left in byId.Values)
        {
            response.OnOutcome?.Invoke(new ShutdownOutcome(
                left, policy, new SpotException(SpotErrorIds.InstanceNotStoppable, SpotErrorCategory.InvalidOperation, $"Instance {left.Id} was not stopped.") { Target = left.Id }));
        }
    }
}
