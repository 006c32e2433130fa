using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>The words that options take.</summary>
internal static class Words
{
    public static readonly IReadOnlyDictionary<string, SpotArchitecture> Architectures =
        new Dictionary<string, SpotArchitecture>(StringComparer.OrdinalIgnoreCase)
        {
            ["x64"] = SpotArchitecture.X64,
            ["arm64"] = SpotArchitecture.Arm64,
            ["x86_64"] = SpotArchitecture.X64,
            ["amd64"] = SpotArchitecture.X64,
            ["aarch64"] = SpotArchitecture.Arm64,
        };

    public static readonly IReadOnlyDictionary<string, SpotFallback> Fallbacks =
        new Dictionary<string, SpotFallback>(StringComparer.OrdinalIgnoreCase)
        {
            ["none"] = SpotFallback.None,
            ["on-demand"] = SpotFallback.OnDemand,
            ["OnDemand"] = SpotFallback.OnDemand,
        };

    public static readonly IReadOnlyDictionary<string, SpotInstanceState> States =
        new Dictionary<string, SpotInstanceState>(StringComparer.OrdinalIgnoreCase)
        {
            ["pending"] = SpotInstanceState.Pending,
            ["running"] = SpotInstanceState.Running,
            ["stopping"] = SpotInstanceState.Stopping,
            ["stopped"] = SpotInstanceState.Stopped,
            ["shutting-down"] = SpotInstanceState.ShuttingDown,
            ["terminated"] = SpotInstanceState.Terminated,
            ["outbid"] = SpotInstanceState.Outbid,
            ["stuck"] = SpotInstanceState.Stuck,
        };

    public static readonly IReadOnlyDictionary<string, WaitCondition> WaitConditions =
        new Dictionary<string, WaitCondition>(StringComparer.OrdinalIgnoreCase)
        {
            ["running"] = WaitCondition.Running,
            ["reachable"] = WaitCondition.Reachable,
            ["healthy"] = WaitCondition.Healthy,
            ["terminated"] = WaitCondition.Terminated,
        };

    public static readonly IReadOnlyDictionary<string, SpotCostScope> CostScopes =
        new Dictionary<string, SpotCostScope>(StringComparer.OrdinalIgnoreCase)
        {
            ["total"] = SpotCostScope.Total,
            ["cluster"] = SpotCostScope.Cluster,
            ["region"] = SpotCostScope.Region,
            ["instance"] = SpotCostScope.Instance,
        };
}
