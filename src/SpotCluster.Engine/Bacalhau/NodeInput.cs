using System.Text;
using System.Text.RegularExpressions;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>From what is asked for and configured to the setup of a node. Reads files of this machine and asks nobody else.</summary>
internal static class NodeInput
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>Reads and checks everything; throws for the first thing that is wrong.</summary>
    public static NodeSetup Read(
        NodeRequest request,
        string clusterName,
        IReadOnlyList<string> publicKeys,
        DateTimeOffset? expiresAt,
        SpotSettings settings)
    {
        var orchestrators = request.Orchestrators.Count > 0 ? request.Orchestrators : settings.Orchestrators;
        Refuse(orchestrators, NodeRules.CheckOrchestrator, "orchestrator");
        var version = request.Version ?? settings.BacalhauVersion;
        Refuse([version], text => NodeVersion.IsVersion(text) ? null : "a version such as 1.9.3 is required", "version of Bacalhau");
        var labels = Merge(settings.NodeLabels, request.Labels);
        Refuse(labels.Keys, NodeLabels.CheckKey, "label");
        Refuse(labels.Values, NodeLabels.CheckValue, "value of a label");
        var files = Merge(settings.NodeFiles, request.Files);
        Refuse(files.Keys, NodeRules.CheckTarget, "path on an instance");
        var user = request.UserName ?? settings.UserName;
        Refuse(user is null ? [] : [user], NodeRules.CheckUserName, "user name");
        var script = request.ScriptPath ?? settings.NodeScriptPath;
        var profile = request.InstanceProfile ?? settings.InstanceProfile;
        Refuse(profile is null ? [] : [profile], NodeRules.CheckInstanceProfile, "instance profile");
        var source = orchestrators.Count == 0 ? null : TokenSource(request, settings, profile);
        return new NodeSetup
        {
            ClusterName = clusterName,
            FilterTagValue = settings.FilterTagValue,
            Orchestrators = [.. orchestrators.Select(Normalize).Distinct(StringComparer.Ordinal)],
            RequireTls = orchestrators.Any(address => address.StartsWith("tls://", StringComparison.Ordinal)),
            CaCertificate = orchestrators.Count > 0 && settings.OrchestratorCaPath is { } path ? Encoding.UTF8.GetString(ReadFile(path)) : null,
            TokenSource = source,
            InstanceProfile = profile,
            Token = orchestrators.Count == 0 || source is not null ? null : request.Token ?? OrchestratorSecrets.ReadToken(request.TokenPath, settings),
            Version = NodeVersion.Normalize(version),
            AcceptsNetworkedJobs = settings.NetworkedJobs == "accept",
            Labels = labels,
            Files = [.. files.Select(file => ReadFile(file.Key, file.Value)).OrderBy(file => file.Path, StringComparer.Ordinal)],
            Script = script is null ? null : ReadScript(script),
            UserName = user,
            PublicKeys = publicKeys,
            ExpiresAt = expiresAt,
        };
    }

    // What is asked for on a command wins over the settings; both at once on a command contradict each other.
    private static string? TokenSource(NodeRequest request, SpotSettings settings, string? profile)
    {
        var isGiven = request.Token is not null || request.TokenPath is not null;
        if ((request.TokenSource ?? (isGiven ? null : settings.OrchestratorTokenSource)) is not { } source)
        {
            return null;
        }

        Refuse([source], NodeRules.CheckTokenSource, "source of a token");
        return isGiven ? throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "An orchestrator token is not supported with a token source.")
        {
            Target = source,
            RecommendedAction = "Specify the token, or the source that nodes read it from.",
        }
        : profile is null ? throw new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Nodes cannot read their token from {source}: no instance profile is set for them.")
        {
            Target = source,
            RecommendedAction = "Specify the instance profile whose role can read it with -InstanceProfile (--instance-profile), or set instanceProfile; "
                + $"the role needs {(source.StartsWith("resolve:ssm:", StringComparison.Ordinal) ? "ssm:GetParameter" : "secretsmanager:GetSecretValue")} on it, and kms:Decrypt on its key if that is a customer-managed key.",
        }
        : source;
    }

    private static string Normalize(string address)
    {
        var rest = address.StartsWith("nats://", StringComparison.Ordinal) || address.StartsWith("tls://", StringComparison.Ordinal)
            ? address.Substring(address.IndexOf("//", StringComparison.Ordinal) + 2)
            : address;
        return "nats://" + (Regex.IsMatch(rest, ":[0-9]+$", RegexOptions.CultureInvariant) && !rest.EndsWith(']') ? rest : rest + ":4222");
    }

    private static void Refuse(IEnumerable<string> texts, Func<string, string?> check, string what)
    {
        foreach (var text in texts.OrderBy(text => text, StringComparer.Ordinal))
        {
            if (check(text) is { } problem)
            {
                throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{Shown(text)}' is not a valid {what}: {problem}.") { Target = Shown(text) };
            }
        }
    }

    // An address may have a secret before its host.
    private static string Shown(string text) => Regex.Replace(text, "(?<=://)[^/@]*@", "***@", RegexOptions.CultureInvariant);

    private static byte[] ReadScript(string path)
    {
        var content = ReadFile(path);

        // The kernel looks at the first two bytes; without them the shell takes it, and that is allowed as well.
        return content.Length == 0 ? throw Unreadable(path, $"The script {path} is empty.", null) : content;
    }

    private static NodeFile ReadFile(string target, string path)
    {
        var content = ReadFile(path);
        if (!OperatingSystem.IsWindows())
        {
            var mode = File.GetUnixFileMode(path);
            return new NodeFile(target, content, mode.HasFlag(UnixFileMode.UserExecute), (mode & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) == 0);
        }
        return new NodeFile(target, content, IsExecutable: content is [(byte)'#', (byte)'!', ..], IsSecret: false);
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return new FileInfo(path).Length > MostBytes
                ? throw Unreadable(path, $"The file {path} is larger than 1 MiB, and user data is limited to 16 KiB.", null)
                : File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, $"Cannot read the file {path}: {failure.Message}", failure);
        }
    }

    private static SpotException Unreadable(string path, string message, Exception? cause) =>
        new(SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidArgument, message, cause)
        {
            Target = path,
            RecommendedAction = "Specify the path of a readable file.",
        };

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> lower, IReadOnlyDictionary<string, string> higher)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in lower.Concat(higher))
        {
            merged[key] = value;
        }

        return merged;
    }
}
