namespace SpotCluster.Model.Agent;

/// <summary>A stand-in for an agent's primary.</summary>
public sealed class AgentReplica
{
    /// <summary>The replica's id; also the ClientToken of its launch, so that a repeated launch makes one machine.</summary>
    public string Id { get; set; } = "";

    /// <summary>The EC2 instance id, or a placeholder (<c>manual-…</c>, <c>replica-…</c>) until a machine was launched.</summary>
    public string InstanceId { get; set; } = "";

    /// <summary><c>manual</c>, <c>automatic-rebalance</c> or <c>automatic-termination</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary><c>launching</c>, <c>syncing</c>, <c>ready</c>, <c>promoted</c>, <c>terminated</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public string Status { get; set; } = "";

    /// <summary><c>initializing</c>, <c>syncing</c>, <c>synced</c> or <c>out-of-sync</c>.</summary>
    public string SyncStatus { get; set; } = "";

    /// <summary>How far behind it is, in milliseconds.</summary>
    public int? SyncLatencyMs { get; set; }

    /// <summary>How much was transferred, 0 to 100 percent.</summary>
    public int StateTransferProgress { get; set; }

    /// <summary>Where it runs or is to run.</summary>
    public ReplicaPool Pool { get; set; } = new();

    /// <summary>Who asked for it.</summary>
    public string CreatedBy { get; set; } = "";

    /// <summary>The primary that it stands in for.</summary>
    public string? ParentInstanceId { get; set; }

    /// <summary>When it was asked for, UTC.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it was ready, UTC.</summary>
    public DateTimeOffset? ReadyAt { get; set; }

    /// <summary>When it was given up, UTC.</summary>
    public DateTimeOffset? TerminatedAt { get; set; }

    /// <summary>Seconds since it was asked for.</summary>
    public long AgeSeconds { get; set; }

    /// <summary>Whether it is launching, syncing or ready.</summary>
    public bool IsActive { get; set; }

    /// <summary>Whether its machine was reported gone.</summary>
    public bool TerminationConfirmed { get; set; }

    /// <summary>What went wrong.</summary>
    public string? ErrorMessage { get; set; }
}

/// <summary>Where a replica runs or is to run.</summary>
public sealed class ReplicaPool
{
    /// <summary>The spot pool's id, when one was named.</summary>
    public string? Id { get; set; }

    /// <summary>The spot pool's name: type and zone.</summary>
    public string? Name { get; set; }

    /// <summary>The instance type.</summary>
    public string? InstanceType { get; set; }

    /// <summary>The region.</summary>
    public string? Region { get; set; }

    /// <summary>The availability zone.</summary>
    public string? Az { get; set; }
}
