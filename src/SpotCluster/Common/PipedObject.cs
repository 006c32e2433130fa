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

    /// <summary>What an error calls it.</summary>
    public string Description => TypeName is { } name ? $"a {name}" : IsRow ? "a row without the required properties" : $"a {_item.BaseObject.GetType().Name}";

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
        _item.BaseObject as T ?? (TypeName == typeof(T).Name || IsRow ? (T)Restore(typeof(T)) : null);

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

        return LanguagePrimitives.TryConvertTo(value, type, CultureInfo.InvariantCulture, out var converted) ? converted : null;
    }

    private object RestoreAs(Type type) => type.IsInstanceOfType(_item.BaseObject) ? _item.BaseObject : Restore(type);
}
