using System.Globalization;

namespace SpotCluster.Simulator.Aws;

/// <summary>
/// Parameters of AWS's query protocol as a tree: <c>Filter.1.Value.2=x</c> is the second item of <c>Value</c> of the first
/// item of <c>Filter</c>. A name that is not there is an empty node, so that lookups chain.
/// </summary>
internal sealed class QueryNode
{
    public static readonly QueryNode Empty = new();

    private readonly Dictionary<string, QueryNode> _children = new(StringComparer.Ordinal);

    /// <summary>The text at this node; null when there is none.</summary>
    public string? Value { get; private init; }

    /// <summary>True when neither a text nor a child is here.</summary>
    public bool IsEmpty => Value is null && _children.Count == 0;

    /// <summary>Names of the children.</summary>
    public IEnumerable<string> Names => _children.Keys;

    /// <summary>A child by name.</summary>
    public QueryNode this[string name] => _children.TryGetValue(name, out var child) ? child : Empty;

    /// <summary>The items of a list, by their numbers.</summary>
    public IEnumerable<QueryNode> Items =>
        _children.Where(pair => int.TryParse(pair.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .OrderBy(pair => int.Parse(pair.Key, NumberStyles.None, CultureInfo.InvariantCulture))
            .Select(pair => pair.Value);

    /// <summary>Reads a body or query string of type <c>application/x-www-form-urlencoded</c>.</summary>
    public static Dictionary<string, string> ParseForm(string form)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in form.Split('&'))
        {
            if (part.Length > 0)
            {
                var split = part.IndexOf('=');
                var name = split < 0 ? part : part.Substring(0, split);
                pairs[Decode(name)] = split < 0 ? "" : Decode(part.Substring(split + 1));
            }
        }

        return pairs;
    }

    /// <summary>Makes the tree of flat parameters.</summary>
    public static QueryNode Parse(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var root = new QueryNode();
        foreach (var pair in parameters)
        {
            var node = root;
            var path = pair.Key.Split('.');
            for (var i = 0; i < path.Length; i++)
            {
                if (i == path.Length - 1)
                {
                    node._children[path[i]] = new QueryNode { Value = pair.Value };
                }
                else
                {
                    if (!node._children.TryGetValue(path[i], out var next))
                    {
                        node._children[path[i]] = next = new QueryNode();
                    }

                    node = next;
                }
            }
        }

        return root;
    }

    /// <summary>This node with the children of another laid over it, name by name.</summary>
    public QueryNode Overlay(QueryNode top)
    {
        var merged = new QueryNode();
        foreach (var pair in _children.Concat(top._children))
        {
            merged._children[pair.Key] = pair.Value;
        }

        return merged;
    }

    /// <summary>This node with some of its children only.</summary>
    public QueryNode Only(params string[] names)
    {
        var part = new QueryNode();
        foreach (var pair in _children.Where(pair => names.Contains(pair.Key)))
        {
            part._children[pair.Key] = pair.Value;
        }

        return part;
    }

    /// <summary>A child's text; null when it is absent.</summary>
    public string? Text(string name) => this[name].Value;

    /// <summary>A child's text, which must be there.</summary>
    public string Required(string name) => Text(name) is { Length: > 0 } value ? value : throw AwsFaults.Missing(name);

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string name) => [.. this[name].Items.Select(item => item.Value ?? "")];

    /// <summary>A list of structures.</summary>
    public IEnumerable<QueryNode> List(string name) => this[name].Items;

    /// <summary>A child as a truth value; null when it is absent.</summary>
    public bool? Flag(string name) => Text(name) is { } text ? string.Equals(text, "true", StringComparison.OrdinalIgnoreCase) : null;

    /// <summary>A child as a whole number; null when it is absent.</summary>
    public int? Number(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw AwsFaults.Invalid($"Invalid value '{text}' for {name}. It must be an integer.");
    }

    /// <summary>A child as a decimal number; null when it is absent.</summary>
    public decimal? Decimal(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw AwsFaults.Invalid($"Invalid value '{text}' for {name}. It must be a number.");
    }

    /// <summary>A child as a point in time; null when it is absent.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw AwsFaults.Invalid($"Invalid value '{text}' for {name}. It must be a time in ISO 8601.");
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
