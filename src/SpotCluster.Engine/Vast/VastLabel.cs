using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// The label of a machine of ours: <c>spotcluster/&lt;cluster&gt;/&lt;node&gt;</c>. It alone says that a machine is ours, on whatever
/// computer it was rented. The node ends in a random part, so that a label is never used twice. The instance of a job has the end
/// of its lease behind it: <c>spotcluster/job-1a2b3c4d/node-5e6f7a8b@20300101T120000Z</c>.
/// </summary>
internal sealed record VastLabel(string? ClusterName, string Node)
{
    private const string Prefix = "spotcluster/";

    // A cluster's name starts with a letter, so this is none.
    private const string NoCluster = "-";

    private const char LeaseMark = '@';

    private const string LeaseFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>End of the lease of its job; null for an instance of no job.</summary>
    public DateTimeOffset? LeaseEndsAt { get; init; }

    public string Text =>
        Prefix + (ClusterName ?? NoCluster) + "/" + Node + (LeaseEndsAt is { } end ? LeaseMark + end.UtcDateTime.ToString(LeaseFormat, CultureInfo.InvariantCulture) : "");

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
        if (parts.Length != 3 || !(parts[1] == NoCluster || IsClusterName(parts[1])) || parts[2].Length == 0)
        {
            return null;
        }

        var mark = parts[2].LastIndexOf(LeaseMark);
        var hasLease = DateTimeOffset.TryParseExact(
            parts[2].Substring(mark + 1), LeaseFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var end) && mark > 0;
        return new VastLabel(parts[1] == NoCluster ? null : parts[1], hasLease ? parts[2].Substring(0, mark) : parts[2]) { LeaseEndsAt = hasLease ? end : null };
    }

    /// <summary>True when two labels are those of one instance, whatever their leases are.</summary>
    public static bool IsSame(string? one, string? other) =>
        string.Equals(one, other, StringComparison.Ordinal)
        || (TryParse(one) is { LeaseEndsAt: not null } left && TryParse(other) is { } right && left with { LeaseEndsAt = null } == right with { LeaseEndsAt = null });

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
