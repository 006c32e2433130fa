using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;

namespace SpotCluster.Model;

/// <summary>
/// A list that is its items also where a value is shown as text: a cell that <c>Export-Csv</c> writes of an array is the name
/// of the array's type.
/// </summary>
/// <typeparam name="T">The items.</typeparam>
/// <param name="items">The items, which are not copied.</param>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
public sealed class ValueList<T>(IList<T> items) : ReadOnlyCollection<T>(items)
{
    /// <summary>Number of items.</summary>
    public int Length => Count;

    /// <summary>The array as a list.</summary>
    public static implicit operator ValueList<T>(T[] items) => new(items);

    /// <summary>The items, with <c>; </c> between them.</summary>
    public override string ToString() => string.Join("; ", this);
}

/// <summary>Makes lists.</summary>
public static class ValueList
{
    /// <summary>A list of these items.</summary>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => new(items.ToArray());
}

/// <summary>Keys and values that are themselves also where a value is shown as text. Keys are case-sensitive.</summary>
public sealed class ValueMap() : Dictionary<string, string>(StringComparer.Ordinal)
{
    /// <summary>A map of these; null for none.</summary>
    public static ValueMap Of(IDictionary<string, string>? values)
    {
        if (values is ValueMap map)
        {
            return map;
        }

        map = [];
        foreach (var (key, value) in values ?? map)
        {
            map[key] = value;
        }

        return map;
    }

    /// <summary>The pairs as <c>key=value</c>, by key, with <c>; </c> between them.</summary>
    public override string ToString() => string.Join("; ", this.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
