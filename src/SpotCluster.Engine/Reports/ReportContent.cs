using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Reports;

/// <summary>What a report is to be about.</summary>
public sealed record ReportRequest
{
    /// <summary>Asks the clouds for clusters, machines and costs. False for a report about the removals alone.</summary>
    public bool IncludeClouds { get; init; } = true;

    /// <summary>Clusters; wildcards. Empty for all of ours.</summary>
    public IReadOnlyList<string> ClusterNames { get; init; } = [];

    /// <summary>Machines, taken literally; empty for all.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>Where the charts begin; null for the first launch.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>What was removed.</summary>
    public IReadOnlyList<SpotRemoval> Removals { get; init; } = [];

    /// <summary>The proofs of it.</summary>
    public IReadOnlyList<SpotProof> Proofs { get; init; } = [];
}

/// <summary>Everything that stands in a report.</summary>
public sealed record ReportContent
{
    /// <summary>What was asked for.</summary>
    public required ReportRequest Request { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The accounts that it is about, by id; with the alias where it is known.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>Clusters, by name.</summary>
    public IReadOnlyList<Cluster> Clusters { get; init; } = [];

    /// <summary>Machines, by cluster, region and id.</summary>
    public IReadOnlyList<SpotInstance> Instances { get; init; } = [];

    /// <summary>Costs at AWS; null when nobody was asked.</summary>
    public CostTimeline? Costs { get; init; }

    /// <summary>What is billed on the account at Vast.ai and not managed here; null for nothing.</summary>
    public UnmanagedInstances? Unmanaged { get; init; }

    /// <summary>What could not be found out, one sentence each.</summary>
    public IReadOnlyList<string> Unknown { get; init; } = [];
}
