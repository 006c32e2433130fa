using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>What a user asks for with Resize-SpotCluster or <c>resize</c>.</summary>
public sealed record ResizeRequest
{
    /// <summary>The cluster, by its exact name.</summary>
    public required string Name { get; init; }

    /// <summary>The provider.</summary>
    public SpotProvider Provider { get; init; } = SpotProvider.Aws;

    /// <summary>Machines that it is to have; null to keep the number that it was last asked for, and only to repair.</summary>
    public int? Count { get; init; }

    /// <summary>Instance types of new machines; empty for those that it was launched with.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];
}

/// <summary>A resize that was looked at.</summary>
public sealed class ResizePlan
{
    internal ResizePlan(ResizeRequest request, SpotResizePlan summary, LaunchPlan? launch, ClusterSnapshot snapshot)
    {
        Request = request;
        Summary = summary;
        Launch = launch;
        Snapshot = snapshot;
    }

    /// <summary>What a user is shown.</summary>
    public SpotResizePlan Summary { get; }

    internal ResizeRequest Request { get; }

    internal LaunchPlan? Launch { get; }

    internal ClusterSnapshot Snapshot { get; }
}
