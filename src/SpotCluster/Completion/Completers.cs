using System.Collections;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;

namespace SpotCluster.Completion;

/// <summary>Names of the clusters that exist.</summary>
internal sealed class ClusterNameCompleter : LiveCompleter
{
    private protected override async Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var cluster in engine.Clusters.GetClustersAsync(new() { EveryCloud = true }, SilentHost.Instance, cancellationToken).ConfigureAwait(false))
        {
            names.Add(cluster.Name);
        }

        return names;
    }
}

/// <summary>Ids of the machines that exist.</summary>
internal sealed class InstanceIdCompleter : LiveCompleter
{
    private protected override async Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var query = new InstanceQuery { IncludePrice = false, EveryCloud = true };
        await foreach (var instance in engine.Clusters.GetInstancesAsync(query, SilentHost.Instance, cancellationToken).ConfigureAwait(false))
        {
            ids.Add(instance.Id);
        }

        return ids;
    }
}

/// <summary>Regions that are enabled for the account.</summary>
internal sealed class RegionCompleter : LiveCompleter
{
    private protected override Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken) =>
        engine.GetEnabledRegionsAsync(cancellationToken);
}

/// <summary>Kinds of resources.</summary>
internal sealed class ResourceKindCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) => Engine.Inventory.ResourceKinds.All;
}

/// <summary>Instance types that small clusters are made of. Any other type may be typed too.</summary>
internal sealed class InstanceTypeCompleter : Completer
{
    private static readonly string[] Sizes = ["medium", "large", "xlarge", "2xlarge", "4xlarge"];

    private static readonly string[] Types =
    [
        .. new[] { "t3", "t3a", "t4g" }.SelectMany(_ => new[] { "micro", "small", "medium", "large", "xlarge", "2xlarge" }, Join),
        .. new[] { "m6g", "m7g", "c6g", "c7g", "r6g", "r7g" }.SelectMany(_ => Sizes, Join),
        .. new[] { "m5", "m6i", "m6a", "m7i", "m7a", "c5", "c6i", "c6a", "c7i", "c7a", "r5", "r6i", "r7i" }.SelectMany(_ => Sizes.Skip(1), Join),
        "g4dn.xlarge", "g5.xlarge", "g5.2xlarge", "g6.xlarge", "p3.2xlarge",
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) => Types;

    private static string Join(string family, string size) => $"{family}.{size}";
}
