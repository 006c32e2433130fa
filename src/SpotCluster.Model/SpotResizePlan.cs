namespace SpotCluster.Model;

/// <summary>What a resize would do: made by looking only, nothing is changed by it.</summary>
public sealed class SpotResizePlan
{
    /// <summary>The cluster.</summary>
    public string ClusterName { get; set; } = "";

    /// <summary>The account that pays for it.</summary>
    public string? AccountId { get; set; }

    /// <summary>Machines that are pending or running now.</summary>
    public int Running { get; set; }

    /// <summary>Machines that it is to have.</summary>
    public int Wanted { get; set; }

    /// <summary>Machines to launch.</summary>
    public int Launch { get; set; }

    /// <summary>Machines to terminate, with the reason of each in HealthReason or StateReason.</summary>
    public ValueList<SpotInstance> Remove { get; set; } = [];

    /// <summary>Where how many are to be launched, and at which price.</summary>
    public ValueList<SpotPlanRegion> Regions { get; set; } = [];

    /// <summary>USD per hour now; null when a price is unknown.</summary>
    public decimal? HourlyPriceBefore { get; set; }

    /// <summary>USD per hour afterwards, at the prices of the cheapest fitting pools; null when a price is unknown.</summary>
    public decimal? HourlyPriceAfter { get; set; }

    /// <summary>True when AWS itself keeps the number of machines.</summary>
    public bool IsMaintained { get; set; }

    /// <summary>True when there is nothing to do.</summary>
    public bool IsDone { get; set; }

    /// <inheritdoc/>
    public override string ToString() => ClusterName;
}
