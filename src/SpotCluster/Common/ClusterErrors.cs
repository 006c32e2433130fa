using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Errors about clusters that more than one command writes.</summary>
internal static class ClusterErrors
{
    /// <summary>A cluster that does not exist.</summary>
    public static SpotException NotFound(string name) =>
        new(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound, $"No cluster '{name}' exists.")
        {
            Target = name,
            RecommendedAction = "Get-SpotCluster lists the clusters that exist.",
        };
}
