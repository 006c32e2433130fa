using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>What a file of any layout says, as values for <see cref="ConfigurationWriter"/>.</summary>
public sealed class ConfigurationImport
{
    private const string TokenFile = "orchestrator-token";

    private readonly string? _token;
    private readonly IReadOnlyList<ConfigurationFinding> _placeholders;

    private ConfigurationImport(SpotConfiguration configuration, string? token)
    {
        _token = token;
        _placeholders = [.. configuration.Errors.Where(finding => finding.IsPlaceholder)];
        Values = configuration.Values
            .Where(value => value is { Source: SpotSettingSource.File, Value: not null })
            .ToDictionary(value => value.Name, value => value.Value!, StringComparer.Ordinal);
        Lost = configuration.Warnings;
    }

    /// <summary>The values by the names of their settings.</summary>
    public Dictionary<string, object> Values { get; }

    /// <summary>What of the file is lost.</summary>
    public IReadOnlyList<ConfigurationFinding> Lost { get; }

    /// <summary>The values of a file, and what of it is lost.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ConfigurationInvalid"/>, <see cref="SpotErrorIds.ConfigurationNotFound"/>.</exception>
    public static ConfigurationImport Read(string path)
    {
        var document = ConfigurationReader.Read(path, keepsToken: true);
        var configuration = SpotConfiguration.Of(document);
        if (configuration.Errors.Where(finding => !finding.IsPlaceholder).ToList() is { Count: > 0 } errors)
        {
            throw ConfigurationFindings.ToException(errors);
        }

        var import = new ConfigurationImport(configuration, document.Token);
        return import.Values.Count > 0 || import._token is not null || import._placeholders.Count > 0 ? import : throw new SpotException(
            SpotErrorIds.ConfigurationInvalid, SpotErrorCategory.InvalidData, $"Cannot convert {path}: nothing in it has a counterpart{Dropped(import.Lost)}.")
        {
            Target = path,
            RecommendedAction = "Name the configuration file (config.yaml) of the old program, or omit -From (--from) and specify the values as options.",
        };
    }

    /// <summary>Settings for which the file has a placeholder and <paramref name="values"/> have nothing.</summary>
    public IReadOnlyList<string> Missing(IReadOnlyDictionary<string, object> values) =>
        [.. _placeholders.Select(finding => finding.Key!).Where(name => !values.ContainsKey(name)).Distinct(StringComparer.Ordinal)];

    /// <summary>Throws for placeholders that nobody has replaced.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ConfigurationInvalid"/>.</exception>
    public void Require(IReadOnlyDictionary<string, object> values)
    {
        var missing = Missing(values);
        if (missing.Count > 0)
        {
            throw ConfigurationFindings.ToException([.. _placeholders.Where(finding => missing.Contains(finding.Key!, StringComparer.Ordinal))]);
        }
    }

    /// <summary>Names the file of the token that nodes join with, beside the new configuration.</summary>
    public void Place(Dictionary<string, object> values, string path)
    {
        if (_token is not null && !values.ContainsKey("orchestratorTokenPath"))
        {
            values["orchestratorTokenPath"] = TokenPath(path);
        }
    }

    /// <summary>Writes the token into that file, readable for its owner only; the path of it, or null when there is none to write.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>, <see cref="SpotErrorIds.ConfigurationExists"/>.</exception>
    public string? WriteToken(IReadOnlyDictionary<string, object> values, string path, bool overwrite)
    {
        if (_token is null || !values.TryGetValue("orchestratorTokenPath", out var place) || !Equals(place, TokenPath(path)))
        {
            return null;
        }

        ConfigurationWriter.Refuse(TokenPath(path), overwrite);
        try
        {
            PrivateFile.CreateFolder(Path.GetDirectoryName(TokenPath(path))!);
            PrivateFile.Write(TokenPath(path), _token + "\n");
            return TokenPath(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new SpotException(SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"{TokenPath(path)} cannot be written: {failure.Message}", failure)
            {
                Target = TokenPath(path),
                RecommendedAction = "Specify a path in a folder with write permission.",
            };
        }
    }

    private static string TokenPath(string path) => Path.Combine(Path.GetDirectoryName(path) ?? path, TokenFile);

    private static string Dropped(IReadOnlyList<ConfigurationFinding> lost) =>
        lost.Count == 0 ? ": it has no setting" : $": {string.Join(", ", lost.Select(finding => finding.Key).Distinct(StringComparer.Ordinal).Take(5))} {(lost.Count == 1 ? "has" : "have")} no counterpart";
}
