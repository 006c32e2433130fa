namespace SpotCluster.Engine.Bacalhau;

/// <summary>What the machines of a cluster are to become. Null and empty mean: what the settings say.</summary>
public sealed record NodeRequest
{
    /// <summary>Addresses of orchestrators: <c>nats://host:4222</c>, <c>tls://host:4222</c> or <c>host</c>. Without any, Bacalhau is not set up.</summary>
    public IReadOnlyList<string> Orchestrators { get; init; } = [];

    /// <summary>The secret that a node joins with; null for that of the environment or of the settings' file.</summary>
    public string? Token { get; init; }

    /// <summary>Path of a file with that secret; null for none.</summary>
    public string? TokenPath { get; init; }

    /// <summary>Where a node reads that secret itself: <c>resolve:ssm:NAME</c> or <c>resolve:secretsmanager:NAME</c>; null for what the settings say.</summary>
    public string? TokenSource { get; init; }

    /// <summary>Name or ARN of the instance profile of the machines; null for that of the settings.</summary>
    public string? InstanceProfile { get; init; }

    /// <summary>Version of Bacalhau, for example <c>1.9.3</c>.</summary>
    public string? Version { get; init; }

    /// <summary>More labels of the nodes; they win over those of the settings.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Files for the machines: where each goes, and the local file that it is; they win over those of the settings.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Path of a script that runs last; null for none.</summary>
    public string? ScriptPath { get; init; }

    /// <summary>A user to make beside the image's own, who may use sudo and Docker; null for none.</summary>
    public string? UserName { get; init; }
}
