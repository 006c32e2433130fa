using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>The orchestrator of the settings, when its API is configured. Opening it reads no secret and makes no call.</summary>
/// <param name="settings">Settings.</param>
/// <param name="options">Transport, clock and observer.</param>
internal sealed class NodeDirectory(SpotSettings settings, EngineOptions options) : IDisposable
{
    private readonly Lazy<OrchestratorClient> _client = new(() => new OrchestratorClient(new OrchestratorOptions(
        new Uri(settings.OrchestratorUrl!, UriKind.Absolute),
        OrchestratorSecrets.Read(settings),
        settings.OrchestratorCaPath,
        options.Transport,
        options.Clock,
        options.CallObserver)));

    /// <summary>True when there is an orchestrator to ask.</summary>
    public bool IsConfigured => settings.OrchestratorUrl is not null;

    /// <summary>The API.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.OrchestratorNotConfigured"/>, or a secret that cannot be read.</exception>
    public OrchestratorClient Client => IsConfigured ? _client.Value : throw NotConfigured();

    /// <summary>Asks for all nodes; a failure is told once, and what it leaves is a view that knows nothing.</summary>
    public async Task<NodeView> AskAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        if (!IsConfigured)
        {
            return NodeView.NotConfigured;
        }

        try
        {
            return NodeView.Of(await Client.GetNodesAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (SpotException failure)
        {
            host.Error(failure);
            return NodeView.Unanswered;
        }
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }

    private static SpotException NotConfigured() => new(
        SpotErrorIds.OrchestratorNotConfigured,
        SpotErrorCategory.InvalidArgument,
        "Health is unknown: no orchestrator is configured.")
    {
        RecommendedAction = "Set orchestratorUrl in the configuration, or SPOTCLUSTER_ORCHESTRATOR_URL, to the address of its API; or wait for Reachable.",
    };
}
