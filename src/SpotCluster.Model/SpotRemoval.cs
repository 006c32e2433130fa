namespace SpotCluster.Model;

/// <summary>What became of one resource in a removal.</summary>
public sealed class SpotRemoval
{
    /// <summary>The cloud's id.</summary>
    public string Id { get; set; } = "";

    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>Kind, in EC2's resource-type words.</summary>
    public string Type { get; set; } = "";

    /// <summary>The region.</summary>
    public string Region { get; set; } = "";

    /// <summary>The account; null where it is not known.</summary>
    public string? AccountId { get; set; }

    /// <summary>The cluster that it belonged to; null for none.</summary>
    public string? ClusterName { get; set; }

    /// <summary>The Name tag or label.</summary>
    public string? Name { get; set; }

    /// <summary>What became of it. <see cref="SpotRemovalOutcome.Removed"/> is said only when it was seen to be gone.</summary>
    public SpotRemovalOutcome Outcome { get; set; }

    /// <summary>The cloud's code where it was not removed.</summary>
    public string? Code { get; set; }

    /// <summary>One sentence where it was not removed.</summary>
    public string? Reason { get; set; }

    /// <summary>Id of what holds it; null when nothing does.</summary>
    public string? BlockedBy { get; set; }

    /// <summary>From the start of the removal until this outcome.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary><see cref="Elapsed"/> in seconds, for JSON.</summary>
    public double ElapsedSeconds => Elapsed.TotalSeconds;

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Outcome}";
}
