using System.Globalization;
using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>Between the texts of files and variables and the values of settings.</summary>
internal static class SettingText
{
    private static readonly Regex Written = new(
        @"^(?:(?<d>[0-9]{1,6})d)?(?:(?<h>[0-9]{1,6})h)?(?:(?<m>[0-9]{1,6})m)?(?:(?<s>[0-9]{1,8})s)?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);

    /// <summary>The answers to a credit that is used up, by the words of files and options.</summary>
    public static readonly IReadOnlyDictionary<string, SpotCreditPolicy> CreditPolicies = new Dictionary<string, SpotCreditPolicy>(StringComparer.OrdinalIgnoreCase)
    {
        ["destroy-mine"] = SpotCreditPolicy.DestroyMine,
        ["stop-mine"] = SpotCreditPolicy.StopMine,
        ["none"] = SpotCreditPolicy.None,
    };

    /// <summary>Reads one text by the kind of its setting. Gives the value, or what is wrong with the text.</summary>
    public static (object? Value, string? Problem) Read(SettingDefinition setting, string text, string folder) => setting.Kind switch
    {
        SettingKind.Money => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var money) && money > 0
            ? (money, null)
            : (null, "a price in USD per hour above zero is required, with a decimal point, for example 0.05"),
        SettingKind.Duration => TryReadDuration(text, out var span) && span >= setting.Range.Least && span <= setting.Range.Most
            ? (span, null)
            : (null, $"a duration from {Words(setting.Range.Least)} to {Words(setting.Range.Most)} is required, for example 90s, 90m, 8h, 2d or 01:30:00"),
        SettingKind.Architecture => ReadArchitecture(text) is { } architecture ? (architecture, null) : (null, "x64 or arm64 is required"),
        SettingKind.Path or SettingKind.PathList => ReadPath(text, folder) is { } path ? (path, null) : (null, "a path is required"),
        SettingKind.CreditPolicy => CreditPolicies.TryGetValue(text, out var policy) ? (policy, null) : (null, "destroy-mine, stop-mine or none is required"),
        _ => setting.Rule(text) is { } problem ? (null, problem) : (text, null),
    };

    /// <summary>Reads one entry of a table. Gives the value, or what is wrong with it.</summary>
    public static (string? Value, string? Problem) ReadEntry(SettingDefinition setting, string key, string text, string folder) =>
        (setting.Rule(key) ?? setting.ValueRule(text)) is { } problem ? (null, problem)
        : setting.Kind != SettingKind.PathMap ? (text, null)
        : ReadPath(text, folder) is { } path ? (path, null) : (null, "a path is required");

    /// <summary>Reads the value of an environment variable.</summary>
    public static (object? Value, string? Problem) ReadVariable(SettingDefinition setting, string text, string folder)
    {
        switch (setting.Kind)
        {
            case SettingKind.TextList or SettingKind.PathList:
                var items = text.Split([','], StringSplitOptions.RemoveEmptyEntries).Select(item => item.Trim()).ToArray();
                var read = items.Select(item => Read(setting, item, folder)).ToArray();
                var wrong = Array.FindIndex(read, item => item.Problem is not null);
                return items.Length == 0 ? (null, "a list such as a,b,c is required")
                    : wrong >= 0 ? (null, $"'{items[wrong]}': {read[wrong].Problem}")
                    : (read.Select(item => (string)item.Value!).Distinct(StringComparer.Ordinal).ToArray(), null);
            case SettingKind.TextMap or SettingKind.PathMap:
                var table = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var pair in text.Split([','], StringSplitOptions.RemoveEmptyEntries))
                {
                    var at = pair.IndexOf('=');
                    var key = at < 0 ? "" : pair.Substring(0, at).Trim();
                    if (at < 1 || table.ContainsKey(key))
                    {
                        return (null, "pairs such as team=blue,stage=test with unique keys are required");
                    }

                    var (value, problem) = ReadEntry(setting, key, pair.Substring(at + 1).Trim(), folder);
                    if (problem is not null)
                    {
                        return (null, $"'{key}': {problem}");
                    }

                    table.Add(key, value!);
                }

                return table.Count == 0 ? (null, "pairs such as team=blue are required") : (table, null);
            default:
                return Read(setting, text.Trim(), folder);
        }
    }

    /// <summary>A duration as a file gives it.</summary>
    public static string Write(TimeSpan span)
    {
        var text = "";
        foreach (var (amount, unit) in new[] { (span.Days, "d"), (span.Hours, "h"), (span.Minutes, "m"), (span.Seconds, "s") })
        {
            text += amount == 0 ? "" : amount.ToString(CultureInfo.InvariantCulture) + unit;
        }

        return text.Length == 0 ? "0s" : text;
    }

    /// <summary>An answer to a credit that is used up, as a file gives it.</summary>
    public static string Write(SpotCreditPolicy policy) => CreditPolicies.First(pair => pair.Value == policy).Key;

    public static SpotArchitecture? ReadArchitecture(string text) => text.ToLowerInvariant() switch
    {
        "x64" or "x86_64" or "amd64" => SpotArchitecture.X64,
        "arm64" or "aarch64" => SpotArchitecture.Arm64,
        _ => null,
    };

    private static string Words(TimeSpan span)
    {
        var (number, unit) = span.TotalDays >= 1 ? (span.TotalDays, "day") : span.TotalMinutes >= 1 ? (span.TotalMinutes, "minute") : (span.TotalSeconds, "second");
        return FormattableString.Invariant($"{number:0} {unit}{(number > 1 ? "s" : "")}");
    }

    private static bool TryReadDuration(string text, out TimeSpan span)
    {
        if (text.Length > 0 && Written.Match(text) is { Success: true } match)
        {
            span = new TimeSpan(Part("d"), Part("h"), Part("m"), Part("s"));
            return true;

            int Part(string unit) => match.Groups[unit] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0;
        }

        // A bare number would be read as days: nobody means that.
        span = TimeSpan.Zero;
        return text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span);
    }

    private static string? ReadPath(string text, string folder)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Any(char.IsControl))
        {
            return null;
        }

        if (text == "~" || text.StartsWith("~/", StringComparison.Ordinal) || text.StartsWith("~\\", StringComparison.Ordinal))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            text = text.Length < 3 ? home : Path.Combine(home, text.Substring(2));
        }

        try
        {
            return Path.GetFullPath(Path.Combine(folder, text));
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException or IOException)
        {
            return null;
        }
    }
}
