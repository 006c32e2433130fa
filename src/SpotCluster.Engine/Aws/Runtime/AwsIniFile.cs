using System.Text;
using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>
/// One of the AWS files, read by the rules of the AWS CLI: those of Python's configparser in its strict form. What the
/// CLI refuses is refused here too, and the line is named instead of shown, since it may hold a key.
/// </summary>
internal static class AwsIniFile
{
    private static readonly Regex Section = new(@"^\[(?<name>.+)\]", RegexOptions.CultureInvariant);
    private static readonly Regex Option = new(@"^(?<key>.*?)\s*[=:]\s*(?<value>.*)$", RegexOptions.CultureInvariant);

    /// <summary>Settings whose value is a secret.</summary>
    private static readonly string[] Secrets = ["aws_secret_access_key", "aws_session_token", "aws_security_token"];

    /// <summary>The sections in their order, each with its settings by lower-case name. A file that does not exist has none.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/> for a file that cannot be read or parsed.</exception>
    public static IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Values)> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
            if (text.Length > 0 && text[0] == '\uFEFF')
            {
                throw Refused(path, $"Cannot parse {path}: it starts with a byte order mark.", "Save the file as UTF-8 without a byte order mark.");
            }

            var sections = Parse(path, text.Split(["\r\n", "\n", "\r"], StringSplitOptions.None));
            foreach (var secret in sections.SelectMany(section => Secrets.Select(name => section.Values.TryGetValue(name, out var value) ? value : null)))
            {
                SecretText.Hide(secret);
                foreach (var line in secret?.Split('\n') ?? [])
                {
                    SecretText.Hide(line);
                }
            }

            return sections;
        }
        catch (ArgumentException)
        {
            throw Refused(path, $"{path} is not valid UTF-8 text.", "Save the file as UTF-8.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(
                path, $"Cannot read {path}: {failure.Message}", "Check the access rights of the file, and AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE.");
        }
    }

    /// <summary>The settings of an indented table, such as <c>ec2 =</c> in a <c>[services]</c> section; null for a value that is no table.</summary>
    public static IReadOnlyDictionary<string, string>? Table(string? value) => value is not { Length: > 0 } || value[0] != '\n'
        ? null
        : value.Split('\n').Select(line => line.Split(['='], 2)).Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0].Trim(), parts => parts[1].Trim(), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);

    /// <summary>The words of a section's name as a shell splits them: <c>profile "my dev"</c> is two. Null when a quote is not closed.</summary>
    public static IReadOnlyList<string>? Words(string name)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        char? quote = null;
        for (var at = 0; at < name.Length; at++)
        {
            var character = name[at];
            if (character == '\\' && quote != '\'')
            {
                if (++at == name.Length)
                {
                    return null;
                }

                // Inside double quotes a backslash stands for itself before anything but a quote or another one.
                word ??= new StringBuilder();
                if (quote == '"' && name[at] is not ('"' or '\\'))
                {
                    word.Append('\\');
                }

                word.Append(name[at]);
            }
            else if (quote is null ? character is '"' or '\'' : character == quote)
            {
                word ??= new StringBuilder();
                quote = quote is null ? character : null;
            }
            else if (quote is null && character is ' ' or '\t' or '\r' or '\n')
            {
                if (word is not null)
                {
                    words.Add(word.ToString());
                    word = null;
                }
            }
            else
            {
                (word ??= new StringBuilder()).Append(character);
            }
        }

        if (word is not null)
        {
            words.Add(word.ToString());
        }

        return quote is null ? words : null;
    }

    private static List<(string Name, IReadOnlyDictionary<string, string> Values)> Parse(string path, string[] lines)
    {
        var sections = new List<(string Name, IReadOnlyDictionary<string, string> Values)>();
        Dictionary<string, List<string>>? options = null;
        var finished = new List<(string Name, Dictionary<string, List<string>> Options)>();
        string? key = null;
        var indent = 0;
        for (var number = 1; number <= lines.Length; number++)
        {
            var line = lines[number - 1];
            var text = line.Trim();
            if (text.Length == 0)
            {
                // An empty line is part of a value that goes on below it.
                if (key is not null)
                {
                    options![key].Add("");
                }

                continue;
            }

            if (text[0] is '#' or ';')
            {
                continue;
            }

            var depth = line.Length - line.TrimStart().Length;
            if (key is not null && depth > indent)
            {
                options![key].Add(text);
                continue;
            }

            indent = depth;
            if (Section.Match(text) is { Success: true } header)
            {
                var name = header.Groups["name"].Value;
                if (finished.Exists(section => section.Name == name))
                {
                    throw Unparsed(path, number, $"duplicate section [{name}]", "Merge the settings of both into one section");
                }

                finished.Add((name, options = new Dictionary<string, List<string>>(StringComparer.Ordinal)));
                key = null;
                continue;
            }

            if (options is null)
            {
                throw Unparsed(path, number, "a setting precedes the first [section]", "Add [default] above it");
            }

            if (Option.Match(text) is not { Success: true } option || option.Groups["key"].Value.Trim().ToLowerInvariant() is not { Length: > 0 } found)
            {
                throw Unparsed(path, number, "it is neither a [section], a setting (key = value) nor a comment", "Correct that line");
            }

            if (options.ContainsKey(found))
            {
                throw Unparsed(path, number, "duplicate setting in the section", "Remove one of the two");
            }

            key = found;
            options[key] = [option.Groups["value"].Value.Trim()];
        }

        foreach (var (name, values) in finished)
        {
            sections.Add((name, values.ToDictionary(pair => pair.Key, pair => string.Join("\n", pair.Value).TrimEnd(), StringComparer.Ordinal)));
        }

        return sections;
    }

    private static SpotException Unparsed(string path, int line, string problem, string advice) => Refused(
        path,
        FormattableString.Invariant($"Cannot parse {path}, line {line}: {problem}."),
        $"{advice}. No AWS tool reads the file as it is; the line is not shown because it may contain a key.");

    private static SpotException Refused(string path, string message, string advice) =>
        new(SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidData, message) { Target = path, RecommendedAction = advice };
}
