namespace SpotCluster.Model;

/// <summary>One entry of a price history: from this moment on, a pool cost that much.</summary>
public sealed class SpotPrice
{
    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>Region.</summary>
    public string Region { get; set; } = "";

    /// <summary>Availability zone.</summary>
    public string Zone { get; set; } = "";

    /// <summary>Instance type.</summary>
    public string InstanceType { get; set; } = "";

    /// <summary>Operating system that the price is for, for example <c>Linux/UNIX</c>.</summary>
    public string ProductDescription { get; set; } = "";

    /// <summary>USD per hour.</summary>
    public decimal HourlyPrice { get; set; }

    /// <summary>When the price began to hold, UTC. It holds until the next entry of the same pool.</summary>
    public DateTimeOffset At { get; set; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{InstanceType} {Zone} {HourlyPrice}");
}
