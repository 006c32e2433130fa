using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SpotCluster.Engine.Configuration;

/// <summary>A place in a document: line and column, both from 1.</summary>
internal readonly record struct YamlPlace(int Line, int Column);

/// <summary>A node of a document: a text, a list or a table.</summary>
internal sealed record YamlNode(YamlPlace Place)
{
    /// <summary>The text; null for a list or a table.</summary>
    public string? Text { get; init; }

    /// <summary>True for a text without quotes.</summary>
    public bool IsPlain { get; init; }

    /// <summary>The items; null when it is no list.</summary>
    public IReadOnlyList<YamlNode>? Items { get; init; }

    /// <summary>The entries in their order; null when it is no table.</summary>
    public IReadOnlyList<KeyValuePair<YamlNode, YamlNode>>? Entries { get; init; }

    /// <summary>True for <c>key:</c> with nothing behind it, and for YAML's words for nothing.</summary>
    public bool IsNothing => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public YamlNode? Find(string key) => Entries?.FirstOrDefault(entry => entry.Key.Text == key).Value;
}

/// <summary>
/// Reads the part of YAML that settings need: texts, lists and tables. Anchors, types, several documents, tabs and
/// deep nesting are refused at the first one, so that no file is expensive to read.
/// </summary>
internal static class YamlTree
{
    /// <summary>Most bytes of a file.</summary>
    public const int MostBytes = 1024 * 1024;

    private const int MostLevels = 8;

    private const int MostNodes = 20_000;

    /// <summary>The root of the one document; a table without entries for an empty file.</summary>
    /// <exception cref="YamlRefusedException">For everything that is not to be read.</exception>
    public static YamlNode Read(byte[] content)
    {
        if (content.Length > MostBytes)
        {
            throw new YamlRefusedException("the file is larger than 1 MiB", default);
        }

        var text = Decode(content);
        RefuseTabs(text);
        var walker = new Walker(new Parser(new Scanner(new StringReader(text), skipComments: true)));
        try
        {
            return walker.ReadDocument();
        }
        catch (YamlException failure)
        {
            throw new YamlRefusedException($"cannot parse YAML: {Clean(failure.Message)}", PlaceOf(failure.Start), failure);
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The parser has no word for some texts that are no YAML, and stumbles over them.
            throw new YamlRefusedException("cannot parse YAML, here or shortly after", walker.Place, failure);
        }
    }

    private static string Decode(byte[] content)
    {
        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
            return text.Length > 0 && text[0] == '\uFEFF' ? text.Substring(1) : text;
        }
        catch (DecoderFallbackException failure)
        {
            var line = 1 + content.Take(Math.Max(0, failure.Index)).Count(value => value == (byte)'\n');
            throw new YamlRefusedException("the file is not UTF-8 text; save it as UTF-8", new YamlPlace(line, 1), failure);
        }
    }

    private static void RefuseTabs(string text)
    {
        var line = 1;
        var column = 1;
        var isIndent = true;
        foreach (var character in text)
        {
            if (character == '\t' && isIndent)
            {
                throw new YamlRefusedException("this line is indented with a tab; YAML allows only spaces", new YamlPlace(line, column));
            }

            if (character == '\n')
            {
                (line, column, isIndent) = (line + 1, 1, true);
                continue;
            }

            isIndent &= character == ' ';
            column++;
        }
    }

    // The parser's sentences may quote the file; a secret of an old layout must not come out that way.
    private static string Clean(string message)
    {
        var quote = message.IndexOf('\'');
        return (quote > 0 ? message.Substring(0, quote) : message).Trim().TrimEnd('.', ',', ':');
    }

    private static YamlPlace PlaceOf(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private sealed class Walker(IParser parser)
    {
        private int _nodes;

        /// <summary>Where the last node begins.</summary>
        public YamlPlace Place { get; private set; } = new(1, 1);

        public YamlNode ReadDocument()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return new YamlNode(new YamlPlace(1, 1)) { Entries = [] };
            }

            parser.Consume<DocumentStart>();
            var root = ReadNode(1);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
            {
                throw new YamlRefusedException("a second document starts here; only one is supported", PlaceOf(second.Start));
            }

            return root.IsNothing ? root with { Entries = [], Text = null } : root;
        }

        private YamlNode ReadNode(int level)
        {
            var next = parser.Current ?? throw new YamlRefusedException("the file ends too early", default);
            var place = Place = PlaceOf(next.Start);
            if (next is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
            {
                throw new YamlRefusedException("anchors and aliases (& and *) are not supported; quote a value that starts with one", place);
            }

            if (next is NodeEvent { Tag.IsEmpty: false, Tag.IsNonSpecific: false })
            {
                throw new YamlRefusedException("types (!) are not supported; quote a value that starts with one", place);
            }

            if (level > MostLevels || ++_nodes > MostNodes)
            {
                throw new YamlRefusedException(level > MostLevels ? "this is nested too deeply" : "the file has too many entries", place);
            }

            if (parser.TryConsume<Scalar>(out var scalar))
            {
                return new YamlNode(place) { Text = scalar.Value, IsPlain = scalar.Style == ScalarStyle.Plain };
            }

            if (parser.TryConsume<SequenceStart>(out _))
            {
                var items = new List<YamlNode>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    items.Add(ReadNode(level + 1));
                }

                return new YamlNode(place) { Items = items };
            }

            parser.Consume<MappingStart>();
            return new YamlNode(place) { Entries = ReadEntries(level) };
        }

        private List<KeyValuePair<YamlNode, YamlNode>> ReadEntries(int level)
        {
            var entries = new List<KeyValuePair<YamlNode, YamlNode>>();
            var seen = new Dictionary<string, YamlPlace>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = ReadNode(level + 1);
                if (key.Text is not { } name)
                {
                    throw new YamlRefusedException("a key must be a text, not a list or a table", key.Place);
                }

                if (seen.TryGetValue(name, out var first))
                {
                    throw new YamlRefusedException(FormattableString.Invariant($"duplicate key '{name}', first in line {first.Line}"), key.Place) { Key = name };
                }

                seen.Add(name, key.Place);
                entries.Add(new KeyValuePair<YamlNode, YamlNode>(key, ReadNode(level + 1)));
            }

            return entries;
        }
    }
}

/// <summary>A document that is not read further.</summary>
internal sealed class YamlRefusedException(string message, YamlPlace place, Exception? cause = null) : Exception(message, cause)
{
    public YamlPlace Place { get; } = place;

    public string? Key { get; init; }
}
