using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>The effective settings: what the file, the environment and the defaults say together.</summary>
public sealed record SpotSettings
{
    /// <summary>Key of the tag that says that a resource is ours.</summary>
    public string FilterTagName { get; init; } = "bacalhau-cluster";

    /// <summary>Value of that tag.</summary>
    public string FilterTagValue { get; init; } = "bacalhau-aws-spot";

    /// <summary>The filter tag, <c>key=value</c>.</summary>
    public string FilterTag => $"{FilterTagName}={FilterTagValue}";

    /// <summary>Where the filter tag comes from: a line of a configuration file, an environment variable, or the default.</summary>
    public string FilterTagSource { get; init; } = DefaultSource;

    /// <summary>The source of what nobody has set.</summary>
    internal const string DefaultSource = "default";

    /// <summary>Value of the tag <c>CreatedBy</c>.</summary>
    public string Creator { get; init; } = "bacalhau-aws-spot-script";

    /// <summary>Start of the Name of each resource that we create.</summary>
    public string ResourcePrefix { get; init; } = "bacalhau-";

    /// <summary>Name of the VPC that we create.</summary>
    public string VpcName { get; init; } = "bacalhau-vpc";

    /// <summary>The regions of the account: those that every command asks when none is named. Empty for every enabled one.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Where <see cref="Regions"/> comes from: a line of a configuration file, an environment variable, or the default.</summary>
    public string RegionsSource { get; init; } = DefaultSource;

    /// <summary>What a region is that is asked when none is named: <c>enabled region</c>, or <c>region stated by FILE:LINE</c>.</summary>
    public string RegionWord => Regions.Count == 0 ? "enabled region" : $"region of {(RegionsSource == DefaultSource ? "the settings" : RegionsSource)}";

    /// <summary>Instance types that are used when none is named; the cheapest fitting pools win.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>What the types of a new cluster must have, instead of their names.</summary>
    public IReadOnlyList<string> InstanceRequirements { get; init; } = [];

    /// <summary>Architecture when neither it nor types nor an image are asked for; null to take that of the types.</summary>
    public SpotArchitecture? Architecture { get; init; }

    /// <summary>Image when neither it nor an architecture is asked for; null for Ubuntu.</summary>
    public string? Image { get; init; }

    /// <summary>Most USD per hour for one machine when no other limit is asked for; null for none.</summary>
    public decimal? MaxHourlyPrice { get; init; }

    /// <summary>Most USD per hour for a whole cluster when no other limit is asked for; null for none.</summary>
    public decimal? MaxHourlyCost { get; init; }

    /// <summary>How long a call to AWS may have no answer, its three attempts together.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Life of the machines when none is asked for; null for no expiry.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Full paths of the public keys when none is asked for.</summary>
    public IReadOnlyList<string> PublicKeyPaths { get; init; } = [];

    /// <summary>The first of <see cref="PublicKeyPaths"/>, or the only one; null for none.</summary>
    public string? PublicKeyPath
    {
        get => PublicKeyPaths.Count > 0 ? PublicKeyPaths[0] : null;
        init => PublicKeyPaths = value is null ? [] : [value];
    }

    /// <summary>Full path of the private key for sessions and commands; null to let ssh choose.</summary>
    public string? PrivateKeyPath { get; init; }

    /// <summary>IPv4 networks that may reach port 22 of new machines; empty for all.</summary>
    public IReadOnlyList<string> SshCidrs { get; init; } = [];

    /// <summary>User to make on new machines; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>Orchestrators that new machines join.</summary>
    public IReadOnlyList<string> Orchestrators { get; init; } = [];

    /// <summary>Address of the orchestrator's API; null for none.</summary>
    public string? OrchestratorUrl { get; init; }

    /// <summary>Full path of the file with the secret that nodes join with; null for none.</summary>
    public string? OrchestratorTokenPath { get; init; }

    /// <summary>Where nodes read that secret themselves; null for user data that has it.</summary>
    public string? OrchestratorTokenSource { get; init; }

    /// <summary>Name or ARN of the instance profile of new machines; null for none.</summary>
    public string? InstanceProfile { get; init; }

    /// <summary>Full path of the file with the key of the orchestrator's API; null for none.</summary>
    public string? OrchestratorKeyPath { get; init; }

    /// <summary>Full path of the certificate of the orchestrator's authority; null for those of the system.</summary>
    public string? OrchestratorCaPath { get; init; }

    /// <summary>Version of Bacalhau on new machines.</summary>
    public string BacalhauVersion { get; init; } = NodeVersion.Default;

    /// <summary><c>reject</c> or <c>accept</c>: whether nodes accept jobs that use the network.</summary>
    public string NetworkedJobs { get; init; } = "reject";

    /// <summary>More labels of nodes.</summary>
    public IReadOnlyDictionary<string, string> NodeLabels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Files for new machines: target path, and full path of the local file.</summary>
    public IReadOnlyDictionary<string, string> NodeFiles { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Full path of the script that runs last on new machines; null for none.</summary>
    public string? NodeScriptPath { get; init; }

    /// <summary>Tags for every resource; those of a request win over them.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Account ids that may be changed; empty for any.</summary>
    public IReadOnlyList<string> AllowedAccounts { get; init; } = [];

    /// <summary>What to do with our machines at Vast.ai when its credit is used up, once somebody has consented.</summary>
    public SpotCreditPolicy OnInsufficientCredit { get; init; } = SpotCreditPolicy.DestroyMine;

    /// <summary>What an old file says and has no meaning here, one sentence each: to be told before something is launched.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
