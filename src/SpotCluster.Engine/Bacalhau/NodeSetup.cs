namespace SpotCluster.Engine.Bacalhau;

/// <summary>Everything that a node gets, read and checked: the input of its cloud-init document.</summary>
public sealed record NodeSetup
{
    /// <summary>The cluster.</summary>
    public required string ClusterName { get; init; }

    /// <summary>Value of the filter tag, by which our nodes are known among others; empty for none.</summary>
    public string FilterTagValue { get; init; } = "";

    /// <summary>Orchestrators as Bacalhau writes them, <c>nats://host:port</c>; empty to leave Bacalhau out.</summary>
    public IReadOnlyList<string> Orchestrators { get; init; } = [];

    /// <summary>True when an orchestrator is to be spoken to over TLS only.</summary>
    public bool RequireTls { get; init; }

    /// <summary>Certificate of the authority that signed the orchestrator's, PEM; null for those of the system.</summary>
    public string? CaCertificate { get; init; }

    /// <summary>The secret that the node joins with; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Where the node itself reads that secret, with the role of its instance: <c>resolve:ssm:NAME</c> or <c>resolve:secretsmanager:NAME</c>; null for nowhere.</summary>
    public string? TokenSource { get; init; }

    /// <summary>Name or ARN of the instance profile; null for none.</summary>
    public string? InstanceProfile { get; init; }

    /// <summary>Version with its letter, for example <c>v1.9.3</c>.</summary>
    public string Version { get; init; } = NodeVersion.Default;

    /// <summary>True when the node accepts jobs that use the network.</summary>
    public bool AcceptsNetworkedJobs { get; init; }

    /// <summary>Labels beside those that the machine finds out itself.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Files.</summary>
    public IReadOnlyList<NodeFile> Files { get; init; } = [];

    /// <summary>The user's script; null for none.</summary>
    public byte[]? Script { get; init; }

    /// <summary>A user to make beside the image's own; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>OpenSSH public keys, one line each.</summary>
    public IReadOnlyList<string> PublicKeys { get; init; } = [];

    /// <summary>When the machine ends itself, UTC; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How long the machine may be idle until it ends itself; null for ever.</summary>
    public TimeSpan? MaxIdle { get; init; }

    /// <summary>True when a machine needs to be told nothing at all: the key pair alone lets the image's own user in.</summary>
    public bool IsEmpty =>
        Orchestrators.Count == 0 && Files.Count == 0 && Script is null && UserName is null && PublicKeys.Count < 2 && ExpiresAt is null && MaxIdle is null;

    /// <summary>The same without its secrets, to be shown.</summary>
    public NodeSetup Masked()
    {
        return this with
        {
            Token = Token is null ? null : Mask,
            Files = [.. Files.Select(file => file.IsSecret ? file with { Content = System.Text.Encoding.UTF8.GetBytes(Mask + "\n") } : file)],
            Script = Hide(Script),
        };

        // A script that repeats the token is shown without it, too.
        byte[]? Hide(byte[]? content) => content is null || string.IsNullOrEmpty(Token) || !NodeText.TryRead(content, out var text)
            ? content
            : System.Text.Encoding.UTF8.GetBytes(text.Replace(Token!, Mask, StringComparison.Ordinal));
    }

    /// <summary>What stands in the place of a secret.</summary>
    public const string Mask = "********";
}

/// <summary>A file for a node.</summary>
/// <param name="Path">Where it goes: an absolute path.</param>
/// <param name="Content">What is in it.</param>
/// <param name="IsExecutable">Whether it can be run there.</param>
/// <param name="IsSecret">Whether only root may read it there, and nobody is shown it here.</param>
public sealed record NodeFile(string Path, byte[] Content, bool IsExecutable, bool IsSecret);
