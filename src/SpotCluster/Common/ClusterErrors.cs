using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Errors about clusters that more than one command writes.</summary>
internal static class ClusterErrors
{
    /// <summary>Names that no row of a cost has.</summary>
    public static IEnumerable<SpotException> NotAmong(IEnumerable<string> wanted, IReadOnlyCollection<SpotCost> rows, string errorId, string message) => wanted
        .Where(name => !rows.Any(row => string.Equals(row.Name, name, StringComparison.OrdinalIgnoreCase)))
        .Select(name => new SpotException(errorId, SpotErrorCategory.NotFound, string.Format(System.Globalization.CultureInfo.InvariantCulture, message, name)) { Target = name });

    /// <summary>A cluster that does not exist.</summary>
    public static SpotException NotFound(string name) =>
        new(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound, $"No cluster '{name}' exists.")
        {
            Target = name,
            RecommendedAction = "Get-SpotCluster lists the clusters that exist.",
        };
}
