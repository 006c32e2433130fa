using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>What AWS is, and what it does not have.</summary>
internal static class AwsFacts
{
    /// <summary>The facts.</summary>
    public static ProviderFacts Value { get; } = new()
    {
        Provider = SpotProvider.Aws,
        IsInstanceId = InstanceKey.IsAwsId,
        MayHaveRegion = RegionNames.IsAwsForm,
        HasDefaultRegions = true,
        HasUnmanagedInClusters = true,
        Missing = new Dictionary<ProviderCapability, MissingCapability>
        {
            [ProviderCapability.Recycle] = new(
                "Cannot recycle {0}: only instances of Vast.ai have a container that can be recreated.", "Restart it without recycling."),
        },
    };
}
