using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// The label of a machine of ours: <c>spotcluster/&lt;cluster&gt;/&lt;node&gt;</c>. It alone says that a machine is ours, on whatever
/// computer it was rented. The node ends in a random part, so that a label is never used twice.
/// </summary>
internal sealed record VastLabel(string? ClusterName, string Node)
{
    private const string Prefix = "spotcluster/";

    // A cluster's name starts with a letter, so this is none.
    private const string NoCluster = "-";

    public string Text => Prefix + (ClusterName ?? NoCluster) + "/" + Node;

    /// <summary>A label that no machine has yet.</summary>
    public static VastLabel New(string? clusterName, string? node, Func<string> random)
    {
        if (clusterName is not null && !IsClusterName(clusterName))
        {
            throw new SpotException(
                SpotErrorIds.ClusterNameInvalid, SpotErrorCategory.InvalidArgument,
                $"'{clusterName}' is not a valid cluster name: 1 to 63 letters, digits and dashes are required, starting with a letter.")
            {
                Target = clusterName,
            };
        }

        return new VastLabel(clusterName, CheckedNode(node ?? "node") + "-" + random());
    }

    /// <summary>The same machine under another name.</summary>
    public VastLabel Renamed(string node) => this with { Node = CheckedNode(node) };

    /// <summary>What a label says; null for one that is not ours: what no create call of ours could have written is somebody else's.</summary>
    public static VastLabel? TryParse(string? label)
    {
        if (label is null || !label.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = label.Split('/');
        return parts.Length == 3 && (parts[1] == NoCluster || IsClusterName(parts[1])) && parts[2].Length > 0
            ? new VastLabel(parts[1] == NoCluster ? null : parts[1], parts[2])
            : null;
    }

    /// <summary>What can be kept of a label of somebody else as the name of a node; null when nothing can.</summary>
    public static string? ToNode(string? label)
    {
        var kept = new string([.. (label ?? "").Take(55).Select(c => IsNamePart(c) || c is '.' or '_' ? c : '-')]).Trim('-', '.');
        return kept.Length == 0 ? null : kept;
    }

    private static string CheckedNode(string node) =>
        node.Length is > 0 and <= 64 && node.All(c => IsNamePart(c) || c is '.' or '_')
            ? node
            : throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument,
                $"'{node}' is not a valid name: 1 to 64 letters, digits, dots, dashes and underscores are required.")
            {
                Target = node,
            };

    private static bool IsClusterName(string name) => name.Length is > 0 and <= 63 && IsLetter(name[0]) && name.All(IsNamePart);

    private static bool IsLetter(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');

    private static bool IsNamePart(char c) => IsLetter(c) || c is (>= '0' and <= '9') or '-';
}
