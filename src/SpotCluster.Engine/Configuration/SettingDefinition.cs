using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>One row of the table of settings.</summary>
public sealed class SettingDefinition
{
    /// <summary>The key in the file.</summary>
    public required string Name { get; init; }

    /// <summary>The form of the value.</summary>
    public required SettingKind Kind { get; init; }

    /// <summary>What it does, in one sentence.</summary>
    public required string Description { get; init; }

    /// <summary>A value as a file would give it, for the documentation and as a comment in new files.</summary>
    public required string Example { get; init; }

    /// <summary>What is wrong with one text (of a list: one item; of a table: the key or the value); null when nothing is.</summary>
    internal Func<string, string?> Rule { get; init; } = _ => null;

    /// <summary>The shortest and the longest of a duration.</summary>
    internal (TimeSpan Least, TimeSpan Most) Range { get; init; } = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(366));

    /// <summary>What is wrong with a value of a table; null when nothing is.</summary>
    internal Func<string, string?> ValueRule { get; init; } = _ => null;

    /// <summary>Takes the value out of settings.</summary>
    public required Func<SpotSettings, object?> Get { get; init; }

    /// <summary>Puts a value of the right type into settings.</summary>
    public required Func<SpotSettings, object, SpotSettings> Set { get; init; }

    /// <summary>The variable that wins over the file: <c>maxHourlyPrice</c> is <c>SPOTCLUSTER_MAX_HOURLY_PRICE</c>.</summary>
    public string EnvironmentVariable =>
        "SPOTCLUSTER_" + Regex.Replace(Name, "(?<=[a-z])[A-Z]", "_$0", RegexOptions.CultureInvariant).ToUpperInvariant();

    /// <summary>The value when nobody has set it; null when there is none.</summary>
    public object? Default => Get(new SpotSettings());

    /// <summary>Reads a value from the text of an option, a variable or an answer.</summary>
    /// <param name="text">The text; lists and tables have commas between their items.</param>
    /// <param name="folder">What a relative path is relative to.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ConfigurationInvalid"/>.</exception>
    public object Parse(string text, string folder)
    {
        var (value, problem) = SettingText.ReadVariable(this, text, folder);
        return value ?? throw new SpotException(SpotErrorIds.ConfigurationInvalid, SpotErrorCategory.InvalidArgument, $"'{text}' is not valid for {Name}: {problem}.")
        {
            Target = Name,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
