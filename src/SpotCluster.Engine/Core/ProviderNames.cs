using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>What people call the clouds.</summary>
public static class ProviderNames
{
    /// <summary>The name of a cloud.</summary>
    public static string Of(SpotProvider provider) => provider switch
    {
        SpotProvider.Aws => "AWS",
        SpotProvider.Vast => "Vast.ai",
        _ => "unknown",
    };
}
