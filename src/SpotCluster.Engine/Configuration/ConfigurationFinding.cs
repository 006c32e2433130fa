using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>Something that a configuration gets wrong, or that is lost on the way from an old one.</summary>
/// <param name="Message">What is wrong, in one sentence without the place.</param>
/// <param name="Source">The file or the environment variable; null when it lies in none.</param>
/// <param name="Line">Line in the file, from 1; 0 when it concerns the whole.</param>
/// <param name="Column">Column in the line, from 1; 0 when it concerns the whole.</param>
/// <param name="Key">The key that it is about; null for none.</param>
/// <param name="Advice">What to do; null when the message says it.</param>
public sealed record ConfigurationFinding(string Message, string? Source, int Line = 0, int Column = 0, string? Key = null, string? Advice = null)
{
    /// <summary>Its place, in the form that compilers use: <c>file:line:column</c>; empty when it lies in none.</summary>
    public string Place => Source is null ? ""
        : Line > 0 ? string.Format(CultureInfo.InvariantCulture, "{0}:{1}:{2}", Source, Line, Column)
        : Source;

    /// <summary>The error id that fits, when it is not the general one.</summary>
    public string ErrorId { get; init; } = SpotErrorIds.ConfigurationInvalid;

    /// <summary>The file has a placeholder where a value belongs.</summary>
    public bool IsPlaceholder { get; init; }

    /// <summary>Place and message.</summary>
    public override string ToString() => Place.Length == 0 ? Message : $"{Place}: {Message}";

    /// <summary>The finding as an error.</summary>
    public SpotException ToException() => new(ErrorId, SpotErrorCategory.InvalidData, ToString())
    {
        Target = Key ?? Source,
        RecommendedAction = Advice ?? "Correct it; Test-SpotConfiguration (spotcluster config test) checks the configuration.",
    };
}

/// <summary>All that is wrong with one configuration, told together.</summary>
internal static class ConfigurationFindings
{
    private const int MostInOneMessage = 5;

    public static SpotException ToException(IReadOnlyList<ConfigurationFinding> findings)
    {
        if (findings.Count == 1)
        {
            return findings[0].ToException();
        }

        var shown = findings.Take(MostInOneMessage).Select(finding => finding.ToString().TrimEnd('.'));
        var more = findings.Count > MostInOneMessage
            ? string.Format(CultureInfo.InvariantCulture, "; and {0} more", findings.Count - MostInOneMessage)
            : "";
        return new SpotException(
            SpotErrorIds.ConfigurationInvalid,
            SpotErrorCategory.InvalidData,
            $"{string.Join("; ", shown)}{more}.")
        {
            Target = findings[0].Source,
            RecommendedAction = findings.Select(finding => finding.Advice).FirstOrDefault(advice => advice is not null)
                ?? "Correct each of them; Test-SpotConfiguration (spotcluster config test) lists them one by one.",
        };
    }
}
