using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>The words that options take.</summary>
internal static class Words
{
    public static readonly WordTable<SpotArchitecture> Architectures = new()
    {
        ["x64"] = SpotArchitecture.X64,
        ["arm64"] = SpotArchitecture.Arm64,
        ["x86_64"] = SpotArchitecture.X64,
        ["amd64"] = SpotArchitecture.X64,
        ["aarch64"] = SpotArchitecture.Arm64,
    };

    public static readonly WordTable<SpotFallback> Fallbacks = new()
    {
        ["none"] = SpotFallback.None,
        ["on-demand"] = SpotFallback.OnDemand,
        ["OnDemand"] = SpotFallback.OnDemand,
    };

    public static readonly WordTable<SpotInstanceState> States = new()
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

    public static readonly WordTable<WaitCondition> WaitConditions = new()
    {
        ["running"] = WaitCondition.Running,
        ["reachable"] = WaitCondition.Reachable,
        ["healthy"] = WaitCondition.Healthy,
        ["terminated"] = WaitCondition.Terminated,
    };

    public static readonly WordTable<SpotCostScope> CostScopes = new()
    {
        ["total"] = SpotCostScope.Total,
        ["cluster"] = SpotCostScope.Cluster,
        ["region"] = SpotCostScope.Region,
        ["instance"] = SpotCostScope.Instance,
    };
}
