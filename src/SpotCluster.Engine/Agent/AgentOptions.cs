namespace SpotCluster.Engine.Agent;

/// <summary>How an agent works. <see cref="AgentSettingsReader"/> makes it from <c>agent.conf</c>, the environment and parameters.</summary>
public sealed record AgentOptions
{
    /// <summary>Where the backend listens.</summary>
    public required Uri ServerUrl { get; init; }

    /// <summary>PEM file of the authority that the backend's certificate is of; null for those of the system.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>The agent's token.</summary>
    public required AgentToken Token { get; init; }

    /// <summary>The id in the agent's paths; null to learn it by registering, which takes <see cref="LogicalAgentId"/> and a machine.</summary>
    public string? AgentId { get; init; }

    /// <summary>The name that stays when the agent's machine is replaced; null when <see cref="AgentId"/> is enough.</summary>
    public string? LogicalAgentId { get; init; }

    /// <summary>The only region that it terminates in; null for that of the machine it runs on, then that of the AWS configuration.</summary>
    public string? Region { get; init; }

    /// <summary>The account, 12 digits, that its credentials must be of; null when the backend says it.</summary>
    public string? AccountId { get; init; }

    /// <summary>The machine that it runs on, which it never terminates; null to ask the metadata service.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The local kill switch, asked before each pass and each termination.</summary>
    public Func<bool> AutoTerminateEnabled { get; init; } = static () => true;

    /// <summary>The pause between two polls; up to a tenth is added at random.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The tag that a machine must carry to be terminated, as <c>key=value</c>; null for none but what the backend asks for.</summary>
    public string? RequiredTag { get; init; } = DefaultTag;

    /// <summary>Terminates although the backend does not report which instance is the primary, which may be what it hands out.</summary>
    public bool AllowUnknownPrimary { get; init; }

    /// <summary>Whether it launches the replicas that the backend asks for.</summary>
    public bool LaunchReplicas { get; init; } = true;

    /// <summary>The most machines that it terminates in any hour.</summary>
    public int MaxTerminationsPerHour { get; init; } = 60;

    /// <summary>How long a pass looks at machines that are going before it leaves their end to the next pass.</summary>
    public TimeSpan VerifyTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether old images and snapshots are cleaned up.</summary>
    public bool CleanupEnabled { get; init; } = true;

    /// <summary>The pause between two clean-ups of images and snapshots.</summary>
    public TimeSpan CleanupInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The tag of the images and snapshots that may be deleted, as <c>key=value</c>.</summary>
    public string CleanupTag { get; init; } = DefaultTag;

    /// <summary>Snapshots older than this are deleted.</summary>
    public TimeSpan SnapshotAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Images older than this are deregistered.</summary>
    public TimeSpan ImageAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>So many of the newest images, and of the newest snapshots, are kept whatever their age.</summary>
    public int KeepNewest { get; init; } = 3;

    /// <summary>The pause between two questions for an interruption notice.</summary>
    public TimeSpan InterruptionInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The command that is run once when AWS takes the machine; null for none.</summary>
    public string? InterruptionCommand { get; init; }

    /// <summary>Port on the loopback address for Prometheus; null for none, 0 for a free one.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>File that the log is also written to; null for none.</summary>
    public string? LogFile { get; init; }

    /// <summary>Folder of what must survive a crash; null for the default place of the operating system.</summary>
    public string? StateDirectory { get; init; }

    /// <summary>Where requests to the backend go instead of the network; null for the network.</summary>
    public HttpMessageHandler? BackendTransport { get; init; }

    /// <summary>Where requests to the metadata service go instead of the network; null for the network.</summary>
    public HttpMessageHandler? MetadataTransport { get; init; }

    /// <summary>A number from 0 to 1 that spreads the polls of many agents.</summary>
    public Func<double> Jitter { get; init; } = AgentJitter.Next;

    /// <summary>The tag of the original's machines, images and snapshots.</summary>
    public const string DefaultTag = "ManagedBy=SpotOptimizer";
}
