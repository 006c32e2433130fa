using System.Globalization;
using System.Text;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>Writes <c>spotcluster.yaml</c>: what is given as settings, everything else as comments that say what could be.</summary>
public static class ConfigurationWriter
{
    /// <summary>The text of a file with these values.</summary>
    /// <param name="values">Name of a setting and its value in the type that <see cref="SpotSetting.Value"/> has.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ConfigurationInvalid"/> for a value that could not be read again.</exception>
    public static string Compose(IReadOnlyDictionary<string, object> values)
    {
        var text = new StringBuilder("# Settings of SpotCluster. Parameters take precedence over environment variables, and those over this file.\n");
        foreach (var setting in SettingTable.All)
        {
            text.Append('\n').Append("# ").Append(setting.Description).Append('\n');
            if (values.TryGetValue(setting.Name, out var value))
            {
                text.Append(setting.Name).Append(':').Append(Write(value)).Append('\n');
            }
            else
            {
                text.Append("# ").Append(setting.Name).Append(": ").Append(setting.Example).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Writes the file, mode 0600, in one step. Returns what it says, read back.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="values">See <see cref="Compose"/>.</param>
    /// <param name="overwrite">Replaces a file that is there.</param>
    /// <exception cref="SpotException">
    /// <see cref="SpotErrorIds.ConfigurationExists"/>, <see cref="SpotErrorIds.ConfigurationInvalid"/>,
    /// <see cref="SpotErrorIds.LocalFileFailed"/>. Nothing is written then.
    /// </exception>
    public static IReadOnlyList<SpotSetting> Write(string path, IReadOnlyDictionary<string, object> values, bool overwrite)
    {
        Refuse(path, overwrite);
        var text = Compose(values);
        var draft = path + "." + Guid.NewGuid().ToString("N") + ".draft";
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            {
                PrivateFile.CreateFolder(folder);
            }

            // What is wrong is found before the old file is gone.
            PrivateFile.Write(draft, text);
            var written = SpotConfiguration.Read(new ConfigurationPlace(draft, true), _ => null);
            if (written.Errors.Count > 0)
            {
                throw ConfigurationFindings.ToException([.. written.Errors.Select(finding => finding with { Source = null })]);
            }

            PrivateFile.Write(path, text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new SpotException(SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"Cannot write {path}: {failure.Message}", failure)
            {
                Target = path,
                RecommendedAction = "Free disk space, or specify a file in a writable folder.",
            };
        }
        finally
        {
            DeleteDraft(draft);
        }

        return [.. SpotConfiguration.Read(new ConfigurationPlace(path, true), _ => null).Require().Values.Where(value => value.Source == SpotSettingSource.File)];
    }

    /// <summary>Throws when there is a file that is not to be overwritten.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ConfigurationExists"/>.</exception>
    public static void Refuse(string path, bool overwrite)
    {
        if (!overwrite && File.Exists(path))
        {
            throw new SpotException(SpotErrorIds.ConfigurationExists, SpotErrorCategory.AlreadyExists, $"{path} already exists.")
            {
                Target = path,
                RecommendedAction = "Specify another path, or -Force (--force) to overwrite it.",
            };
        }
    }

    private static void DeleteDraft(string draft)
    {
        try
        {
            File.Delete(draft);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It holds nothing that is not in the file itself.
        }
    }

    private static string Write(object value) => value switch
    {
        string text => " " + Quote(text),
        decimal money => " " + money.ToString(CultureInfo.InvariantCulture),
        TimeSpan span => " " + SettingText.Write(span),
        SpotCreditPolicy policy => " " + SettingText.Write(policy),
        SpotArchitecture architecture => architecture == SpotArchitecture.Arm64 ? " arm64" : " x64",
        IReadOnlyDictionary<string, string> { Count: 0 } => " {}",
        IReadOnlyDictionary<string, string> table => string.Concat(
            table.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"\n  {Quote(pair.Key)}: {Quote(pair.Value)}")),
        IReadOnlyCollection<string> { Count: 0 } => " []",
        IEnumerable<string> list => string.Concat(list.Select(item => $"\n  - {Quote(item)}")),
        _ => throw new ArgumentException($"A value of type {value.GetType().Name} has no form in the file.", nameof(value)),
    };

    // Quoted whatever it is: then no text is taken for a number, a truth or an anchor.
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' or '\ufeff' =>
                    quoted.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }
}
