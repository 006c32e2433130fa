using System.Text;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>The shell scripts and service files of a node. They are the same for every node: what differs lies in files of its own.</summary>
internal static class NodeScripts
{
    /// <summary>Where the scripts lie on the machine.</summary>
    public const string Folder = "/usr/local/lib/spotcluster/";

    /// <summary>Names of the scripts.</summary>
    public static readonly IReadOnlyList<string> Scripts = ["bacalhau.sh", "expiry.sh", "idle.sh", "interruption.sh", "metadata.sh", "setup.sh"];

    /// <summary>The text of one, with line feeds only.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(NodeScripts).Assembly.GetManifestResourceStream($"SpotCluster.Engine.Bacalhau.Scripts.{name}")
            ?? throw new ArgumentException($"No script {name} exists.", nameof(name));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
