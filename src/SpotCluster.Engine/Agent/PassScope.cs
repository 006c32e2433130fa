namespace SpotCluster.Engine.Agent;

/// <summary>What one pass is to do.</summary>
public sealed record PassScope
{
    /// <summary>Only look: nothing is claimed, terminated, deleted or reported.</summary>
    public bool WhatIf { get; init; }

    /// <summary>Only these machines, images and snapshots; null for everything.</summary>
    public IReadOnlyCollection<string>? Only { get; init; }

    /// <summary>Whether old images and snapshots are cleaned up too.</summary>
    public bool Images { get; init; } = true;
}
