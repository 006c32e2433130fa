using System.IO.Compression;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SpotCluster.Simulator.Bacalhau;

/// <summary>What user data makes of a machine, when it makes it a compute node.</summary>
/// <param name="Orchestrators">Hosts that it dials.</param>
/// <param name="Token">The secret that it brings; null for none.</param>
/// <param name="Labels">Its labels, with keys in lower case.</param>
internal sealed record NodeProgram(IReadOnlyList<string> Orchestrators, string? Token, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>Where it reads that secret with the role of its instance; null for nowhere.</summary>
    public string? TokenSource { get; init; }

    /// <summary>Reads user data as cloud-init would; null for data that sets no compute node up.</summary>
    public static NodeProgram? Read(string? base64)
    {
        if (string.IsNullOrEmpty(base64))
        {
            return null;
        }

        try
        {
            return Parse(Encoding.UTF8.GetString(Unpack(Convert.FromBase64String(base64))));
        }
        catch (Exception failure) when (failure is FormatException or InvalidDataException or YamlException or ArgumentException)
        {
            // Such a machine boots, and nothing is set up on it.
            return null;
        }
    }

    private static byte[] Unpack(byte[] data)
    {
        if (data.Length < 2 || data[0] != 0x1f || data[1] != 0x8b)
        {
            return data;
        }

        using var packed = new GZipStream(new MemoryStream(data), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        packed.CopyTo(plain);
        return plain.ToArray();
    }

    private static NodeProgram? Parse(string text)
    {
        if (!text.StartsWith("#cloud-config\n", StringComparison.Ordinal) || Load(text) is not { } document || Find(document, "write_files") is not YamlSequenceNode files)
        {
            return null;
        }

        if (Content("/etc/bacalhau/config.yaml") is not { } content)
        {
            return null;
        }

        if (Load(content) is not { } config || Find(config, "Compute") is not YamlMappingNode compute || Text(compute, "Enabled") != "true")
        {
            return null;
        }

        var orchestrators = (Find(compute, "Orchestrators") as YamlSequenceNode)?.OfType<YamlScalarNode>().Select(item => item.Value ?? "") ?? [];
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Find(config, "Labels") is YamlMappingNode table)
        {
            foreach (var entry in table.Children)
            {
                // As the real one does it: names of settings are read in lower case.
                labels[((YamlScalarNode)entry.Key).Value!.ToLowerInvariant()] = ((YamlScalarNode)entry.Value).Value ?? "";
            }
        }

        var token = Find(compute, "Auth") is YamlMappingNode auth ? Text(auth, "Token") : null;
        return new NodeProgram([.. orchestrators.Select(HostOf)], token, labels) { TokenSource = Content("/etc/spotcluster/token-source")?.Trim() };

        string? Content(string path) =>
            files.OfType<YamlMappingNode>().FirstOrDefault(entry => Text(entry, "path") == path) is { } file && Text(file, "content") is { } text
                ? Text(file, "encoding") is null ? text : Encoding.UTF8.GetString(Unpack(Convert.FromBase64String(text)))
                : null;
    }

    private static YamlMappingNode? Load(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count == 1 ? stream.Documents[0].RootNode as YamlMappingNode : null;
    }

    private static string HostOf(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri.Host : address;

    private static YamlNode? Find(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private static string? Text(YamlMappingNode node, string key) => (Find(node, key) as YamlScalarNode)?.Value;
}
