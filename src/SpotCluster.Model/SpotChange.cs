namespace SpotCluster.Model;

/// <summary>Something that changed in a cluster while it was watched.</summary>
public sealed class SpotChange
{
    /// <summary>When it was noticed, UTC.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>What kind of change it is.</summary>
    public SpotChangeKind Kind { get; set; }

    /// <summary>The cluster; null for a machine of none.</summary>
    public string? ClusterName { get; set; }

    /// <summary>The machine.</summary>
    public string InstanceId { get; set; } = "";

    /// <summary>Its region.</summary>
    public string Region { get; set; } = "";

    /// <summary>What it was before; null for a machine that was not there.</summary>
    public string? From { get; set; }

    /// <summary>What it is now; null for a machine that is not there any more.</summary>
    public string? To { get; set; }

    /// <summary>Why, where that is known.</summary>
    public string? Reason { get; set; }

    /// <summary>The machine as it is now, or was last.</summary>
    public SpotInstance? Instance { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{InstanceId} {Kind} {From} > {To}";
}

/// <summary>What kind of change a <see cref="SpotChange"/> is.</summary>
public enum SpotChangeKind
{
    /// <summary>It was there when the watch began.</summary>
    Seen,

    /// <summary>It is new.</summary>
    Appeared,

    /// <summary>Its state is another one.</summary>
    State,

    /// <summary>Its health is another one.</summary>
    Health,

    /// <summary>It is not shown any more.</summary>
    Disappeared,
}
