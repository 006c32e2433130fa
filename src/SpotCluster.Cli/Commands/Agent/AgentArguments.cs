using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Agent;

/// <summary>What the command line says about an agent. A token is never one of it.</summary>
internal static class AgentArguments
{
    public static readonly Option<string?> ConfFile = Text(
        "--agent-conf", "FILE", "Configuration file of the agent. Default: SPOTCLUSTER_AGENT_CONFIG, /etc/spotcluster/agent.conf, /opt/spot-agent/config/agent.conf.", "--agent-configuration-path");

    public static readonly Option<string?> ServerUrl = Text("--server-url", "URL", "Address of the backend.", "--backend-url");

    public static readonly Option<string?> CertificateAuthority = Text(
        "--certificate-authority", "FILE", "PEM file with the certificate authority of the backend.", "--certificate-authority-path");

    public static readonly Option<string?> TokenFileOption = Text("--token-file", "FILE", "File with the token of the agent.", "--token-path");

    public static readonly Option<string?> AgentId = Text("--agent-id", "ID", "Agent id, as in the paths of the backend's API.");

    public static readonly Option<string?> Region = Text("--region", "REGION", "The only region in which the agent terminates instances.");

    public static readonly Option<string?> RequiredTag = Text(
        "--required-tag", "KEY=VALUE", "Tag that an instance must have to be terminated; none requires no tag. Default: ManagedBy=SpotOptimizer.");

    public static readonly Option<bool> AllowUnknownPrimary = new("--allow-unknown-primary")
    {
        Description = "Terminate even if the backend does not report which instance is the primary; the primary itself may be terminated.",
    };

    public static readonly Option<string?> MaxPerHour = Text("--max-per-hour", "N", "Maximum number of instances terminated in any hour. Default: 60.", "--max-terminations-per-hour");

    public static readonly Option<string?> Interval = Text("--interval", "DURATION", "Pause between two polls, for example 60s.", "--poll-interval");

    public static readonly Option<bool> NoReplicas = new("--no-replicas", "--skip-replica") { Description = "Do not launch replicas." };

    public static readonly Option<bool> NoImages = new("--no-images", "--skip-image") { Description = "Do not clean up old images and snapshots." };

    public static readonly Option<string?> OnInterruption = Text("--on-interruption", "COMMAND", "Command to run once when AWS interrupts the instance.", "--interruption-command");

    public static readonly Option<string?> MetricsPort = Text("--metrics-port", "PORT", "Port on 127.0.0.1 for Prometheus metrics; 0 selects a free port.", "--metric-port");

    public static readonly Option<string?> LogFile = Text("--log-file", "FILE", "Additional log file, one JSON object per line.", "--log-path");

    public static readonly Option<string?> StateDirectory = Text("--state-directory", "FOLDER", "Folder for the state that must survive a crash.", "--state-path");

    public static readonly IReadOnlyList<Option> All =
        [ConfFile, ServerUrl, CertificateAuthority, TokenFileOption, AgentId, Region, RequiredTag, AllowUnknownPrimary, MaxPerHour, Interval, NoReplicas, NoImages, OnInterruption, MetricsPort, LogFile, StateDirectory];

    /// <summary>Reads them.</summary>
    public static AgentParameters Read(ParseResult parsed) => new()
    {
        ConfigurationFile = parsed.GetValue(ConfFile),
        ServerUrl = parsed.Address(ServerUrl),
        CertificateAuthority = parsed.GetValue(CertificateAuthority),
        TokenFile = parsed.GetValue(TokenFileOption),
        AgentId = parsed.GetValue(AgentId),
        Region = parsed.GetValue(Region),
        RequiredTag = parsed.GetValue(RequiredTag),
        AllowUnknownPrimary = parsed.GetValue(AllowUnknownPrimary) ? true : null,
        MaxTerminationsPerHour = parsed.WholeNumber(MaxPerHour, 1, 10_000, SpotErrorIds.ParameterInvalid),
        PollInterval = parsed.Duration(Interval, SpotErrorIds.ParameterInvalid),
        LaunchReplicas = parsed.GetValue(NoReplicas) ? false : null,
        CleanupEnabled = parsed.GetValue(NoImages) ? false : null,
        InterruptionCommand = parsed.GetValue(OnInterruption),
        MetricsPort = parsed.WholeNumber(MetricsPort, 0, 65_535, SpotErrorIds.ParameterInvalid),
        LogFile = parsed.GetValue(LogFile),
        StateDirectory = parsed.GetValue(StateDirectory),
    };

    // The short names are those of the agent's files; the other ones are those of the cmdlet parameters.
    private static Option<string?> Text(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = helpName };
}
