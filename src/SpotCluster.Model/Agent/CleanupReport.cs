namespace SpotCluster.Model.Agent;

/// <summary>The body of <c>POST /api/agents/{id}/cleanup-report</c>: old images and snapshots that were deleted.</summary>
public sealed class CleanupReport
{
    /// <summary>When the pass ended, by the agent's clock.</summary>
    public DateTimeOffset? Timestamp { get; set; }

    /// <summary>The snapshots of the pass.</summary>
    public SnapshotCleanup? Snapshots { get; set; }

    /// <summary>The images of the pass.</summary>
    public ImageCleanup? Amis { get; set; }
}

/// <summary>Snapshots of one clean-up pass.</summary>
public sealed class SnapshotCleanup
{
    /// <summary>Ids of the deleted snapshots.</summary>
    public string[] Deleted { get; set; } = [];

    /// <summary>What could not be deleted.</summary>
    public CleanupFailure[] Failed { get; set; } = [];

    /// <summary>Everything older than this was a candidate.</summary>
    public DateTimeOffset? CutoffDate { get; set; }

    /// <summary>Why the whole pass failed; null when it did not.</summary>
    public string? Error { get; set; }
}

/// <summary>Images of one clean-up pass.</summary>
public sealed class ImageCleanup
{
    /// <summary>Ids of the deregistered images.</summary>
    public string[] DeletedAmis { get; set; } = [];

    /// <summary>Ids of the snapshots that belonged to them.</summary>
    public string[] DeletedSnapshots { get; set; } = [];

    /// <summary>What could not be deleted.</summary>
    public CleanupFailure[] Failed { get; set; } = [];

    /// <summary>Everything older than this was a candidate.</summary>
    public DateTimeOffset? CutoffDate { get; set; }

    /// <summary>Why the whole pass failed; null when it did not.</summary>
    public string? Error { get; set; }
}

/// <summary>One image or snapshot that could not be deleted.</summary>
public sealed class CleanupFailure
{
    /// <summary>The resource's id.</summary>
    public string? Id { get; set; }

    /// <summary>What AWS answered.</summary>
    public string? Error { get; set; }
}
