using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>From machines and traces to clusters.</summary>
internal static class ClusterSummary
{
    /// <summary>True for a machine that is there to work, or about to be.</summary>
    public static bool Counts(SpotInstance machine) => machine.State is SpotInstanceState.Pending or SpotInstanceState.Running;

    // A stopped instance that costs something has its price at Vast.ai: that of its disk.
    private static bool IsBilled(SpotInstance machine) => Counts(machine) || machine is { State: SpotInstanceState.Stopped, HourlyPrice: not null };

    private static decimal? Price(IEnumerable<SpotInstance> machines)
    {
        var billed = machines.Where(IsBilled).ToList();
        return billed.Count == 0 ? null : PriceRules.Sum(billed.Select(machine => machine.HourlyPrice));
    }

    /// <summary>Clusters by name.</summary>
    /// <param name="provider">The cloud.</param>
    /// <param name="machines">Machines that are not terminated.</param>
    /// <param name="traces">What other resources tell.</param>
    /// <param name="complete">False when a region did not answer.</param>
    /// <param name="view">What the orchestrator said; every machine is judged by it already.</param>
    public static IEnumerable<Cluster> Build(
        SpotProvider provider,
        IReadOnlyCollection<SpotInstance> machines,
        IReadOnlyCollection<ClusterTrace> traces,
        bool complete,
        NodeView view)
    {
        var names = machines.Select(machine => machine.ClusterName)
            .Concat(traces.Select(trace => trace.ClusterName))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .OrderBy(name => name, StringComparer.Ordinal);
        var machinesByName = machines.ToLookup(machine => machine.ClusterName, StringComparer.Ordinal);
        var tracesByName = traces.ToLookup(trace => trace.ClusterName, StringComparer.Ordinal);
        return names.Select(name => Build(provider, name, [.. machinesByName[name]], [.. tracesByName[name]], complete, view));
    }

    private static Cluster Build(SpotProvider provider, string name, List<SpotInstance> machines, List<ClusterTrace> traces, bool complete, NodeView view)
    {
        var working = machines.Where(Counts).ToList();
        var wanted = traces.Max(trace => trace.Wanted) ?? machines.Max(machine => Number(machine, TagKeys.Wanted));
        return new Cluster
        {
            Name = name,
            Provider = provider,
            State = State(machines, working, wanted, complete),
            Wanted = wanted,
            Running = working.Count,
            Healthy = view.IsAnswered && working.Any(IsNode) ? working.Count(machine => machine.Health == SpotHealth.Healthy) : null,
            Health = Health(working, view),
            Regions = [.. Regions(machines, traces, view)],
            HourlyPrice = Price(machines),
            CostToDate = machines.Count == 0 ? null : PriceRules.Sum(machines.Select(machine => machine.CostToDate)),
            CreatedAt = machines.Min(machine => machine.LaunchedAt),
            ExpiresAt = machines.Max(machine => machine.ExpiresAt) ?? traces.Max(trace => trace.ExpiresAt),
            AccountId = machines.Select(machine => machine.AccountId).Concat(traces.Select(trace => trace.AccountId)).FirstOrDefault(id => id is not null),
        };
    }

    // One that was launched without Bacalhau is no node, and none is waited for.
    private static bool IsNode(SpotInstance machine) => machine.Health != SpotHealth.NotAsked;

    /// <summary>That of the whole: the worst of its nodes.</summary>
    private static SpotHealth Health(List<SpotInstance> working, NodeView view) =>
        !view.IsAnswered ? view.Otherwise
        : working.Count == 0 ? SpotHealth.Gone
        : !working.Any(IsNode) ? SpotHealth.NotAsked
        : new[] { SpotHealth.Unhealthy, SpotHealth.Unknown, SpotHealth.Joining }.Where(worst => working.Any(machine => machine.Health == worst))
            .DefaultIfEmpty(SpotHealth.Healthy).First();

    private static SpotClusterState State(List<SpotInstance> machines, List<SpotInstance> working, int? wanted, bool complete) =>
        !complete ? SpotClusterState.Unknown
        : working.Count == 0 ? (machines.Any(machine => machine.State == SpotInstanceState.ShuttingDown) ? SpotClusterState.Removing : SpotClusterState.Empty)
        : working.Count < (wanted ?? machines.Count(machine => machine.State != SpotInstanceState.ShuttingDown)) ? SpotClusterState.Partial
        : working.Any(machine => machine.State == SpotInstanceState.Pending) ? SpotClusterState.Launching
        : SpotClusterState.Running;

    private static IEnumerable<SpotClusterRegion> Regions(List<SpotInstance> machines, List<ClusterTrace> traces, NodeView view)
    {
        var machinesByRegion = machines.ToLookup(machine => machine.Region, StringComparer.Ordinal);
        var tracesByRegion = traces.ToLookup(trace => trace.Region, StringComparer.Ordinal);
        return machines.Select(machine => machine.Region).Concat(traces.Select(trace => trace.Region))
            .Distinct(StringComparer.Ordinal)
            .OrderBy(region => region, StringComparer.Ordinal)
            .Select(region =>
            {
                var gone = machinesByRegion[region].FirstOrDefault(machine => !Counts(machine) && machine.StateReason is not null);
                return new SpotClusterRegion
                {
                    Region = region,
                    Wanted = tracesByRegion[region].Max(trace => trace.WantedHere)
                        ?? machinesByRegion[region].Max(machine => Number(machine, TagKeys.WantedHere)),
                    Running = machinesByRegion[region].Count(Counts),
                    Healthy = view.IsAnswered && machinesByRegion[region].Where(Counts).Any(IsNode)
                        ? machinesByRegion[region].Where(Counts).Count(machine => machine.Health == SpotHealth.Healthy)
                        : null,
                    HourlyPrice = Price(machinesByRegion[region]),
                    Trouble = Trouble(machinesByRegion[region].Where(machine => machine.Health == SpotHealth.Unhealthy && Counts(machine))),
                    Reason = gone?.StateReason,
                };
            });
    }

    private static string? Trouble(IEnumerable<SpotInstance> unhealthy)
    {
        var worst = unhealthy.OrderBy(machine => machine.Id, StringComparer.Ordinal).ToList();
        return worst.Count == 0 ? null : $"{worst[0].Id}: {worst[0].HealthReason}{(worst.Count == 1 ? "" : FormattableString.Invariant($", and {worst.Count - 1} more"))}";
    }

    private static int? Number(SpotInstance machine, string key) =>
        machine.Tags.TryGetValue(key, out var text)
        && int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
