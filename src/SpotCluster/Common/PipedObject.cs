using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>
/// An object from the pipeline: one of this module's types, also after it was in a file or in another process
/// (<c>Deserialized.</c>, <c>Selected.</c>, <c>CSV:</c>), a row of CSV or JSON, or text. Anything else is neither.
/// </summary>
internal sealed class PipedObject
{
    private const string Namespace = "SpotCluster.Model.";

    // The widest type first: a narrower one may have some of its columns.
    private static readonly (string Type, string[] Names)[] Columns =
    [
        .. typeof(SpotInstance).Assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false, Namespace: "SpotCluster.Model" } && type.Name.StartsWith("Spot", StringComparison.Ordinal))
            .Select(type => (type.Name, type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).ToArray()))
            .Where(type => type.Item2.Length > 2)
            .OrderByDescending(type => type.Item2.Length),
    ];

    private readonly PSObject _item;

    public PipedObject(object item)
    {
        _item = PSObject.AsPSObject(item);
        TypeName = _item.TypeNames.Select(ModelName).FirstOrDefault(name => name is not null);
    }

    /// <summary>Name of the type without its namespace when it is one of this module's; null for anything else.</summary>
    public string? TypeName { get; }

    /// <summary>The text, or the number as text; null for anything else.</summary>
    public string? Text => _item.BaseObject switch
    {
        string text => text,
        int or long or uint or ulong or short or ushort or byte or sbyte => Convert.ToString(_item.BaseObject, CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>True for what has nothing but properties: a row of CSV or JSON, a custom object, a hashtable.</summary>
    public bool IsRow => TypeName is null && _item.BaseObject is PSCustomObject or IDictionary;

    /// <summary>The type of this module that the row was of before it was in a file, which has all its columns; null for any other row.</summary>
    public string? RowTypeName => IsRow ? Columns.FirstOrDefault(type => type.Names.All(Has)).Type : null;

    /// <summary>What an error calls it.</summary>
    public string Description => TypeName is { } name ? $"a {name}" : RowTypeName is { } row ? $"a row of {row}" : IsRow ? "a row without the required properties" : $"a {_item.BaseObject.GetType().Name}";

    /// <summary>A property as text; null when it is absent or empty.</summary>
    public string? this[string property] => Value(property) switch
    {
        null => null,
        var value when Convert.ToString(value is PSObject wrapped ? wrapped.ToString() : value, CultureInfo.InvariantCulture) is { } text
            && !string.IsNullOrWhiteSpace(text) => text.Trim(),
        _ => null,
    };

    /// <summary>The provider that it names; null when it names none.</summary>
    public SpotProvider? Provider =>
        Enum.TryParse<SpotProvider>(this["Provider"], ignoreCase: true, out var provider) && provider is SpotProvider.Aws or SpotProvider.Vast ? provider : null;

    /// <summary>The object itself, or a copy with the properties that came along; null when it is of another type.</summary>
    public T? As<T>()
        where T : class, new() =>
        _item.BaseObject as T ?? (((TypeName ?? RowTypeName) is { } name ? name == typeof(T).Name : IsRow) ? (T)Restore(typeof(T)) : null);

    private static string? ModelName(string typeName)
    {
        var start = typeName.IndexOf(Namespace, StringComparison.Ordinal);
        if (start < 0 || (start > 0 && typeName[start - 1] is not ('.' or ':')))
        {
            return null;
        }

        var name = typeName[(start + Namespace.Length)..];
        return name.Split('#')[0] is { Length: > 0 } plain && plain.IndexOf('[') < 0 ? plain : null;
    }

    private bool Has(string property) => _item.BaseObject is IDictionary table ? table.Contains(property) : _item.Properties[property] is not null;

    private object? Value(string property) => _item.BaseObject is IDictionary table
        ? table.Keys.OfType<string>().FirstOrDefault(key => string.Equals(key, property, StringComparison.OrdinalIgnoreCase)) is { } key ? table[key] : null
        : _item.Properties[property]?.Value;

    private object Restore(Type type)
    {
        var restored = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            if (Value(property.Name) is { } value && this[property.Name] is not null && Converted(value, property.PropertyType) is { } converted)
            {
                property.SetValue(restored, converted);
            }
        }

        return restored;
    }

    private static object? Converted(object value, Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>))
        {
            var element = type.GetGenericArguments()[0];
            var items = (LanguagePrimitives.GetEnumerable(value) ?? new[] { value }).Cast<object>().Select(item => Converted(item, element)).Where(item => item is not null).ToArray();
            var array = Array.CreateInstance(element, items.Length);
            items.CopyTo(array, 0);
            return Activator.CreateInstance(type, array);
        }

        if (type.Namespace + "." == Namespace && type.IsClass)
        {
            return new PipedObject(value).RestoreAs(type);
        }

        if (typeof(IDictionary<string, string>).IsAssignableFrom(type))
        {
            return (value is PSObject wrapped ? wrapped.BaseObject : value) is IDictionary table
                ? table.Keys.Cast<object>().ToDictionary(key => $"{key}", key => $"{table[key]}", StringComparer.Ordinal)
                : PSObject.AsPSObject(value).Properties.ToDictionary(property => property.Name, property => $"{property.Value}", StringComparer.Ordinal);
        }

        // What was in a file is text, or an object that is left of one.
        var text = value is PSObject item ? item.BaseObject as string ?? (item.BaseObject is PSCustomObject ? item.ToString() : null) : value as string;
        return (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var number when number == typeof(decimal) && text is not null => Number(text),
            var time when time == typeof(DateTimeOffset) && text is not null => Time(text),
            _ => LanguagePrimitives.TryConvertTo(value, type, CultureInfo.InvariantCulture, out var converted) ? converted : null,
        };
    }

    // Export-Csv writes numbers in the culture of the session: a decimal comma is never a separator of thousands.
    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || decimal.TryParse(text, NumberStyles.Float, CultureInfo.CurrentCulture, out number) ? number : null;

    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private object RestoreAs(Type type) => type.IsInstanceOfType(_item.BaseObject) ? _item.BaseObject : Restore(type);
}
