namespace SpotCluster.Model;

/// <summary>What a removal of everything would delete, made by listings only: its <see cref="Hash"/> is what is approved.</summary>
public sealed class SpotRemovalPlan
{
    /// <summary>The provider that was listed.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>The account.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The regions that were listed; empty for every place of Vast.ai.</summary>
    public string[] Regions { get; set; } = [];

    /// <summary>SHA-256 over the account and the ids, in hexadecimal: the same set gives the same hash.</summary>
    public string Hash { get; set; } = "";

    /// <summary>USD per hour of the machines that would go; null when a price is unknown.</summary>
    public decimal? HourlyPrice { get; set; }

    /// <summary>Number of machines that would go.</summary>
    public int Machines => Resources.Count(resource => resource.Type == "instance");

    /// <summary>Number of resources that would go, machines too.</summary>
    public int Count => Resources.Length;

    /// <summary>Everything that would go.</summary>
    public SpotResource[] Resources { get; set; } = [];

    /// <summary>What would be left on purpose, and why.</summary>
    public SpotRemoval[] Skipped { get; set; } = [];

    /// <summary>What could not be listed, one line each. Such a plan cannot be approved.</summary>
    public string[] Unknown { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => Hash;
}
