using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>
/// The settings in force with the origin of each: the environment wins over the file, the file over the defaults. What is
/// given to a command wins over all of them, and is not seen here.
/// </summary>
public sealed class SpotConfiguration
{
    private SpotConfiguration()
    {
    }

    /// <summary>The settings.</summary>
    public SpotSettings Settings { get; private set; } = new();

    /// <summary>Each setting with its origin, in the order of the table.</summary>
    public IReadOnlyList<SpotSetting> Values { get; private set; } = [];

    /// <summary>The file that was read; null for none.</summary>
    public string? Path { get; private set; }

    /// <summary>The layout of that file.</summary>
    public ConfigurationLayout Layout { get; private set; }

    /// <summary>What is wrong; with anything here the settings are not to be used.</summary>
    public IReadOnlyList<ConfigurationFinding> Errors { get; private set; } = [];

    /// <summary>What an old file says and is lost.</summary>
    public IReadOnlyList<ConfigurationFinding> Warnings { get; private set; } = [];

    /// <summary>Reads everything there is, and says what is wrong with it. Does not throw for that.</summary>
    /// <param name="place">Where the file lies.</param>
    /// <param name="variable">Reads an environment variable; null for those of the process.</param>
    public static SpotConfiguration Read(ConfigurationPlace place, Func<string, string?>? variable = null)
    {
        var document = place.Path is { } path && (place.IsRequired || File.Exists(path)) ? ConfigurationReader.Read(path) : null;
        return Read(document, variable ?? Environment.GetEnvironmentVariable);
    }

    /// <summary>What one file says, and nothing else.</summary>
    internal static SpotConfiguration Of(ConfigurationDocument document) => Read(document, _ => null);

    private static SpotConfiguration Read(ConfigurationDocument? document, Func<string, string?> variable)
    {
        var errors = new List<ConfigurationFinding>(document?.Errors ?? []);
        var settings = new SpotSettings { Warnings = [.. (document?.Warnings ?? []).Select(warning => warning.ToString())] };
        var values = new List<SpotSetting>();
        foreach (var setting in SettingTable.All)
        {
            var (value, source, location) = Choose(setting, document, variable, errors);
            if (value is not null)
            {
                settings = setting.Set(settings, value);
            }

            values.Add(Describe(setting, settings, source, location));
        }

        if (settings.Tags.ContainsKey(settings.FilterTagName))
        {
            errors.Add(new ConfigurationFinding(
                $"The tag '{settings.FilterTagName}' is not supported in tags: it is the filter tag, whose value is filterTagValue.",
                document?.Path,
                Key: "tags"));
        }

        return new SpotConfiguration
        {
            Settings = settings with
            {
                FilterTagSource = LocationOf("filterTagValue", values) ?? LocationOf("filterTagName", values) ?? SpotSettings.DefaultSource,
                RegionsSource = LocationOf("regions", values) ?? SpotSettings.DefaultSource,
            },
            Values = values,
            Path = document?.Path,
            Layout = document?.Layout ?? ConfigurationLayout.SpotCluster,
            Errors = errors,
            Warnings = document?.Warnings ?? [],
        };
    }

    /// <summary>The same for settings that a program gives: nothing is read.</summary>
    public static SpotConfiguration Of(SpotSettings settings) => new()
    {
        Settings = settings,
        Values = [.. SettingTable.All.Select(setting => Describe(setting, settings, SpotSettingSource.Parameter, null))],
    };

    /// <summary>The configuration itself, when nothing is wrong with it.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ConfigurationInvalid"/>, <see cref="SpotErrorIds.ConfigurationNotFound"/>.</exception>
    public SpotConfiguration Require() => Errors.Count == 0 ? this : throw ConfigurationFindings.ToException(Errors);

    private static string? LocationOf(string name, List<SpotSetting> values) => values.Find(value => value.Name == name)?.Location;

    private static (object? Value, SpotSettingSource Source, string? Location) Choose(
        SettingDefinition setting,
        ConfigurationDocument? document,
        Func<string, string?> variable,
        List<ConfigurationFinding> errors)
    {
        if (variable(setting.EnvironmentVariable) is { Length: > 0 } text)
        {
            var (value, problem) = SettingText.ReadVariable(setting, text, Directory.GetCurrentDirectory());
            if (problem is not null)
            {
                errors.Add(new ConfigurationFinding($"It is not valid for {setting.Name}: {problem}.", setting.EnvironmentVariable, Key: setting.Name));
            }

            return (value, SpotSettingSource.Environment, setting.EnvironmentVariable);
        }

        return document?.Values.FirstOrDefault(given => given.Setting == setting) is { } found
            ? (found.Value, SpotSettingSource.File, string.Format(CultureInfo.InvariantCulture, "{0}:{1}", document.Path, found.Place.Line))
            : (null, SpotSettingSource.Default, null);
    }

    private static SpotSetting Describe(SettingDefinition setting, SpotSettings settings, SpotSettingSource source, string? location) => new()
    {
        Name = setting.Name,
        Value = setting.Get(settings),
        Source = source,
        Location = location,
        EnvironmentVariable = setting.EnvironmentVariable,
        Description = setting.Description,
    };
}
