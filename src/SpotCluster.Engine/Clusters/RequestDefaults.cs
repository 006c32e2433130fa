using SpotCluster.Engine.Configuration;

namespace SpotCluster.Engine.Clusters;

/// <summary>Fills what a request leaves open with the settings.</summary>
internal static class RequestDefaults
{
    public static ClusterRequest Apply(ClusterRequest request, SpotSettings settings)
    {
        // What is asked for decides; a setting that could contradict it is then left out.
        var architecture = request.InstanceTypes.Count == 0 && request.Image is null ? settings.Architecture : null;
        var image = request.Architecture is null ? settings.Image : null;
        var isOpen = request.InstanceTypes.Count == 0 && request.InstanceRequirements.Count == 0;
        return request with
        {
            Regions = request.Regions.Count > 0 ? request.Regions : settings.Regions,
            InstanceTypes = isOpen ? settings.InstanceTypes : request.InstanceTypes,
            InstanceRequirements = isOpen ? settings.InstanceRequirements : request.InstanceRequirements,
            Architecture = request.Architecture ?? architecture,
            Image = request.Image ?? image,
            MaxHourlyPrice = request.MaxHourlyPrice ?? settings.MaxHourlyPrice,
            MaxHourlyCost = request.MaxHourlyCost ?? settings.MaxHourlyCost,
            ExpiresIn = request.ExpiresIn ?? settings.ExpiresIn,
            PublicKeyPaths = request.PublicKeyPaths.Count > 0 ? request.PublicKeyPaths : settings.PublicKeyPaths,
            Tags = settings.Tags.Count == 0 ? request.Tags : Merge(settings.Tags, request.Tags),
        };
    }

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> lower, IReadOnlyDictionary<string, string> higher)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in lower.Concat(higher))
        {
            merged[key] = value;
        }

        return merged;
    }
}
