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

    /// <summary>What is told where a command over both providers has credentials for Vast.ai alone.</summary>
    internal const string AwsNotIncluded = "AWS is not included: no credentials of AWS were found.";
}
