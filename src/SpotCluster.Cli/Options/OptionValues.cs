using System.CommandLine;
using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>Reads option values. What cannot be read is an error with the option, the value and an example in one sentence.</summary>
internal static class OptionValues
{
    /// <summary>All values of a list option: repeated, separated by commas, or both.</summary>
    public static string[] List(this ParseResult parsed, Option<string[]> option, bool distinct = true)
    {
        var values = parsed.GetValue(option) ?? [];
        string[] items = [.. values.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries))];
        return items.Any(item => item.Length == 0)
            ? throw Invalid(SpotErrorIds.ParameterInvalid, option, string.Join(',', values), "a list without empty items, for example a,b,c")
            : [.. distinct ? items.Distinct(StringComparer.Ordinal) : items];
    }

    /// <summary>A whole number; null when the option is not given.</summary>
    public static int? WholeNumber(this ParseResult parsed, Option<string?> option, int least, int most, string errorId)
    {
        var text = parsed.GetValue(option);
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Invalid(errorId, option, text, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
    }

    /// <summary>A number with or without a decimal point; null when the option is not given.</summary>
    public static decimal? Number(this ParseResult parsed, Option<string?> option, decimal least, decimal most) =>
        parsed.GetValue(option) is not { } text ? null
            : decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
            : throw Invalid(SpotErrorIds.ParameterInvalid, option, text, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}, with a decimal point where it has a fraction"));

    /// <summary>USD; null when the option is not given.</summary>
    public static decimal? Price(this ParseResult parsed, Option<string?> option)
    {
        var text = parsed.GetValue(option);
        if (text is null)
        {
            return null;
        }

        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) && price > 0
            ? price
            : throw Invalid(SpotErrorIds.PriceInvalid, option, text, "a price in USD per hour above zero, with a decimal point, for example 0.05");
    }

    /// <summary>A limit in USD; null when the option is not given.</summary>
    public static SpotBudget? Budget(this ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? null
        : SpotBudget.Read(text) ?? throw Invalid(SpotErrorIds.PriceInvalid, option, text, "USD above zero with a decimal point, total, per hour or per day, for example 100, 2.50/h or 40/d");

    /// <summary>A duration above zero; null when the option is not given.</summary>
    public static TimeSpan? Duration(this ParseResult parsed, Option<string?> option, string errorId)
    {
        var text = parsed.GetValue(option);
        if (text is null)
        {
            return null;
        }

        return Durations.TryParse(text, out var duration) && duration > TimeSpan.Zero
            ? duration
            : throw Invalid(errorId, option, text, "a duration above zero, for example 8h, 90m, 2d or 01:30:00");
    }

    /// <summary>One word of a few, whatever its case; null when the option is not given.</summary>
    public static T? Choice<T>(this ParseResult parsed, Option<string?> option, WordTable<T> choices)
        where T : struct =>
        parsed.GetValue(option) is { } text ? Chosen(option, text, choices) : null;

    /// <summary>Words of a few, whatever their case.</summary>
    public static T[] Choices<T>(this ParseResult parsed, Option<string[]> option, WordTable<T> choices)
        where T : struct =>
        [.. parsed.List(option).Select(text => Chosen(option, text, choices))];

    /// <summary>Words of a few that stand for themselves, whatever their case.</summary>
    public static string[] Words(this ParseResult parsed, Option<string[]> option, IReadOnlyDictionary<string, string> choices) =>
        [.. parsed.List(option).Select(text => choices.TryGetValue(text, out var choice)
            ? choice
            : throw Invalid(SpotErrorIds.ParameterInvalid, option, text, $"one of {string.Join(", ", choices.Keys)}"))];

    /// <summary>An http or https address; null when the option is not given.</summary>
    public static Uri? Address(this ParseResult parsed, Option<string?> option)
    {
        var text = parsed.GetValue(option);
        if (text is null)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw Invalid(SpotErrorIds.ParameterInvalid, option, text, "an address, for example http://localhost:5000");
    }

    /// <summary>Pairs of key and value.</summary>
    public static Dictionary<string, string> Pairs(this ParseResult parsed, Option<string[]> option)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in parsed.GetValue(option) ?? [])
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || !pairs.TryAdd(text[..at], text[(at + 1)..]))
            {
                throw Invalid(SpotErrorIds.ParameterInvalid, option, text, "a pair such as owner=ops, with unique keys");
            }
        }

        return pairs;
    }

    private static T Chosen<T>(Option option, string text, WordTable<T> choices)
        where T : struct =>
        choices.Find(text) ?? throw Invalid(SpotErrorIds.ParameterInvalid, option, text, $"one of {choices.Words}");

    private static SpotException Invalid(string errorId, Option option, string text, string expected) =>
        new(errorId, SpotErrorCategory.InvalidArgument, $"'{text}' is not valid for {option.Name}: specify {expected}.") { Target = text };
}
