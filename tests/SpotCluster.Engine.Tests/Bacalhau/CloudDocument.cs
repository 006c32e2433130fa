using System.IO.Compression;
using System.Text;
using SpotCluster.Engine.Bacalhau;
using YamlDotNet.RepresentationModel;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>A cloud-init document as its reader sees it: parsed again, with nothing of the writer's.</summary>
internal sealed class CloudDocument
{
    private readonly YamlMappingNode _root;

    public CloudDocument(string text)
    {
        Text = text;
        _root = Parse(text);
    }

    public static CloudDocument Of(NodeSetup setup) => new(CloudConfig.Write(setup));

    public string Text { get; }

    public IEnumerable<string> Sections => _root.Children.Keys.Select(key => ((YamlScalarNode)key).Value!);

    public YamlNode? this[string section] => _root.Children.TryGetValue(new YamlScalarNode(section), out var value) ? value : null;

    public IReadOnlyList<string> Files => [.. Entries.Select(entry => Value(entry, "path"))];

    /// <summary>Mode of a file.</summary>
    public string Mode(string path) => Value(Entry(path), "permissions");

    /// <summary>Bytes of a file, as cloud-init would write them.</summary>
    public byte[] Bytes(string path)
    {
        var entry = Entry(path);
        var content = Value(entry, "content");
        switch (entry.Children.TryGetValue(new YamlScalarNode("encoding"), out var encoding) ? ((YamlScalarNode)encoding).Value : null)
        {
            case null:
                return Encoding.UTF8.GetBytes(content);
            case "b64":
                return Convert.FromBase64String(content);
            case "gz+b64":
                using (var packed = new GZipStream(new MemoryStream(Convert.FromBase64String(content)), CompressionMode.Decompress))
                using (var buffer = new MemoryStream())
                {
                    packed.CopyTo(buffer);
                    return buffer.ToArray();
                }

            default:
                throw new InvalidDataException("An encoding that cloud-init does not know.");
        }
    }

    public string ReadFile(string path) => Encoding.UTF8.GetString(Bytes(path));

    /// <summary>Bacalhau's own configuration on the machine.</summary>
    public YamlMappingNode Bacalhau => Parse(ReadFile("/etc/bacalhau/config.yaml"));

    public static YamlNode At(YamlNode node, params string[] path) =>
        path.Aggregate(node, (current, key) => ((YamlMappingNode)current).Children[new YamlScalarNode(key)]);

    public static string TextAt(YamlNode node, params string[] path) => ((YamlScalarNode)At(node, path)).Value!;

    public static IReadOnlyList<string> ListAt(YamlNode node, params string[] path) =>
        [.. ((YamlSequenceNode)At(node, path)).Select(item => ((YamlScalarNode)item).Value!)];

    private IEnumerable<YamlMappingNode> Entries => this["write_files"] is YamlSequenceNode files ? files.Cast<YamlMappingNode>() : [];

    private YamlMappingNode Entry(string path) => Entries.Single(entry => Value(entry, "path") == path);

    private static string Value(YamlMappingNode entry, string key) => ((YamlScalarNode)entry.Children[new YamlScalarNode(key)]).Value!;

    private static YamlMappingNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }
}
