using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SpotCluster.Common;
using SpotCluster.Engine;

namespace SpotCluster.Completion;

/// <summary>Completes a parameter with values that match what was typed.</summary>
internal abstract class Completer : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var typed = wordToComplete.Trim('\'', '"');
        var pattern = WildcardPattern.Get(WildcardPattern.Escape(typed) + "*", WildcardOptions.IgnoreCase);
        return Values(fakeBoundParameters)
            .Where(pattern.IsMatch)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .OrderBy(value => value, StringComparer.OrdinalIgnoreCase)
            .Select(value => new CompletionResult(Quoted(value), value, CompletionResultType.ParameterValue, value));
    }

    /// <summary>Every value that could stand here.</summary>
    protected abstract IEnumerable<string> Values(IDictionary boundParameters);

    private static string Quoted(string value) =>
        value.All(character => char.IsLetterOrDigit(character) || character is '-' or '.' or '_')
            ? value
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
}

/// <summary>Completes with what the session's cloud has at the moment.</summary>
internal abstract class LiveCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters)
    {
        // Keys are not used for a key press, and another account's values would mislead.
        string[] profiles = [.. Words(boundParameters[nameof(SpotEngineCmdlet.ProfileName)])];
        if (boundParameters.Contains(nameof(SpotEngineCmdlet.AccessKey)) || boundParameters.Contains(nameof(SpotEngineCmdlet.Credential)))
        {
            return [];
        }

        var key = EngineKey.Of(
            profiles is [var profile, ..] && !Engine.Core.Wildcard.IsPattern(profile) ? profile : null,
            Uri.TryCreate(boundParameters[nameof(SpotEngineCmdlet.EndpointUrl)]?.ToString(), UriKind.Absolute, out var endpoint) ? endpoint : null,
            boundParameters[nameof(SpotEngineCmdlet.ConfigurationPath)] as string,
            folder: null);
        var session = SpotSession.Current;
        return Fitting(session.Completions.Get((GetType(), key), token => AskAsync(session.Open(key), token)), boundParameters);
    }

    /// <summary>The values that fit what was typed before.</summary>
    private protected virtual IEnumerable<string> Fitting(IReadOnlyList<string> values, IDictionary boundParameters) => values;

    /// <summary>The values of a parameter that takes several.</summary>
    private protected static IEnumerable<string> Words(object? bound) =>
        bound is IEnumerable items and not string ? items.Cast<object?>().Select(item => item?.ToString() ?? "") : bound?.ToString() is { Length: > 0 } one ? [one] : [];

    private protected abstract Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken);
}
