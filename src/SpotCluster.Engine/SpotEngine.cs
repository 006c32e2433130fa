using SpotCluster.Engine.Aws;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Costs;
using SpotCluster.Engine.Aws.Inventory;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Clusters.Journal;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
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
    private readonly Lazy<IJournal> _journal;
    private readonly Lazy<IClusterService> _clusters;
    private readonly Lazy<IRemovalService> _removal;
    private readonly Lazy<CostService> _costs;

    /// <summary>Opens an engine.</summary>
    public SpotEngine(EngineOptions options)
    {
        Options = options ?? throw new ArgumentNullException(nameof(options));
        _vast = new Lazy<VastService>(() => new VastService(VastServiceOptions.From(Options)));
        _aws = new Lazy<AwsSession>(() => new AwsSession(Options));
        _journal = new Lazy<IJournal>(() => Options is { JournalDirectory: null, Transport: not null }
            ? new MemoryJournal(Options.Clock)
            : new FileJournal(Options.JournalDirectory ?? JournalFolder.Default(), Options.Clock));
        _clusters = new Lazy<IClusterService>(() => new ClustersByProvider(new ClusterService(
            new AwsClusterProvider(Aws, Settings),
            _journal.Value,
            Settings,
            Options.EndpointUrl?.AbsoluteUri,
            () => Removal,
            Options.Clock), () => Vast));
        _removal = new Lazy<IRemovalService>(() => new RemovalByProvider(
            new RemovalService(new AwsInventory(Aws), Settings, _journal.Value, () => Clusters, Options.Clock), () => Vast));
        _costs = new Lazy<CostService>(() => new CostService(new AwsCostProvider(Aws, Settings), Options.Clock));
    }

    /// <summary>What it was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Plan, launch, list, wait.</summary>
    public IClusterService Clusters => _clusters.Value;

    /// <summary>Remove and prove.</summary>
    public IRemovalService Removal => _removal.Value;

    /// <summary>Offers, prices, and what is spent.</summary>
    public ICostService Costs => _costs.Value;

    /// <summary>GPU machines at Vast.ai.</summary>
    public IVastService Vast => _vast.Value;

    /// <summary>Who we are. Cached for the life of the engine.</summary>
    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => Aws.GetIdentityAsync(cancellationToken);

    /// <summary>Regions that are enabled for this account, by name. Cached for the life of the engine.</summary>
    public Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) =>
        Aws.GetEnabledRegionsAsync(cancellationToken);

    /// <summary>The effective settings.</summary>
    internal SpotSettings Settings => Options.Settings ?? new SpotSettings();

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
