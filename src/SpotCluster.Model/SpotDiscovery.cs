namespace SpotCluster.Model;

/// <summary>Settings that were read back from resources, because nobody has the file any more that they were made with.</summary>
public sealed class SpotDiscovery
{
    /// <summary>Key of the tag that marks what is ours.</summary>
    public string FilterTagName { get; set; } = "";

    /// <summary>Value of that tag.</summary>
    public string FilterTagValue { get; set; } = "";

    /// <summary>Value of the tag CreatedBy; null when none was found.</summary>
    public string? Creator { get; set; }

    /// <summary>Start of the names; null when it cannot be told.</summary>
    public string? ResourcePrefix { get; set; }

    /// <summary>Name of the VPCs; null when there is none.</summary>
    public string? VpcName { get; set; }

    /// <summary>Names of the clusters, sorted.</summary>
    public ValueList<string> Clusters { get; set; } = [];

    /// <summary>Regions with something in them, sorted.</summary>
    public ValueList<string> Regions { get; set; } = [];

    /// <summary>Number of resources that carry the tag.</summary>
    public int ResourceCount { get; set; }

    /// <summary>False when another tag, which all of them carry too, could be the one that marks them.</summary>
    public bool IsCertain { get; set; }

    /// <summary>True when the settings in force find these resources.</summary>
    public bool IsConfigured { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{FilterTagName}={FilterTagValue}";
}
