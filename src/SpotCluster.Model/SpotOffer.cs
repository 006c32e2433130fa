namespace SpotCluster.Model;

/// <summary>Something that can be rented now: a pool (type and zone) at AWS, an offer at Vast.ai.</summary>
public sealed class SpotOffer
{
    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>Id to rent it by at Vast.ai; null at AWS.</summary>
    public string? OfferId { get; set; }

    /// <summary>AWS region, or the Vast.ai geolocation.</summary>
    public string Region { get; set; } = "";

    /// <summary>AWS availability zone; null at Vast.ai.</summary>
    public string? Zone { get; set; }

    /// <summary>AWS instance type; at Vast.ai the number and name of the GPUs.</summary>
    public string InstanceType { get; set; } = "";

    /// <summary>Virtual processors; null when unknown.</summary>
    public decimal? VCpu { get; set; }

    /// <summary>Main memory in GiB; null when unknown.</summary>
    public decimal? MemoryGiB { get; set; }

    /// <summary>Processor architecture.</summary>
    public SpotArchitecture Architecture { get; set; }

    /// <summary>Name of the GPU; null where there is none.</summary>
    public string? GpuName { get; set; }

    /// <summary>Number of GPUs.</summary>
    public int GpuCount { get; set; }

    /// <summary>Memory per GPU in GiB; null when unknown or no GPU.</summary>
    public decimal? GpuMemoryGiB { get; set; }

    /// <summary>USD per hour now; null when unknown.</summary>
    public decimal? HourlyPrice { get; set; }

    /// <summary>USD per hour at the list price; null when unknown.</summary>
    public decimal? OnDemandHourlyPrice { get; set; }

    /// <summary>What is saved against the list price, 0 to 1; null when a price is unknown.</summary>
    public decimal? Savings { get; set; }

    /// <summary>
    /// AWS spot placement score, 1 to 10: how likely the zone gives the wanted number of machines of the found types, taken
    /// together. Null when the API did not grant it. Never estimated.
    /// </summary>
    public int? PlacementScore { get; set; }

    /// <summary>Vast.ai reliability, 0 to 1; null at AWS.</summary>
    public decimal? Reliability { get; set; }

    /// <inheritdoc/>
    public override string ToString() => OfferId ?? $"{InstanceType} {Zone ?? Region}";
}
