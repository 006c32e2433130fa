using System.Text;
using System.Xml;

namespace SpotCluster.Engine.Reports;

/// <summary>
/// Writes HTML that is well-formed XML as well: every element is closed, every value quoted, and text from outside is
/// nothing but text.
/// </summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element; it is closed when the result is disposed.</summary>
    public IDisposable Open(string name, params (string Name, string? Value)[] attributes)
    {
        Start(name, attributes);
        _text.Append('>');
        _open.Push(name);
        return new Element(this);
    }

    /// <summary>An element with text, or with nothing, in it.</summary>
    public HtmlWriter Add(string name, string? text, params (string Name, string? Value)[] attributes)
    {
        using (Open(name, attributes))
        {
            Text(text);
        }

        return this;
    }

    /// <summary>An element that holds nothing and is closed at once.</summary>
    public HtmlWriter AddVoid(string name, params (string Name, string? Value)[] attributes)
    {
        Start(name, attributes);
        _text.Append("/>");
        return this;
    }

    public HtmlWriter Text(string? text)
    {
        Escape(text);
        return this;
    }

    /// <summary>Text of our own, as it is.</summary>
    public HtmlWriter Raw(string text)
    {
        _text.Append(text);
        return this;
    }

    public HtmlWriter Line()
    {
        _text.Append('\n');
        return this;
    }

    public override string ToString() => _text.ToString();

    private void Start(string name, (string Name, string? Value)[] attributes)
    {
        _text.Append('<').Append(name);
        foreach (var (attribute, value) in attributes)
        {
            if (value is not null)
            {
                _text.Append(' ').Append(attribute).Append("=\"");
                Escape(value);
                _text.Append('"');
            }
        }
    }

    private void Escape(string? text)
    {
        for (var place = 0; place < (text?.Length ?? 0); place++)
        {
            var letter = text![place];
            switch (letter)
            {
                case '<':
                    _text.Append("&lt;");
                    break;
                case '>':
                    _text.Append("&gt;");
                    break;
                case '&':
                    _text.Append("&amp;");
                    break;
                case '"':
                    _text.Append("&quot;");
                    break;
                case '\'':
                    _text.Append("&#39;");
                    break;
                default:
                    if (place + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[place + 1], letter))
                    {
                        _text.Append(letter).Append(text[++place]);
                    }
                    else
                    {
                        _text.Append(IsShown(letter) ? letter : '\uFFFD');
                    }

                    break;
            }
        }
    }

    // What steers the direction of text could make a name look like another one.
    private static bool IsShown(char letter) =>
        XmlConvert.IsXmlChar(letter)
        && (!char.IsControl(letter) || letter is '\n' or '\t')
        && letter is not (>= '\u202A' and <= '\u202E') and not (>= '\u2066' and <= '\u2069') and not '\u200E' and not '\u200F';

    private sealed class Element(HtmlWriter writer) : IDisposable
    {
        public void Dispose() => writer._text.Append("</").Append(writer._open.Pop()).Append('>');
    }
}
