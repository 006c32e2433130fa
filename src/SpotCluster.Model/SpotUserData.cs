namespace SpotCluster.Model;

/// <summary>What a machine of a cluster would be told at its first boot, with its secrets masked.</summary>
public sealed class SpotUserData
{
    /// <summary>The cluster.</summary>
    public string ClusterName { get; set; } = "";

    /// <summary>The document, with every secret masked; empty when a machine is told nothing.</summary>
    public string Text { get; set; } = "";

    /// <summary>Bytes that the cloud is given, before base64; gzipped when the text alone is above the limit.</summary>
    public int Bytes { get; set; }

    /// <summary>Most bytes that the cloud takes, before base64.</summary>
    public int Limit { get; set; }

    /// <summary>Whether the cloud is given it gzipped.</summary>
    public bool IsCompressed { get; set; }

    /// <summary>What it is made of, the largest first.</summary>
    public ValueList<SpotUserDataPart> Parts { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>One part of a user data document: a file that it carries, or a section.</summary>
public sealed class SpotUserDataPart
{
    /// <summary>Path of the file, or name of the section.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its bytes within the document.</summary>
    public int Bytes { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
