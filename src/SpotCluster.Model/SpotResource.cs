namespace SpotCluster.Model;

/// <summary>A resource that has the filter tag, lies inside something that has it, or is attached to it.</summary>
public sealed class SpotResource
{
    /// <summary>The cloud's id.</summary>
    public string Id { get; set; } = "";

    /// <summary>Kind, in EC2's resource-type words: <c>instance</c>, <c>vpc</c>, <c>security-group</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>The region.</summary>
    public string Region { get; set; } = "";

    /// <summary>The Name tag, or the name where the kind has one of its own.</summary>
    public string? Name { get; set; }

    /// <summary>The cluster that it belongs to; null when it carries no cluster tag.</summary>
    public string? ClusterName { get; set; }

    /// <summary>The VPC that it lies in; null where the kind lies in none.</summary>
    public string? VpcId { get; set; }

    /// <summary>The cloud's word for its state; null where the kind has none.</summary>
    public string? State { get; set; }

    /// <summary>When it was created, UTC; null where the cloud does not tell.</summary>
    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>True when it carries our tag itself; false for an untagged child of something that does.</summary>
    public bool Tagged { get; set; }

    /// <summary>False for what SpotCluster did not create: it is removed only when that is asked for.</summary>
    public bool Managed { get; set; } = true;

    /// <summary>Why it is not managed, in words; null when it is.</summary>
    public string? UnmanagedReason { get; set; }

    /// <summary>USD per hour by list price, for kinds that are billed by the hour besides instances at AWS; null where unknown or free.</summary>
    public decimal? HourlyPrice { get; set; }

    /// <summary>All tags, by key (case-sensitive).</summary>
    public IDictionary<string, string> Tags { get; set => field = ValueMap.Of(value); } = new ValueMap();

    /// <inheritdoc/>
    public override string ToString() => Id;
}
