namespace SpotCluster.Engine.Configuration;

/// <summary>One value that a file gives.</summary>
internal sealed record FileValue(SettingDefinition Setting, object Value, YamlPlace Place);

/// <summary>What a file says.</summary>
internal sealed record ConfigurationDocument(
    string Path,
    ConfigurationLayout Layout,
    IReadOnlyList<FileValue> Values,
    IReadOnlyList<ConfigurationFinding> Errors,
    IReadOnlyList<ConfigurationFinding> Warnings)
{
    /// <summary>The token of an old file; null when there is none, or it was not asked for.</summary>
    public string? Token { get; init; }
}
