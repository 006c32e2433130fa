namespace SpotCluster.Model;

/// <summary>One setting as it is in force, and where its value comes from.</summary>
public sealed class SpotSetting
{
    /// <summary>The key in <c>spotcluster.yaml</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The value in force: text, a list of texts, a table of texts, a number of USD, a duration or an architecture; null when
    /// it has none.
    /// </summary>
    public object? Value { get; set; }

    /// <summary>What the value comes from.</summary>
    public SpotSettingSource Source { get; set; }

    /// <summary>The file and line, or the environment variable; null for a default.</summary>
    public string? Location { get; set; }

    /// <summary>The environment variable that wins over the file.</summary>
    public string EnvironmentVariable { get; set; } = "";

    /// <summary>What the setting does.</summary>
    public string Description { get; set; } = "";

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Where a value comes from. A later one wins over an earlier one.</summary>
public enum SpotSettingSource
{
    /// <summary>Nobody has set it.</summary>
    Default,

    /// <summary>The configuration file.</summary>
    File,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>The program that opened the engine.</summary>
    Parameter,
}
