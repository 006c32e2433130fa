using SpotCluster.Engine.Aws;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Inventory;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Engine;

/// <summary>
/// The engine: one per command or session, over one set of credentials. Opening it makes no call.
/// This is the only place where the parts are put together.
/// </summary>
public sealed class SpotEngine : IDisposable
{
    private readonly Lazy<VastService> _vast;
    private readonly Lazy<AwsSession> _aws;

    /// <summary>Opens an engine.</summary>
    public SpotEngine(EngineOptions options)
    {
        Options = options ?? throw new ArgumentNullException(nameof(options));
        _vast = new Lazy<VastService>(() => new VastService(VastServiceOptions.From(Options)));
        _aws = new Lazy<AwsSession>(() => new AwsSession(Options));
    }

    /// <summary>What it was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Plan, launch, list, wait.</summary>
    public IClusterService Clusters => throw new NotSupportedException();

    /// <summary>Remove and prove.</summary>
    public IRemovalService Removal => throw new NotSupportedException();

    /// <summary>GPU machines at Vast.ai.</summary>
    public IVastService Vast => _vast.Value;

    /// <summary>Who we are. Cached for the life of the engine.</summary>
    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => Aws.GetIdentityAsync(cancellationToken);

    /// <summary>Regions that are enabled for this account, by name. Cached for the life of the engine.</summary>
    public Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) =>
        Aws.GetEnabledRegionsAsync(cancellationToken);

    /// <summary>AWS with the credentials of this engine; for the parts that speak to it.</summary>
    internal IAwsSession Aws => _aws.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_vast.IsValueCreated)
        {
            _vast.Value.Dispose();
        }

        if (_aws.IsValueCreated)
        {
            _aws.Value.Dispose();
        }
    }
}
