namespace SpotCluster.Engine.Agent;

/// <summary>What the command line or a cmdlet says about an agent; null stands for "not given".</summary>
public sealed record AgentParameters
{
    /// <summary>Path of <c>agent.conf</c>.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Address of the backend.</summary>
    public Uri? ServerUrl { get; init; }

    /// <summary>PEM file of the authority of the backend's certificate.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>The token.</summary>
    public AgentToken? Token { get; init; }

    /// <summary>File that holds the token.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The agent's id.</summary>
    public string? AgentId { get; init; }

    /// <summary>The agent's lasting name.</summary>
    public string? LogicalAgentId { get; init; }

    /// <summary>The region.</summary>
    public string? Region { get; init; }

    /// <summary>The tag that machines must carry, <c>key=value</c>; <c>none</c> for none.</summary>
    public string? RequiredTag { get; init; }

    /// <summary>Whether a backend that does not report the primary is trusted with it.</summary>
    public bool? AllowUnknownPrimary { get; init; }

    /// <summary>Whether replicas are launched.</summary>
    public bool? LaunchReplicas { get; init; }

    /// <summary>The most terminations in an hour.</summary>
    public int? MaxTerminationsPerHour { get; init; }

    /// <summary>The pause between two polls.</summary>
    public TimeSpan? PollInterval { get; init; }

    /// <summary>Whether old images and snapshots are cleaned up.</summary>
    public bool? CleanupEnabled { get; init; }

    /// <summary>The command that is run when AWS takes the machine.</summary>
    public string? InterruptionCommand { get; init; }

    /// <summary>Port on the loopback address for Prometheus.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>File that the log is also written to.</summary>
    public string? LogFile { get; init; }

    /// <summary>Folder of what must survive a crash.</summary>
    public string? StateDirectory { get; init; }
}
