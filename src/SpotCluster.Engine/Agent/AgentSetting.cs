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
        new(CertificateAuthority, "PEM file of the authority that the backend's certificate is of. Default: the system's."),
        new(TokenFile, "File that holds the agent's token and nothing else."),
        new(Token, "The agent's token.", "CLIENT_TOKEN"),
        new(AgentId, "The id in the agent's paths. Without it the agent registers its machine and learns it."),
        new(LogicalAgentId, "The name that stays when the machine is replaced."),
        new(Region, "The only region that it terminates in. Default: that of its machine, then that of the AWS configuration."),
        new(AccountId, "The account that the credentials must be of. The backend of this product says it anyway."),
        new(InstanceId, "The machine that it runs on and never terminates. Default: the metadata service is asked."),
        new(AutoTerminate, "The local kill switch, read again before each termination. Default: true."),
        new(PollInterval, "Seconds between two polls, at least 5. Default: 60."),
        new(CheckInterval, "Read as POLL_INTERVAL or as INTERRUPTION_CHECK_INTERVAL, see below."),
        new(RequiredTag, "The tag, key=value, that a machine must carry to be terminated; `none` for only what the backend asks. Default: ManagedBy=SpotOptimizer."),
        new(AllowUnknownPrimary, "Whether it terminates although the backend does not report which instance is the primary. Default: false."),
        new(LaunchReplicas, "Whether it launches the replicas that the backend asks for, at most 10 an hour. Default: true."),
        new(HourlyLimit, "The most machines that it terminates in any hour. Default: 60."),
        new(InterruptionInterval, "Seconds between two questions for an interruption notice, 1 to 5. Default: 2."),
        new(InterruptionCommand, "Command that is run once when AWS takes the machine."),
        new(CleanupEnabled, "Whether old images and snapshots are cleaned up. Default: true."),
        new(CleanupInterval, "Seconds between two clean-ups, at least 60. Default: 3600."),
        new(CleanupTag, "The tag, key=value, of what may be deleted. Default: ManagedBy=SpotOptimizer."),
        new(SnapshotDays, "Age in days from which snapshots are deleted. Default: 7."),
        new(ImageDays, "Age in days from which images are deregistered. Default: 30."),
        new(KeepNewest, "So many of the newest are kept whatever their age. Default: 3."),
        new(MetricsPort, "Port on 127.0.0.1 for Prometheus. Default: none."),
        new(LogFile, "File that the log is also written to, one JSON object a line. Default: none."),
        new(StateDirectory, "Folder of what must survive a crash; systemd sets it. Default: the user's state folder."),
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
