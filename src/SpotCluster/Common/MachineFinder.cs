using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Looks up machines that are known by their id only.</summary>
internal static class MachineFinder
{
    /// <summary>The machine; null when there is none, which is told.</summary>
    public static async Task<SpotInstance?> OneAsync(SpotEngine engine, InstanceKey key, IOperationHost host, CancellationToken cancellationToken) =>
        (await ManyAsync(engine, [key], host, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>The machines that there are; those that are not there are told.</summary>
    public static async Task<List<SpotInstance>> ManyAsync(
        SpotEngine engine, IReadOnlyList<InstanceKey> keys, IOperationHost host, CancellationToken cancellationToken)
    {
        var query = new InstanceQuery
        {
            Ids = [.. keys.Select(key => key.Id)],
            Regions = keys.All(key => key.Region is not null) ? [.. keys.Where(key => !key.IsVast).Select(key => key.Region!).Distinct(StringComparer.Ordinal)] : [],
            IncludePrice = false,
            IncludeHealth = false,
        };
        var found = new List<SpotInstance>();
        await foreach (var machine in engine.Clusters.GetInstancesAsync(query, host, cancellationToken).ConfigureAwait(false))
        {
            found.Add(machine);
        }

        foreach (var key in keys.Where(key => found.TrueForAll(machine => machine.Id != key.Id)))
        {
            host.Error(new SpotException(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"There is no machine with the id '{key.Id}'.") { Target = key.Id });
        }

        return found;
    }
}
