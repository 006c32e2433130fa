using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>Between bytes, texts and YAML. Every text of somebody else goes through a YAML writer as a quoted scalar, so it stays data.</summary>
internal static class NodeText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A key of ours.</summary>
    public static YamlScalarNode Key(string name) => new(name);

    /// <summary>A text, in quotes: whatever it looks like, it is no number, no truth, no anchor and no type.</summary>
    public static YamlScalarNode Text(string value) => new(value) { Style = ScalarStyle.DoubleQuoted };

    /// <summary>A text of ours of several lines, as a block that people can read.</summary>
    public static YamlScalarNode Block(string value) => new(value) { Style = ScalarStyle.Literal };

    /// <summary>A value that is a number or a truth.</summary>
    public static YamlScalarNode Plain(string value) => new(value) { Style = ScalarStyle.Plain };

    /// <summary>A list of texts.</summary>
    public static YamlSequenceNode List(IEnumerable<string> items) => new(items.Select(Text));

    /// <summary>A table of texts.</summary>
    public static YamlMappingNode Table(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var table = new YamlMappingNode();
        foreach (var (key, value) in entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            table.Add(Text(key), Text(value));
        }

        return table;
    }

    /// <summary>The document as text, with line feeds only.</summary>
    public static string Write(YamlNode root)
    {
        using var writer = new StringWriter(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        var settings = new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024);
        new YamlStream(new YamlDocument(root)).Save(new Emitter(writer, settings), assignAnchors: false);
        var text = writer.ToString();

        // The mark of the end of a document belongs to streams of several.
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text.Substring(0, text.Length - 4) : text;
    }

    /// <summary>Reads UTF-8 text that a block can hold without loss; false for everything else.</summary>
    public static bool TryRead(byte[] content, out string text)
    {
        try
        {
            text = Strict.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }

        return true;
    }

    /// <summary>True for printable ASCII and line feeds, ending in one, that no writer has to fold, quote or indent.</summary>
    public static bool IsSimple(string text) =>
        text.Length > 1 && text[0] is > ' ' and < '\u007f' && text.EndsWith('\n') && !text.EndsWith("\n\n", StringComparison.Ordinal)
        && text.All(c => c is '\n' or (>= ' ' and < '\u007f')) && !text.Contains(" \n");
}
