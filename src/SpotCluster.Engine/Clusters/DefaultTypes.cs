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

    /// <summary>Every type that may be taken.</summary>
    public static IReadOnlyList<string> All { get; } = [.. X64, .. Arm64];

    /// <summary>The types of an architecture; without one x64, or all when the image will decide.</summary>
    public static IReadOnlyList<string> For(SpotArchitecture? architecture, string? image) => (architecture, image) switch
    {
        (SpotArchitecture.Arm64, _) => Arm64,
        (null, not null) => All,
        _ => X64,
    };
}
