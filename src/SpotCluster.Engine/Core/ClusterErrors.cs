using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>Errors about clusters that more than one command reports.</summary>
public static class ClusterErrors
{
    /// <summary>A cluster that does not exist.</summary>
    public static SpotException NotFound(string name) =>
        new(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound, $"No cluster '{name}' exists.") { Target = name };

    /// <summary>A cluster that does not exist where it was looked for.</summary>
    /// <param name="name">Name of the cluster.</param>
    /// <param name="regions">The regions that were named; empty for all.</param>
    /// <param name="providers">The providers that were named; empty for all.</param>
    /// <param name="areRegionsDefault">True when the regions are the session's default, which is for AWS alone.</param>
    public static SpotException NotFound(string name, IReadOnlyCollection<string> regions, IReadOnlyCollection<SpotProvider> providers, bool areRegionsDefault = false)
    {
        if (areRegionsDefault && regions.All(RegionNames.IsAwsForm))
        {
            return NotFoundByDefault(name, regions, providers);
        }

        var at = providers.Count == 0 ? "" : $" at {string.Join(" and ", providers.Select(ProviderNames.Of))}";
        return regions.Count == 0 && providers.Count == 0 ? NotFound(name)
            : new(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound,
                $"No cluster '{name}' exists{at}{(regions.Count == 0 ? "" : $" in {string.Join(", ", regions)}")}. Other {(regions.Count == 0 ? "providers" : "regions")} were not listed.")
            {
                Target = name,
                RecommendedAction = regions.Count == 0 ? "Omit -Provider (--provider) to search every provider." : "Omit -Region (--region) to search every region.",
            };
    }

    // Vast.ai is listed whole, whatever the default region of the session is.
    private static SpotException NotFoundByDefault(string name, IReadOnlyCollection<string> regions, IReadOnlyCollection<SpotProvider> providers)
    {
        if (providers.Count > 0 && !providers.Contains(SpotProvider.Aws))
        {
            return NotFound(name, [], providers);
        }

        return new SpotException(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound, $"No cluster '{name}' exists in {string.Join(", ", regions)} (the default of this session). Other regions of AWS were not listed.")
        {
            Target = name,
            RecommendedAction = "Specify -Region * to search every region.",
        };
    }

    /// <summary>A cluster of which no instance was listed.</summary>
    public static SpotException NoInstance(string name) =>
        new(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound, $"No listed instance belongs to a cluster '{name}'.") { Target = name };

    /// <summary>An instance that was not listed.</summary>
    public static SpotException InstanceNotFound(string id) =>
        new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No instance '{id}' exists in the regions that were listed.") { Target = id };

    /// <summary>A cluster of which everything is excluded from a removal.</summary>
    /// <param name="name">Name of the cluster.</param>
    /// <param name="reason">Why its first resource is excluded.</param>
    public static SpotException AllExcluded(string name, string? reason) =>
        new(SpotErrorIds.InstanceProtected, SpotErrorCategory.Refused, $"Nothing of cluster '{name}' is removed: {reason}")
        {
            Target = name,
            RecommendedAction = "Remove the protection first: Set-SpotCluster -Unprotect (spotcluster set --unprotect).",
        };

    /// <summary>The names, written without wildcards, that nothing that was found has: a typo never narrows in silence.</summary>
    public static IEnumerable<string> Missing(IEnumerable<string> names, IEnumerable<string?> found)
    {
        var known = found.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return names.Where(name => !Wildcard.IsPattern(name) && !known.Contains(name)).Distinct(StringComparer.OrdinalIgnoreCase);
    }
}
