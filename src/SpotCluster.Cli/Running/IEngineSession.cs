using SpotCluster.Engine;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Reports;
using SpotCluster.Engine.Ssh;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Running;

/// <summary>What the commands use of an engine.</summary>
internal interface IEngineSession : IDisposable
{
    /// <inheritdoc cref="SpotEngine.Time"/>
    TimeProvider? Time => null;

    /// <inheritdoc cref="SpotEngine.Clusters"/>
    IClusterService Clusters { get; }

    /// <inheritdoc cref="SpotEngine.Removal"/>
    IRemovalService Removal { get; }

    /// <inheritdoc cref="SpotEngine.Jobs"/>
    JobRunner Jobs { get; }

    /// <inheritdoc cref="SpotEngine.Power"/>
    IPowerService Power { get; }

    /// <inheritdoc cref="SpotEngine.Ssh"/>
    SshService Ssh { get; }

    /// <inheritdoc cref="SpotEngine.Vast"/>
    IVastService Vast { get; }

    /// <inheritdoc cref="SpotEngine.Providers"/>
    IReadOnlyList<IProvider> Providers { get; }

    /// <inheritdoc cref="SpotEngine.Costs"/>
    ICostService Costs { get; }

    /// <inheritdoc cref="SpotEngine.Reports"/>
    IReportService Reports { get; }

    /// <inheritdoc cref="SpotEngine.MfaDevice"/>
    string? MfaDevice => null;

    /// <inheritdoc cref="SpotEngine.UseMfaCode"/>
    void UseMfaCode(string code)
    {
    }

    /// <inheritdoc cref="SpotEngine.Configuration"/>
    SpotConfiguration Configuration { get; }

    /// <inheritdoc cref="SpotEngine.TestConfigurationAsync"/>
    Task<IReadOnlyList<SpotException>> TestConfigurationAsync(bool isOnline, IOperationHost host, CancellationToken cancellationToken);

    /// <inheritdoc cref="SpotEngine.GetUserData"/>
    SpotUserData GetUserData(ClusterRequest request);

    /// <inheritdoc cref="SpotEngine.DiscoverAsync"/>
    Task<IReadOnlyList<SpotDiscovery>> DiscoverAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken);

    /// <inheritdoc cref="SpotEngine.GetQuotasAsync"/>
    IAsyncEnumerable<SpotQuota> GetQuotasAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken);

    /// <inheritdoc cref="SpotEngine.SignInAsync"/>
    Task<SpotSsoSession> SignInAsync(SsoLoginRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <inheritdoc cref="SpotEngine.OpenAgent"/>
    CleanupAgent OpenAgent(AgentOptions options, IAgentLog log);

    /// <inheritdoc cref="SpotEngine.GetIdentityAsync(CancellationToken)"/>
    Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken);
}

/// <summary>The engine itself.</summary>
internal sealed class EngineSession(EngineOptions options) : IEngineSession
{
    private readonly SpotEngine _engine = new(options);

    public TimeProvider Time => _engine.Time;

    public IClusterService Clusters => _engine.Clusters;

    public IRemovalService Removal => _engine.Removal;

    public JobRunner Jobs => _engine.Jobs;

    public IPowerService Power => _engine.Power;

    public SshService Ssh => _engine.Ssh;

    public ICostService Costs => _engine.Costs;

    public IVastService Vast => _engine.Vast;

    public IReadOnlyList<IProvider> Providers => _engine.Providers;

    public IReportService Reports => _engine.Reports;

    public string? MfaDevice => _engine.MfaDevice;

    public void UseMfaCode(string code) => _engine.UseMfaCode(code);

    public SpotConfiguration Configuration => _engine.Configuration;

    public Task<IReadOnlyList<SpotException>> TestConfigurationAsync(bool isOnline, IOperationHost host, CancellationToken cancellationToken) =>
        _engine.TestConfigurationAsync(isOnline, host, cancellationToken);

    public Task<IReadOnlyList<SpotDiscovery>> DiscoverAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken) =>
        _engine.DiscoverAsync(regions, host, cancellationToken);

    public IAsyncEnumerable<SpotQuota> GetQuotasAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken) =>
        _engine.GetQuotasAsync(regions, host, cancellationToken);

    public Task<SpotSsoSession> SignInAsync(SsoLoginRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        _engine.SignInAsync(request, host, cancellationToken);

    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => _engine.GetIdentityAsync(cancellationToken);

    public SpotUserData GetUserData(ClusterRequest request) => _engine.GetUserData(request);

    public CleanupAgent OpenAgent(AgentOptions options, IAgentLog log) => _engine.OpenAgent(options, log);

    public void Dispose() => _engine.Dispose();
}
