using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>What a file of any layout says, as values for <see cref="ConfigurationWriter"/>.</summary>
public static class ConfigurationImport
{
    /// <summary>The values of a file, and what of it is lost.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ConfigurationInvalid"/>, <see cref="SpotErrorIds.ConfigurationNotFound"/>.</exception>
    public static (Dictionary<string, object> Values, IReadOnlyList<ConfigurationFinding> Lost) Read(string path)
    {
        var configuration = SpotConfiguration.Read(new ConfigurationPlace(path, true), _ => null).Require();
        var values = configuration.Values
            .Where(value => value is { Source: SpotSettingSource.File, Value: not null })
            .ToDictionary(value => value.Name, value => value.Value!, StringComparer.Ordinal);
        return (values, configuration.Warnings);
    }
}
