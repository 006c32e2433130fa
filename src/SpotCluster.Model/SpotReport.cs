namespace SpotCluster.Model;

/// <summary>A report that was written: the file, and what stands in it in short.</summary>
public sealed class SpotReport
{
    /// <summary>Full path of the file.</summary>
    public string Path { get; set; } = "";

    /// <summary>Size of the file.</summary>
    public long Bytes { get; set; }

    /// <summary>The accounts that it is about, with the alias where it is known.</summary>
    public ValueList<string> Accounts { get; set; } = [];

    /// <summary>Number of clusters.</summary>
    public int ClusterCount { get; set; }

    /// <summary>Number of machines.</summary>
    public int InstanceCount { get; set; }

    /// <summary>USD per hour of what exists at AWS, with disks and public addresses; null when a part is unknown, or nobody was asked.</summary>
    public decimal? HourlyCost { get; set; }

    /// <summary>USD until now of what exists at AWS; null when a part is unknown, or nobody was asked.</summary>
    public decimal? CostToDate { get; set; }

    /// <summary>Number of removed and other resources that a removal told of.</summary>
    public int RemovalCount { get; set; }

    /// <summary>True when every proof on it is one; null when there is none.</summary>
    public bool? Proven { get; set; }

    /// <summary>What could not be found out, one sentence each.</summary>
    public ValueList<string> Unknown { get; set; } = [];

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset MadeAt { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
