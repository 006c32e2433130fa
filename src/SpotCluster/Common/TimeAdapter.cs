using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace SpotCluster.Common;

/// <summary>
/// How PowerShell reads the properties of the output types that have times: a time is a <see cref="DateTimeOffset"/> to calculate
/// with, and as text it is <c>2026-01-02 03:04:05Z</c> in every culture, also where Export-Csv asks for text. The types file names it.
/// </summary>
public sealed class TimeAdapter : PSPropertyAdapter
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Known = new();
    private static readonly MethodInfo AsText = typeof(TimeAdapter).GetMethod(nameof(ToText))!;

    /// <summary>A time as text: in UTC where no format is given.</summary>
    /// <param name="time">The time.</param>
    /// <param name="format">A format of <see cref="DateTimeOffset"/>.</param>
    /// <param name="provider">A culture.</param>
    public static string ToText(PSObject time, string? format = null, IFormatProvider? provider = null) =>
        ((DateTimeOffset)time.BaseObject).ToString(format ?? "u", provider ?? CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override Collection<PSAdaptedProperty> GetProperties(object baseObject) =>
        new([.. Of(baseObject).Select(property => new PSAdaptedProperty(property.Name, property))]);

    /// <inheritdoc/>
    public override PSAdaptedProperty? GetProperty(object baseObject, string propertyName) =>
        Array.Find(Of(baseObject), property => string.Equals(property.Name, propertyName, StringComparison.OrdinalIgnoreCase)) is { } found
            ? new PSAdaptedProperty(found.Name, found)
            : null;

    /// <inheritdoc/>
    public override string GetPropertyTypeName(PSAdaptedProperty adaptedProperty) => Of(adaptedProperty).PropertyType.ToString();

    /// <inheritdoc/>
    public override bool IsGettable(PSAdaptedProperty adaptedProperty) => Of(adaptedProperty).CanRead;

    /// <inheritdoc/>
    public override bool IsSettable(PSAdaptedProperty adaptedProperty) => Of(adaptedProperty).CanWrite;

    /// <inheritdoc/>
    public override object? GetPropertyValue(PSAdaptedProperty adaptedProperty)
    {
        var value = Of(adaptedProperty).GetValue(adaptedProperty.BaseObject);
        if (value is not DateTimeOffset)
        {
            return value;
        }

        var time = new PSObject(value);
        time.Methods.Add(new PSCodeMethod(nameof(ToString), AsText));
        return time;
    }

    /// <inheritdoc/>
    public override void SetPropertyValue(PSAdaptedProperty adaptedProperty, object value)
    {
        var property = Of(adaptedProperty);
        property.SetValue(adaptedProperty.BaseObject, LanguagePrimitives.ConvertTo(value, property.PropertyType, CultureInfo.InvariantCulture));
    }

    private static PropertyInfo[] Of(object item) => Known.GetOrAdd(item.GetType(), type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance));

    private static PropertyInfo Of(PSAdaptedProperty property) => (PropertyInfo)property.Tag;
}
