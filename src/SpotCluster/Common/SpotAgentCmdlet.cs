using System.Management.Automation;
using System.Security;
using SpotCluster.Completion;
using SpotCluster.Engine.Agent;

namespace SpotCluster.Common;

/// <summary>A cmdlet that works as a termination agent. A parameter counts before the environment, that before <c>agent.conf</c>.</summary>
public abstract class SpotAgentCmdlet : SpotEngineCmdlet
{
    /// <summary>Path of <c>agent.conf</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AgentConfigurationPath { get; set; }

    /// <summary>Address of the backend.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? BackendUrl { get; set; }

    /// <summary>PEM file of the authority of the backend's certificate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertificateAuthorityPath { get; set; }

    /// <summary>The agent's token.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>File that holds the agent's token.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TokenPath { get; set; }

    /// <summary>The agent's id.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentIdCompleter))]
    public string? AgentId { get; set; }

    /// <summary>The only region that it terminates in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>The tag that a machine must carry to be terminated.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RequiredTag { get; set; }

    /// <summary>Terminates although the backend does not report which instance is the primary.</summary>
    [Parameter]
    public SwitchParameter AllowUnknownPrimary { get; set; }

    /// <summary>The most machines that it terminates in any hour.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int MaxTerminationsPerHour { get; set; }

    /// <summary>Launches no replicas.</summary>
    [Parameter]
    public SwitchParameter SkipReplica { get; set; }

    /// <summary>Leaves old images and snapshots alone.</summary>
    [Parameter]
    public SwitchParameter SkipImage { get; set; }

    /// <summary>Folder of what must survive a crash.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StatePath { get; set; }

    /// <summary>What the parameters say.</summary>
    private protected virtual AgentParameters Parameters(Action<string> warn) => new()
    {
        ConfigurationFile = FilePath(AgentConfigurationPath),
        ServerUrl = BackendUrl,
        CertificateAuthority = FilePath(CertificateAuthorityPath),
        Token = SecureText.ToToken(Token, FilePath(TokenPath), warn),
        AgentId = AgentId,
        Region = Region,
        RequiredTag = RequiredTag,
        AllowUnknownPrimary = AllowUnknownPrimary ? true : null,
        MaxTerminationsPerHour = MaxTerminationsPerHour == 0 ? null : MaxTerminationsPerHour,
        LaunchReplicas = SkipReplica ? false : null,
        CleanupEnabled = SkipImage ? false : null,
        StateDirectory = FilePath(StatePath),
    };

    /// <summary>Works with the agent that the parameters describe.</summary>
    private protected void WithAgent(Func<CleanupAgent, Pump, CancellationToken, Task> work)
    {
        var engine = OpenEngine();
        var warnings = new List<string>();
        AgentOptions options;
        try
        {
            options = new AgentSettingsReader(Parameters(warnings.Add), environment: null, warnings.Add).Read();
        }
        catch (Model.SpotException failure)
        {
            ThrowTerminatingError(ErrorRecords.From(failure, AgentId));
            return;
        }

        if (options.MetricsPort is not null)
        {
            // The exporter is none of the module's packages; a service is what Prometheus looks at.
            warnings.Add("METRICS_PORT has no effect in PowerShell: 'spotcluster agent' serves the Prometheus metrics.");
        }

        warnings.ForEach(WriteWarning);
        Run(options.AgentId, async (pump, token) =>
        {
            using var file = options.LogFile is { } path ? new AgentLogFile(path) : null;
            IAgentLog log = new PumpLog(pump);
            using var agent = engine.OpenAgent(options, file is null ? log : new AgentLogs(log, file));
            await work(agent, pump, token).ConfigureAwait(false);
        });
    }

    // What failed for one machine is an error record already; what failed for a whole pass is tried again.
    private sealed class PumpLog(Pump pump) : IAgentLog
    {
        public void Write(AgentLogEntry entry)
        {
            try
            {
                if (entry.Level == AgentLogLevel.Warning || entry.Event == "pass_failed")
                {
                    pump.Warning(entry.Message);
                }
                else
                {
                    pump.Verbose(entry.Message);
                }
            }
            catch (OperationCanceledException)
            {
                // The pipeline takes nothing any more.
            }
        }
    }
}
