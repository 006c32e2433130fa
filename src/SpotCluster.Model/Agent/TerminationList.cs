namespace SpotCluster.Model.Agent;

/// <summary>The answer of <c>GET /api/agents/{id}/instances-to-terminate</c>.</summary>
public sealed class TerminationList
{
    /// <summary>The machines to terminate; empty while <see cref="AutoTerminateEnabled"/> is false.</summary>
    public TerminationItem[] Instances { get; set; } = [];

    /// <summary>The backend's switch. A peer may write it as 1 or 0.</summary>
    public bool AutoTerminateEnabled { get; set; }

    /// <summary>How many seconds an old primary is kept before it is handed out; null from a peer that has none set.</summary>
    public int? TerminateWaitSeconds { get; set; }

    /// <summary>When to ask again, in seconds; null from a peer that does not say.</summary>
    public int? NextPollSeconds { get; set; }

    /// <summary>The tag that a machine must carry to be terminated, as <c>key=value</c>; null when none is required.</summary>
    public string? RequiredTag { get; set; }
}
