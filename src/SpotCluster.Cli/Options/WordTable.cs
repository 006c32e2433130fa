namespace SpotCluster.Cli.Options;

/// <summary>
/// The words that an option takes, in any case, and what each of them means. The values are kept as objects: the code of a
/// dictionary of each enum would be compiled anew at every start.
/// </summary>
internal sealed class WordTable<T>
    where T : struct
{
    private readonly Dictionary<string, object> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The words, separated by commas, as help and errors show them.</summary>
    public string Words => string.Join(", ", _values.Keys);

    public T this[string word]
    {
        set => _values[word] = value;
    }

    /// <summary>What a word means; null for a word that is not one of them.</summary>
    public T? Find(string word) => _values.TryGetValue(word, out var value) ? (T)value : null;
}
