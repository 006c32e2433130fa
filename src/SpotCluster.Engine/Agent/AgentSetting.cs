namespace SpotCluster.Engine.Agent;

/// <summary>A key of <c>agent.conf</c>, which is also an environment variable.</summary>
/// <param name="Name">The key.</param>
/// <param name="Meaning">What it does, for the manual; null for a key of the original that means nothing here.</param>
/// <param name="Aliases">Names that mean the same, the better one first.</param>
internal sealed record AgentSetting(string Name, string? Meaning, params string[] Aliases)
{
    public const string ServerUrl = "SPOT_OPTIMIZER_SERVER_URL";
    public const string Token = "SPOT_OPTIMIZER_CLIENT_TOKEN";
    public const string CertificateAuthority = "CERTIFICATE_AUTHORITY";
    public const string TokenFile = "TOKEN_FILE";
    public const string AgentId = "AGENT_ID";
    public const string LogicalAgentId = "LOGICAL_AGENT_ID";
    public const string Region = "AWS_REGION";
    public const string AccountId = "ACCOUNT_ID";
    public const string InstanceId = "INSTANCE_ID";
    public const string AutoTerminate = "AUTO_TERMINATE_ENABLED";
    public const string CheckInterval = "TERMINATION_CHECK_INTERVAL";
    public const string PollInterval = "POLL_INTERVAL";
    public const string InterruptionInterval = "INTERRUPTION_CHECK_INTERVAL";
    public const string InterruptionCommand = "INTERRUPTION_COMMAND";
    public const string RequiredTag = "REQUIRED_TAG";
    public const string AllowUnknownPrimary = "ALLOW_UNKNOWN_PRIMARY";
    public const string LaunchReplicas = "LAUNCH_REPLICAS";
    public const string HourlyLimit = "MAX_TERMINATIONS_PER_HOUR";
    public const string CleanupEnabled = "CLEANUP_ENABLED";
    public const string CleanupInterval = "CLEANUP_INTERVAL";
    public const string CleanupTag = "CLEANUP_TAG";
    public const string SnapshotDays = "CLEANUP_SNAPSHOTS_OLDER_THAN_DAYS";
    public const string ImageDays = "CLEANUP_AMIS_OLDER_THAN_DAYS";
    public const string KeepNewest = "CLEANUP_KEEP_NEWEST";
    public const string MetricsPort = "METRICS_PORT";
    public const string LogFile = "LOG_FILE";
    public const string StateDirectory = "STATE_DIRECTORY";

    /// <summary>All of them, in the order of the manual.</summary>
    public static IReadOnlyList<AgentSetting> All { get; } =
    [
        new(ServerUrl, "Address of the backend.", "CENTRAL_SERVER_URL"),
        new(CertificateAuthority, "PEM file with the certificate authority of the backend. Default: that of the system."),
        new(TokenFile, "File with the token of the agent and nothing else."),
        new(Token, "Token of the agent.", "CLIENT_TOKEN"),
        new(AgentId, "Agent id, as in the paths of the backend's API. Without it, the agent registers its instance and gets the id."),
        new(LogicalAgentId, "Name that is retained when the instance is replaced."),
        new(Region, "The only region in which the agent terminates instances. Default: that of its instance, then that of the AWS configuration."),
        new(AccountId, "Account of the credentials. The backend of SpotCluster reports it."),
        new(InstanceId, "Instance of the agent, which it never terminates. Default: from the metadata service."),
        new(AutoTerminate, "Local kill switch, read again before each termination. Default: true."),
        new(PollInterval, "Seconds between two polls, at least 5. Default: 60."),
        new(CheckInterval, "Used as POLL_INTERVAL or as INTERRUPTION_CHECK_INTERVAL, see below."),
        new(RequiredTag, "Tag, key=value, that an instance must have to be terminated; `none` requires no tag. Default: ManagedBy=SpotOptimizer."),
        new(AllowUnknownPrimary, "Whether to terminate even if the backend does not report which instance is the primary. Default: false."),
        new(LaunchReplicas, "Whether to launch the replicas that the backend requests, at most 10 per hour. Default: true."),
        new(HourlyLimit, "Maximum number of instances terminated in any hour. Default: 60."),
        new(InterruptionInterval, "Seconds between two checks for an interruption notice, 1 to 5. Default: 2."),
        new(InterruptionCommand, "Command to run once when AWS interrupts the instance."),
        new(CleanupEnabled, "Whether to clean up old images and snapshots. Default: true."),
        new(CleanupInterval, "Seconds between two clean-ups, at least 60. Default: 3600."),
        new(CleanupTag, "Tag, key=value, of the images and snapshots that may be deleted. Default: ManagedBy=SpotOptimizer."),
        new(SnapshotDays, "Age in days from which snapshots are deleted. Default: 7."),
        new(ImageDays, "Age in days from which images are deregistered. Default: 30."),
        new(KeepNewest, "Number of newest ones to retain regardless of age. Default: 3."),
        new(MetricsPort, "Port on 127.0.0.1 for Prometheus. Default: none."),
        new(LogFile, "Additional log file, one JSON object per line. Default: none."),
        new(StateDirectory, "Folder for the state that must survive a crash; set by systemd. Default: the user's state folder."),
        new("HEARTBEAT_INTERVAL", null),
        new("PENDING_COMMANDS_CHECK_INTERVAL", null),
        new("CONFIG_REFRESH_INTERVAL", null),
        new("PRICING_REPORT_INTERVAL", null),
        new("REBALANCE_CHECK_INTERVAL", null),
        new("AUTO_TERMINATE_OLD_INSTANCE", null),
        new("TERMINATE_WAIT_TIME", null),
        new("CREATE_SNAPSHOT_ON_SWITCH", null),
        new("REPLICA_ENABLED", null),
        new("REPLICA_COUNT", null),
    ];

    /// <summary>The setting of a key or alias; null when there is none.</summary>
    public static AgentSetting? Find(string key) =>
        All.FirstOrDefault(setting => setting.Name == key || setting.Aliases.Contains(key, StringComparer.Ordinal));
}
