using System.Text;
using YamlDotNet.RepresentationModel;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>
/// The cloud-init document of a node. Scripts are constant; every value of the user's lies in a file or is an argument, so none
/// is ever read as code. Nothing reboots the machine, and no package is upgraded.
/// </summary>
internal static class CloudConfig
{
    /// <summary>First line, by which cloud-init knows the kind.</summary>
    public const string Header = "#cloud-config\n";

    /// <summary>The document.</summary>
    public static string Write(NodeSetup setup) => Header + NodeText.Write(Compose(setup).Root);

    /// <summary>Names and sizes of what a document is made of, in bytes of the document; for a message about one that is too large.</summary>
    public static IReadOnlyList<(string Name, int Bytes)> Parts(NodeSetup setup)
    {
        var (root, files) = Compose(setup);
        var parts = files.Select(file => (file.Path, Size(file.Node))).ToList();
        parts.AddRange(root.Children.Where(entry => ((YamlScalarNode)entry.Key).Value != "write_files").Select(entry => (((YamlScalarNode)entry.Key).Value!, Size(entry.Value))));
        return [.. parts.OrderByDescending(part => part.Item2).ThenBy(part => part.Item1, StringComparer.Ordinal)];

        static int Size(YamlNode node) => Encoding.UTF8.GetByteCount(NodeText.Write(node));
    }

    private static (YamlMappingNode Root, List<(string Path, YamlNode Node)> Files) Compose(NodeSetup setup)
    {
        var root = new YamlMappingNode { { NodeText.Key("package_upgrade"), NodeText.Plain("false") } };
        AddUsers(root, setup);
        // Before everything else, at every boot: whatever fails later, the machine ends in time.
        var ends = NodeEnds.Of(setup.ExpiresAt, setup.MaxIdle).Select(end => new YamlSequenceNode(
            NodeText.Text("sh"), NodeText.Text("-c"), NodeText.Block(NodeScripts.Read(end.Name + ".sh")), NodeText.Text("spotcluster-" + end.Name), NodeText.Text(end.Argument))).ToList();
        if (ends.Count > 0)
        {
            root.Add(NodeText.Key("bootcmd"), new YamlSequenceNode(ends));
        }

        var files = Files(setup).ToList();
        if (files.Count > 0)
        {
            root.Add(NodeText.Key("write_files"), new YamlSequenceNode(files.Select(file => file.Node)));
        }

        if (setup.Orchestrators.Count > 0 || setup.Script is not null)
        {
            root.Add(NodeText.Key("runcmd"), new YamlSequenceNode(new YamlNode[] { NodeText.List(["sh", NodeScripts.Folder + "setup.sh"]) }));
        }

        return (root, files);
    }

    private static void AddUsers(YamlMappingNode root, NodeSetup setup)
    {
        if (setup.Orchestrators.Count > 0)
        {
            root.Add(NodeText.Key("groups"), NodeText.List(["docker"]));
        }

        if (setup.UserName is { } name)
        {
            // The image's own user stays: a machine without any way in cannot be helped.
            var groups = setup.Orchestrators.Count > 0 ? new[] { "docker" } : [];
            var user = new YamlMappingNode
            {
                { NodeText.Key("name"), NodeText.Text(name) },
                { NodeText.Key("shell"), NodeText.Text("/bin/bash") },
                { NodeText.Key("sudo"), NodeText.Text("ALL=(ALL) NOPASSWD:ALL") },
                { NodeText.Key("lock_passwd"), NodeText.Plain("true") },
            };
            if (groups.Length > 0)
            {
                user.Add(NodeText.Key("groups"), NodeText.List(groups));
            }

            if (setup.PublicKeys.Count > 0)
            {
                user.Add(NodeText.Key("ssh_authorized_keys"), NodeText.List(setup.PublicKeys));
            }

            root.Add(NodeText.Key("users"), new YamlSequenceNode(NodeText.Text("default"), user));
        }

        if (setup.PublicKeys.Count > 0)
        {
            root.Add(NodeText.Key("ssh_authorized_keys"), NodeText.List(setup.PublicKeys));
        }
    }

    private static IEnumerable<(string Path, YamlNode Node)> Files(NodeSetup setup)
    {
        if (setup.Orchestrators.Count > 0)
        {
            yield return File(NodeConfiguration.Path, Encoding.UTF8.GetBytes(NodeConfiguration.Write(setup)), "0600");
            if (setup.CaCertificate is { } certificate)
            {
                yield return File(NodeConfiguration.CaPath, Encoding.UTF8.GetBytes(certificate), "0644");
            }

            yield return File("/etc/spotcluster/bacalhau-image", Encoding.UTF8.GetBytes(NodeVersion.Image(setup.Version) + "\n"), "0644");
            if (setup.TokenSource is { } source)
            {
                yield return File("/etc/spotcluster/token-source", Encoding.UTF8.GetBytes(source + "\n"), "0644");
                yield return Own(NodeScripts.Folder + "token.py", NodeScripts.Read("token.py"), "0755");
            }

            yield return Own(NodeScripts.Folder + "metadata.sh", NodeScripts.Read("metadata.sh"), "0755");
            yield return Own(NodeScripts.Folder + "bacalhau.sh", NodeScripts.Read("bacalhau.sh"), "0755");
            yield return Own(NodeScripts.Folder + "interruption.sh", NodeScripts.Read("interruption.sh"), "0755");
            yield return Own("/etc/systemd/system/bacalhau.service", NodeScripts.Read("bacalhau.service"), "0644");
            yield return Own("/etc/systemd/system/spotcluster-interruption.service", NodeScripts.Read("spotcluster-interruption.service"), "0644");
        }

        foreach (var file in setup.Files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            yield return File(file.Path, file.Content, (file.IsExecutable, file.IsSecret) switch
            {
                (true, true) => "0700",
                (true, false) => "0755",
                (false, true) => "0600",
                (false, false) => "0644",
            });
        }

        if (setup.Script is { } script)
        {
            yield return File(NodeScripts.Folder + "user-script", script, "0700");
        }

        if (setup.Orchestrators.Count > 0 || setup.Script is not null)
        {
            yield return Own(NodeScripts.Folder + "setup.sh", NodeScripts.Read("setup.sh"), "0755");
        }
    }

    private static (string, YamlNode) Own(string path, string text, string mode) => (path, Entry(path, NodeText.Block(text), null, mode));

    // The document is gzipped as a whole where it has to be; packing its texts one by one first would make it larger.
    private static (string, YamlNode) File(string path, byte[] content, string mode) =>
        NodeText.TryRead(content, out var text) && NodeText.IsSimple(text) ? (path, Entry(path, NodeText.Block(text), null, mode))
        : Gzip.Pack(content) is var packed && packed.Length < content.Length * 3 / 4 ? (path, Entry(path, NodeText.Text(Convert.ToBase64String(packed)), "gz+b64", mode))
        : (path, Entry(path, NodeText.Text(Convert.ToBase64String(content)), "b64", mode));

    private static YamlMappingNode Entry(string path, YamlNode content, string? encoding, string mode)
    {
        var entry = new YamlMappingNode
        {
            { NodeText.Key("path"), NodeText.Text(path) },
            { NodeText.Key("owner"), NodeText.Text("root:root") },
            { NodeText.Key("permissions"), NodeText.Text(mode) },
        };
        if (encoding is not null)
        {
            entry.Add(NodeText.Key("encoding"), NodeText.Text(encoding));
        }

        entry.Add(NodeText.Key("content"), content);
        return entry;
    }
}
