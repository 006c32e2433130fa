
namespace SpotCluster.Common;

/// <summary>Names that were given without wildcards: each must turn up, or its absence is an error.</summary>
internal sealed class LiteralNames(IEnumerable<string> names)
{
    private readonly List<string> _missing =
        [.. names.Where(name => !Wildcard.IsPattern(name)).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Those that did not turn up.</summary>
    public IReadOnlyList<string> NotSeen => _missing;

    /// <summary>Passes everything on and notes the names.</summary>
    public async IAsyncEnumerable<T> Watch<T>(IAsyncEnumerable<T> source, Func<T, string?> name)
    {
        await foreach (var value in source.ConfigureAwait(false))
        {
            _missing.RemoveAll(missing => string.Equals(missing, name(value), StringComparison.OrdinalIgnoreCase));
            yield return value;
        }
    }
}
