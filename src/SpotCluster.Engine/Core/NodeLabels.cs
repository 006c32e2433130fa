using System.Text.RegularExpressions;

namespace SpotCluster.Engine.Core;

/// <summary>Labels of nodes. Bacalhau reads its settings in lower case and takes a dot for a level: a key has neither.</summary>
public static class NodeLabels
{
    /// <summary>Name of the cluster.</summary>
    public const string Cluster = "cluster";

    /// <summary>Id of the machine; also the name of the node.</summary>
    public const string Instance = "instance";

    /// <summary>Id of the account.</summary>
    public const string Account = "account";

    /// <summary>Value of the filter tag: whose machine it is within the account.</summary>
    public const string Tag = "tag";

    /// <summary>Those that we set.</summary>
    public static readonly IReadOnlyList<string> Own = [Cluster, Instance, Account, Tag, "region", "zone", "type", "lifecycle"];

    /// <summary>What is wrong with a key; null when nothing is.</summary>
    public static string? CheckKey(string key) =>
        Own.Contains(key, StringComparer.Ordinal) ? "that label is reserved by SpotCluster"
        : Regex.IsMatch(key, "^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$", RegexOptions.CultureInvariant) ? null
        : "1 to 63 lowercase letters, digits, - and _ are required, starting and ending with a letter or digit";

    /// <summary>What is wrong with a value; null when nothing is.</summary>
    public static string? CheckValue(string value) =>
        Regex.IsMatch(value, "^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$", RegexOptions.CultureInvariant) ? null
        : "at most 63 letters, digits, ., - and _ are allowed, starting and ending with a letter or digit";
}
