namespace SpotCluster.Model;

/// <summary>What a removal of everything would delete, made by listings only: its <see cref="Hash"/> is what is approved.</summary>
public sealed class SpotRemovalPlan
{
    /// <summary>The provider that was listed.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>The account.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The regions that were listed; empty for every place of Vast.ai.</summary>
    public ValueList<string> Regions { get; set; } = [];

    /// <summary>What was selected by name, tag and type, in words; empty for everything.</summary>
    public string Filter { get; set; } = "";

    /// <summary>The filter tag in force, <c>key=value</c>; empty at Vast.ai, where the label stands for it.</summary>
    public string FilterTag { get; set; } = "";

    /// <summary>Where the filter tag comes from: a line of a configuration file, an environment variable, or the default.</summary>
    public string FilterTagSource { get; set; } = "";

    /// <summary>What clusters of SpotCluster under other filter tags have, one sentence each: not included.</summary>
    public ValueList<string> Hidden { get; set; } = [];

    /// <summary>SHA-256 over the account and the ids, in hexadecimal: the same set gives the same hash.</summary>
    public string Hash { get; set; } = "";

    /// <summary>USD per hour of the machines that would go; null when a price is unknown.</summary>
    public decimal? HourlyPrice { get; set; }

    /// <summary>Number of machines that would go.</summary>
    public int InstanceCount => Resources.Count(resource => resource.Type == "instance");

    /// <summary>Number of resources that would go, machines too.</summary>
    public int ResourceCount => Resources.Length;

    /// <summary>Everything that would go.</summary>
    public ValueList<SpotResource> Resources { get; set; } = [];

    /// <summary>What would be left on purpose, and why.</summary>
    public ValueList<SpotRemoval> Skipped { get; set; } = [];

    /// <summary>What SpotCluster does not manage and would leave: it blocks what it lies in, and is included by an option.</summary>
    public ValueList<SpotResource> Unmanaged { get; set; } = [];

    /// <summary>What could not be listed, one line each. Such a plan cannot be approved.</summary>
    public ValueList<string> Unknown { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => Hash;
}
