using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>Everything of one cluster in every region, at one moment.</summary>
internal sealed class ClusterSnapshot
{
    public required string Name { get; init; }

    /// <summary>Machines that are not terminated.</summary>
    public required IReadOnlyList<SpotInstance> Machines { get; init; }

    public required IReadOnlyList<ClusterTrace> Traces { get; init; }

    public required NodeView View { get; init; }

    /// <summary>Machines that are there to work, or about to be.</summary>
    public IReadOnlyList<SpotInstance> Working => [.. Machines.Where(ClusterSummary.Counts)];

    public string? AccountId => Machines.Select(machine => machine.AccountId).Concat(Traces.Select(trace => trace.AccountId)).FirstOrDefault(id => id is not null);

    public bool IsMaintained => Traces.Any(trace => trace.IsMaintained);

    /// <summary>Asks every region and the orchestrator, all at once. Throws when one of the regions does not answer: what is not known is not resized.</summary>
    public static async Task<ClusterSnapshot> ReadAsync(
        IClusterProvider provider, NodeDirectory nodes, string name, TimeProvider time, IOperationHost host, CancellationToken cancellationToken)
    {
        var regions = await provider.GetEnabledRegionsAsync(cancellationToken).ConfigureAwait(false);
        var asking = nodes.AskAsync(host, cancellationToken);
        var scope = new ListScope
        {
            Tags = new Dictionary<string, string>(StringComparer.Ordinal) { [TagKeys.Cluster] = name },
            IncludePrice = true,
            OnUnlisted = ClusterLister.UnlistedTo(host),
        };
        var answers = await Task.WhenAll(regions.Select(region => ReadRegionAsync(provider, region, scope, cancellationToken))).ConfigureAwait(false);
        var view = await asking.ConfigureAwait(false);
        var machines = answers.SelectMany(answer => answer.Machines)
            .OrderBy(machine => machine.Region, StringComparer.Ordinal).ThenBy(machine => machine.Id, StringComparer.Ordinal).ToList();
        machines.ForEach(machine => view.Judge(machine, time.GetUtcNow()));
        var traces = answers.SelectMany(answer => answer.Traces).Where(trace => trace.ClusterName == name).ToList();

        // Tags have regard to case, and names of clusters have not.
        if (machines.Count + traces.Count == 0
            && answers.SelectMany(answer => answer.Traces).FirstOrDefault(trace => string.Equals(trace.ClusterName, name, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            return await ReadAsync(provider, nodes, other.ClusterName, time, host, cancellationToken).ConfigureAwait(false);
        }

        return machines.Count > 0 || traces.Any(trace => trace.FleetId is null)
            ? new ClusterSnapshot { Name = name, Machines = machines, Traces = traces, View = view }
            : throw ClusterErrors.NotFound(name);
    }

    private static async Task<(List<SpotInstance> Machines, IReadOnlyList<ClusterTrace> Traces)> ReadRegionAsync(
        IClusterProvider provider, string region, ListScope scope, CancellationToken cancellationToken)
    {
        try
        {
            var asked = provider.GetTracesAsync(region, cancellationToken);
            var machines = new List<SpotInstance>();
            try
            {
                await foreach (var page in provider.ListAsync(region, scope, cancellationToken).ConfigureAwait(false))
                {
                    machines.AddRange(page);
                }
            }
            finally
            {
                await asked.ConfigureAwait(false);
            }

            return (machines, await asked.ConfigureAwait(false));
        }
        catch (SpotException failure)
        {
            throw UnlistedRegions.NotListed(region, failure);
        }
    }
}
