using System.Globalization;
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// Reads members of an answer by their local names. What is missing or cannot be read is null: EC2 adds members and
/// values at any time.
/// </summary>
internal static class XmlReading
{
    public static XElement? Child(this XElement e, string name)
    {
        for (var node = e.FirstNode; node is not null; node = node.NextNode)
        {
            if (node is XElement child && child.Name.LocalName == name)
            {
                return child;
            }
        }

        return null;
    }

    public static string? Text(this XElement e, string name) => e.Child(name)?.Value;

    public static string RequiredText(this XElement e, string name) =>
        e.Text(name) is { Length: > 0 } text ? text : throw Incomplete(e, name);

    public static bool? Bool(this XElement e, string name) =>
        bool.TryParse(e.Text(name), out var value) ? value : null;

    public static int? Int(this XElement e, string name) =>
        int.TryParse(e.Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;

    public static long? Long(this XElement e, string name) =>
        long.TryParse(e.Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;

    public static double? Double(this XElement e, string name) =>
        double.TryParse(e.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    public static DateTimeOffset? Time(this XElement e, string name) =>
        DateTimeOffset.TryParse(
            e.Text(name),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var value)
            ? value
            : null;

    /// <summary>A list of plain values.</summary>
    public static List<string> Texts(this XElement e, string name) => e.Items(name, item => item.Value);

    /// <summary>A list of structures that hold one plain value each.</summary>
    public static List<string> Texts(this XElement e, string name, string member) =>
        e.Items(name, item => item.Text(member) ?? "");

    public static List<T> Items<T>(this XElement e, string name, Func<XElement, T> read) =>
        e.Child(name) is { HasElements: true } list ? [.. list.Elements().Select(read)] : [];

    public static T? Structure<T>(this XElement e, string name, Func<XElement, T> read)
        where T : class => e.Child(name) is { } child ? read(child) : null;

    public static T RequiredStructure<T>(this XElement e, string name, Func<XElement, T> read)
        where T : class => e.Structure(name, read) ?? throw Incomplete(e, name);

    private static FormatException Incomplete(XElement e, string name) => new($"{e.Name.LocalName} has no {name}.");
}
