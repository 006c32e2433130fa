using System.Globalization;
using System.Text;

namespace SpotCluster.Simulator.Aws;

/// <summary>Writes the body of an XML answer, element by element. A null value writes nothing.</summary>
internal sealed class XmlBody
{
    private readonly StringBuilder _text = new(1024);

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public XmlBody Text(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append('<').Append(name).Append('>');
            Escape(value);
            _text.Append("</").Append(name).Append('>');
        }

        return this;
    }

    public XmlBody Text(string name, bool? value) => Text(name, value is { } flag ? (flag ? "true" : "false") : null);

    public XmlBody Text(string name, long? value) => Text(name, value?.ToString(CultureInfo.InvariantCulture));

    public XmlBody Text(string name, decimal? value) => Text(name, value?.ToString(CultureInfo.InvariantCulture));

    public XmlBody Text(string name, DateTimeOffset? value) => Text(name, value is { } time ? Format(time) : null);

    public XmlBody Element(string name, Action content)
    {
        _text.Append('<').Append(name).Append('>');
        content();
        _text.Append("</").Append(name).Append('>');
        return this;
    }

    public XmlBody List<T>(string name, IEnumerable<T> items, Action<T> write)
    {
        _text.Append('<').Append(name).Append('>');
        foreach (var item in items)
        {
            _text.Append("<item>");
            write(item);
            _text.Append("</item>");
        }

        _text.Append("</").Append(name).Append('>');
        return this;
    }

    public XmlBody List(string name, IEnumerable<string> items)
    {
        _text.Append('<').Append(name).Append('>');
        foreach (var item in items)
        {
            Text("item", item);
        }

        _text.Append("</").Append(name).Append('>');
        return this;
    }

    /// <summary>The elements so far.</summary>
    public override string ToString() => _text.ToString();

    private void Escape(string value)
    {
        foreach (var c in value)
        {
            switch (c)
            {
                case '&':
                    _text.Append("&amp;");
                    break;
                case '<':
                    _text.Append("&lt;");
                    break;
                case '>':
                    _text.Append("&gt;");
                    break;
                case '\r' or '\n' or '\t':
                    _text.Append("&#").Append(((int)c).ToString(CultureInfo.InvariantCulture)).Append(';');
                    break;
                default:
                    // XML 1.0 has no way to write the other control characters.
                    _text.Append(c < ' ' ? '?' : c);
                    break;
            }
        }
    }
}
