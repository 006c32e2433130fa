using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>From machines and traces to clusters.</summary>
internal static class ClusterSummary
{
    /// <summary>True for a machine that is there to work, or about to be.</summary>
    public static bool Counts(SpotInstance machine) => machine.State is SpotInstanceState.Pending or SpotInstanceState.Running;

    /// <summary>Clusters by name.</summary>
    /// <param name="provider">The cloud.</param>
    /// <param name="machines">Machines that are not terminated.</param>
    /// <param name="traces">What other resources tell.</param>
    /// <param name="complete">False when a region did not answer.</param>
    public static IEnumerable<Cluster> Build(
        SpotProvider provider,
        IReadOnlyCollection<SpotInstance> machines,
        IReadOnlyCollection<ClusterTrace> traces,
        bool complete)
    {
        var names = machines.Select(machine => machine.ClusterName)
            .Concat(traces.Select(trace => trace.ClusterName))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .OrderBy(name => name, StringComparer.Ordinal);
        var machinesByName = machines.ToLookup(machine => machine.ClusterName, StringComparer.Ordinal);
        var tracesByName = traces.ToLookup(trace => trace.ClusterName, StringComparer.Ordinal);
        return names.Select(name => Build(provider, name, [.. machinesByName[name]], [.. tracesByName[name]], complete));
    }

    private static Cluster Build(SpotProvider provider, string name, List<SpotInstance> machines, List<ClusterTrace> traces, bool complete)
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
            Regions = [.. Regions(machines, traces)],
            HourlyPrice = working.Count == 0 ? null : PriceRules.Sum(working.Select(machine => machine.HourlyPrice)),
            CostToDate = machines.Count == 0 ? null : PriceRules.Sum(machines.Select(machine => machine.CostToDate)),
            CreatedAt = machines.Min(machine => machine.LaunchedAt),
            ExpiresAt = machines.Max(machine => machine.ExpiresAt) ?? traces.Max(trace => trace.ExpiresAt),
            AccountId = machines.Select(machine => machine.AccountId).Concat(traces.Select(trace => trace.AccountId)).FirstOrDefault(id => id is not null),
        };
    }

    private static SpotClusterState State(List<SpotInstance> machines, List<SpotInstance> working, int? wanted, bool complete) =>
        !complete ? SpotClusterState.Unknown
        : working.Count == 0 ? (machines.Any(machine => machine.State == SpotInstanceState.ShuttingDown) ? SpotClusterState.Removing : SpotClusterState.Empty)
        : wanted is { } count && working.Count < count ? SpotClusterState.Partial
        : working.Any(machine => machine.State == SpotInstanceState.Pending) ? SpotClusterState.Launching
        : SpotClusterState.Running;

    private static IEnumerable<SpotClusterRegion> Regions(List<SpotInstance> machines, List<ClusterTrace> traces)
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
                    Reason = gone?.StateReason,
                };
            });
    }

    private static int? Number(SpotInstance machine, string key) =>
        machine.Tags.TryGetValue(key, out var text)
        && int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
