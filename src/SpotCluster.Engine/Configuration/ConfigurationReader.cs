using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>Reads one file, strictly: everything that is not understood is an error with its place.</summary>
/// <remarks>By hand: a deserializer keeps no line of a value, and every error and the origin of every setting name theirs; YamlDotNet parses.</remarks>
internal sealed class ConfigurationReader
{
    /// <summary>More are not looked for: whoever has so many has given us the wrong file.</summary>
    private const int MostFindings = 50;

    private readonly string _path;
    private readonly string _folder;
    private readonly List<FileValue> _values = [];
    private readonly List<ConfigurationFinding> _errors = [];
    private readonly List<ConfigurationFinding> _warnings = [];

    private ConfigurationReader(string path, bool keepsToken)
    {
        KeepsToken = keepsToken;
        _path = path;
        _folder = Path.GetDirectoryName(path) ?? path;
    }

    /// <summary>Reads a file. What is wrong with it is in the document; never throws for that.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="keepsToken">The token of an old file is wanted; otherwise it is lost, and that is said.</param>
    public static ConfigurationDocument Read(string path, bool keepsToken = false)
    {
        var reader = new ConfigurationReader(path, keepsToken);
        var layout = ConfigurationLayout.SpotCluster;
        try
        {
            var root = YamlTree.Read(ReadBytes(path));
            layout = LegacyLayout.Recognize(root);
            reader.ReadRoot(root, layout);
        }
        catch (YamlRefusedException refusal)
        {
            reader._errors.Add(new ConfigurationFinding(Sentence(refusal.Message), path, refusal.Place.Line, refusal.Place.Column, refusal.Key));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            reader._errors.Add(new ConfigurationFinding($"The configuration file {path} does not exist.", null, Key: path, Advice: "Create one with New-SpotConfiguration (spotcluster config new).")
            {
                ErrorId = SpotErrorIds.ConfigurationNotFound,
            });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            reader._errors.Add(new ConfigurationFinding($"Cannot read the file: {failure.Message}", path));
        }

        return new ConfigurationDocument(path, layout, reader._values, reader._errors, reader._warnings) { Token = reader.Token };
    }

    /// <summary>The token of an old file is wanted.</summary>
    public bool KeepsToken { get; }

    /// <summary>The token of an old file.</summary>
    public string? Token { get; set; }

    /// <summary>Reads the value of a setting; what is wrong goes to the errors.</summary>
    public void ReadValue(SettingDefinition setting, YamlNode node)
    {
        if (node.IsNothing)
        {
            Error($"'{setting.Name}' has no value; add one, or remove the line", node.Place, setting.Name);
            return;
        }

        var value = setting.Kind switch
        {
            SettingKind.PathList when node.Text is not null => ReadText(setting, node) is { } one ? new[] { (string)one } : null,
            SettingKind.TextList or SettingKind.PathList => ReadList(setting, node),
            SettingKind.TextMap or SettingKind.PathMap => ReadMap(setting, node),
            _ => ReadText(setting, node),
        };
        if (value is not null)
        {
            _values.Add(new FileValue(setting, value, node.Place));
        }
    }

    /// <summary>Notes something that is wrong.</summary>
    public void Error(string message, YamlPlace place, string? key, string? advice = null) =>
        _errors.Add(new ConfigurationFinding(Sentence(message), _path, place.Line, place.Column, key, advice));

    /// <summary>Notes a placeholder: somebody has to say what belongs there.</summary>
    public void Placeholder(string setting, string key, YamlNode node) =>
        _errors.Add(new ConfigurationFinding(
            $"'{key}' has the placeholder '{Short(node.Text!)}' instead of a value.",
            _path,
            node.Place.Line,
            node.Place.Column,
            setting,
            $"Write the value of {setting} into the file, or give it as an option of config new (New-SpotConfiguration).")
        {
            IsPlaceholder = true,
        });

    /// <summary>Notes something that an old file says and that is lost.</summary>
    public void Warn(string message, YamlPlace place, string? key) =>
        _warnings.Add(new ConfigurationFinding(Sentence(message), _path, place.Line, place.Column, key));

    private void ReadRoot(YamlNode root, ConfigurationLayout layout)
    {
        if (root.Entries is null)
        {
            Error("the file must be a table of settings (key: value)", root.Place, null);
            return;
        }

        if (LegacyLayout.WhyNone(root) is { } other)
        {
            Error(other, root.Place, null);
            return;
        }

        if (layout != ConfigurationLayout.SpotCluster)
        {
            new LegacyLayout(this).Read(root, layout);
            return;
        }

        foreach (var (key, value) in root.Entries)
        {
            if (_errors.Count >= MostFindings)
            {
                Error("too many errors; the rest of the file is not checked", key.Place, null);
                return;
            }

            if (SettingTable.Find(key.Text!) is { } setting)
            {
                ReadValue(setting, value);
            }
            else
            {
                ReportUnknown(key);
            }
        }
    }

    private void ReportUnknown(YamlNode key)
    {
        var name = Short(key.Text!);
        var nearest = NearestName.Find(key.Text!, SettingTable.All.Select(setting => setting.Name));
        Error(
            nearest is null ? $"unknown setting '{name}'" : $"unknown setting '{name}'; did you mean '{nearest}'?",
            key.Place,
            key.Text,
            nearest is null ? $"Known settings: {string.Join(", ", SettingTable.All.Select(setting => setting.Name))}." : $"Write {nearest}.");
    }

    private object? ReadText(SettingDefinition setting, YamlNode node)
    {
        if (node.Text is not { } text)
        {
            Error($"'{setting.Name}' must be one value, and is a {(node.Items is null ? "table" : "list")}", node.Place, setting.Name);
            return null;
        }

        var (value, problem) = SettingText.Read(setting, text, _folder);
        if (problem is not null)
        {
            Error($"'{Short(text)}' is not valid for {setting.Name}: {problem}", node.Place, setting.Name);
        }

        return value;
    }

    private string[]? ReadList(SettingDefinition setting, YamlNode node)
    {
        if (node.Items is null)
        {
            Error($"'{setting.Name}' must be a list, for example {setting.Example}", node.Place, setting.Name);
            return null;
        }

        var before = _errors.Count;
        var items = new List<string>();
        foreach (var item in node.Items)
        {
            if (item.Text is not { Length: > 0 } text)
            {
                Error($"an item of '{setting.Name}' must be one text", item.Place, setting.Name);
            }
            else if (SettingText.Read(setting, text, _folder) is { Problem: { } problem })
            {
                Error($"'{Short(text)}' in {setting.Name}: {problem}", item.Place, setting.Name);
            }
            else if (items.Contains(text = (string)SettingText.Read(setting, text, _folder).Value!))
            {
                Error($"'{Short(text)}' is in {setting.Name} twice", item.Place, setting.Name);
            }
            else
            {
                items.Add(text);
            }

            if (_errors.Count - before >= MostFindings)
            {
                break;
            }
        }

        return _errors.Count == before ? [.. items] : null;
    }

    private Dictionary<string, string>? ReadMap(SettingDefinition setting, YamlNode node)
    {
        if (node.Entries is null)
        {
            Error($"'{setting.Name}' must be a table, for example {setting.Example}", node.Place, setting.Name);
            return null;
        }

        var before = _errors.Count;
        var table = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in node.Entries)
        {
            if (value.Text is not { } text)
            {
                Error($"'{Short(key.Text!)}' in {setting.Name} must be one text", value.Place, setting.Name);
            }
            else if (SettingText.ReadEntry(setting, key.Text!, text, _folder) is { Problem: { } problem })
            {
                Error($"'{Short(key.Text!)}' in {setting.Name}: {problem}", key.Place, setting.Name);
            }
            else
            {
                table.Add(key.Text!, SettingText.ReadEntry(setting, key.Text!, text, _folder).Value!);
            }
        }

        return _errors.Count == before ? table : null;
    }

    private static byte[] ReadBytes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var buffer = new byte[YamlTree.MostBytes + 1];
        var length = 0;
        while (length < buffer.Length && stream.Read(buffer, length, buffer.Length - length) is var read and > 0)
        {
            length += read;
        }

        Array.Resize(ref buffer, length);
        return buffer;
    }

    // An address may have a secret before its host.
    private static string Short(string text)
    {
        var shown = Regex.Replace(text, "(?<=://)[^/@]*@", "***@", RegexOptions.CultureInvariant);
        return shown.Length > 60 ? $"{shown.Substring(0, 60)}..." : shown;
    }

    private static string Sentence(string message) => char.ToUpperInvariant(message[0]) + message.Substring(1) + (message.EndsWith('.') ? "" : ".");
}
