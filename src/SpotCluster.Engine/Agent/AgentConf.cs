using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// The lines of an <c>agent.conf</c>: <c>KEY=value</c>, as systemd's EnvironmentFile and dotenv read them, with comments on lines of their
/// own and after a value.
/// </summary>
internal static class AgentConf
{
    /// <summary>Where it is looked for when none is named, in this order: ours, then the original's.</summary>
    public static readonly IReadOnlyList<string> DefaultPlaces = ["/etc/spotcluster/agent.conf", "/opt/spot-agent/config/agent.conf"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="warn">Told of keys that nobody knows, and of a token that others can read.</param>
    public static IReadOnlyDictionary<string, string> Read(string path, Action<string> warn)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidArgument, $"Cannot read the agent's configuration {path}: {failure.Message}", failure)
            {
                Target = path,
            };
        }

        var values = Parse(lines, path, warn);
        if (values.ContainsKey(AgentSetting.Token) && IsOpenToOthers(path))
        {
            warn($"{path} contains the token and is readable by other users: run chmod 600 {path}, or move the token to a separate file (TOKEN_FILE).");
        }

        return values;
    }

    public static IReadOnlyDictionary<string, string> Parse(IReadOnlyList<string> lines, string path, Action<string> warn)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var number = 1; number <= lines.Count; number++)
        {
            var line = lines[number - 1].Trim().TrimStart('\uFEFF');
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            line = line.StartsWith("export ", StringComparison.Ordinal) ? line.Substring("export ".Length).TrimStart() : line;
            var sign = line.IndexOf('=');
            if (sign <= 0)
            {
                throw new SpotException(
                    SpotErrorIds.AgentSettingInvalid, SpotErrorCategory.InvalidArgument, $"Line {number} of {path} is not KEY=value.")
                {
                    Target = path,
                };
            }

            var key = line.Substring(0, sign).Trim();
            if (AgentSetting.Find(key) is { } setting)
            {
                values[setting.Name] = Value(line.Substring(sign + 1));
            }
            else if (!key.StartsWith("AWS_", StringComparison.Ordinal))
            {
                var near = NearestName.Find(key, AgentSetting.All.Select(known => known.Name));
                warn($"{path}, line {number}: unknown key {key}{(near is null ? "" : $"; did you mean {near}?")}");
            }
        }

        return values;
    }

    /// <summary>The value without quotes, and without the comment behind it, which systemd leaves in a variable too.</summary>
    public static string Value(string text)
    {
        text = text.Trim();
        if (text.Length >= 2 && text[0] is '"' or '\'' && text.IndexOf(text[0], 1) is var end and > 0)
        {
            return text.Substring(1, end - 1);
        }

        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '#' && (index == 0 || char.IsWhiteSpace(text[index - 1])))
            {
                return text.Substring(0, index).TrimEnd();
            }
        }

        return text;
    }

    internal static bool IsOpenToOthers(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0;
    }
}
