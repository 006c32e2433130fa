using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>What is taken when neither the request nor the settings name a type: small general machines of every generation.</summary>
/// <remarks>Ten types in every zone is what AWS advises for spot requests.</remarks>
public static class DefaultTypes
{
    private static readonly string[] X64 =
        ["t3.medium", "t3a.medium", "t3.large", "t3a.large", "m5.large", "m5a.large", "m6i.large", "m6a.large", "c5.large", "c6i.large"];

    private static readonly string[] Arm64 =
        ["t4g.medium", "t4g.large", "m6g.large", "m7g.large", "c6g.large", "c7g.large", "r6g.large", "r7g.large"];

    /// <summary>The types of an architecture; those of x64 when none is named.</summary>
    public static IReadOnlyList<string> For(SpotArchitecture? architecture) => architecture == SpotArchitecture.Arm64 ? Arm64 : X64;
}
