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

    /// <summary>What is reported where a command over several providers has no credentials for one of them.</summary>
    internal static string NotIncluded(SpotProvider provider) => $"{Of(provider)} is not included: no credentials of {Of(provider)} were found.";
}
