namespace SpotCluster.Model.Agent;

/// <summary>The answer to a <see cref="CleanupReport"/>.</summary>
public sealed class CleanupReceipt
{
    /// <summary>True: the report was taken.</summary>
    public bool Success { get; set; }

    /// <summary>A sentence for a log.</summary>
    public string Message { get; set; } = "";

    /// <summary>How many snapshots were deleted, those of images included.</summary>
    public int DeletedSnapshots { get; set; }

    /// <summary>How many images were deregistered.</summary>
    public int DeletedAmis { get; set; }

    /// <summary>How many could not be deleted; a pass that failed as a whole counts as one.</summary>
    public int FailedCount { get; set; }
}
