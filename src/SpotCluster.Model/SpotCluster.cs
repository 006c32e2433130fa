namespace SpotCluster.Model;

/// <summary>A cluster: what was wanted, what runs, and what it costs.</summary>
public sealed class SpotCluster
{
    /// <summary>The name that it was created with.</summary>
    public string Name { get; set; } = "";

    /// <summary>The cloud that it runs in.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>State of the cluster as a whole.</summary>
    public SpotClusterState State { get; set; }

    /// <summary>Number of machines that were asked for; null when no resource tells it any more.</summary>
    public int? Wanted { get; set; }

    /// <summary>Number of machines that are pending or running.</summary>
    public int Running { get; set; }

    /// <summary>Number of healthy nodes; null when no orchestrator was asked.</summary>
    public int? Healthy { get; set; }

    /// <summary>Health of the whole, which is that of its worst node; says so when nobody was asked.</summary>
    public SpotHealth Health { get; set; }

    /// <summary>Per region: what was wanted, what was got, and why not the rest.</summary>
    public ValueList<SpotClusterRegion> Regions { get; set; } = [];

    /// <summary>USD per hour of all running machines; null when a price is unknown.</summary>
    public decimal? HourlyPrice { get; set; }

    /// <summary>USD since creation; null when unknown.</summary>
    public decimal? CostToDate { get; set; }

    /// <summary>When the first resource was created, UTC.</summary>
    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>When it is to be gone, UTC; null when it has no expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>The account that pays for it.</summary>
    public string? AccountId { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The part of a cluster in one region.</summary>
public sealed class SpotClusterRegion
{
    /// <summary>The region.</summary>
    public string Region { get; set; } = "";

    /// <summary>Number of machines that were planned here; null when unknown.</summary>
    public int? Wanted { get; set; }

    /// <summary>Number of machines that are pending or running here.</summary>
    public int Running { get; set; }

    /// <summary>Number of healthy nodes here; null when no orchestrator was asked.</summary>
    public int? Healthy { get; set; }

    /// <summary>USD per hour of the machines here; null when a price is unknown.</summary>
    public decimal? HourlyPrice { get; set; }

    /// <summary>The code of the cloud (for example <c>InsufficientInstanceCapacity</c>) why fewer were got; null when none is missing.</summary>
    public string? Code { get; set; }

    /// <summary>The node that is worst off here and how many more there are, in a few words; null when all are well or nobody was asked.</summary>
    public string? Trouble { get; set; }

    /// <summary>The cloud's own sentence to that code.</summary>
    public string? Reason { get; set; }

    /// <inheritdoc/>
    public override string ToString() =>
        Code is null ? $"{Region}: {Running}" : $"{Region}: {Running} of {Wanted} ({Code})";
}
