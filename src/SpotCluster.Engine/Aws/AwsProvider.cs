using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Costs;
using SpotCluster.Engine.Aws.Removal;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws;

/// <summary>AWS as a provider.</summary>
/// <param name="session">AWS with the credentials of the engine.</param>
/// <param name="options">What the engine was opened with.</param>
/// <param name="settings">The settings.</param>
/// <param name="journal">The journal.</param>
/// <param name="nodes">The orchestrator of the settings.</param>
/// <param name="removal">The removal of the engine, which also deletes the nodes of instances.</param>
internal sealed class AwsProvider(
    Lazy<AwsSession> session,
    EngineOptions options,
    Func<SpotSettings> settings,
    Lazy<IJournal> journal,
    Lazy<NodeDirectory> nodes,
    Func<IRemovalService?> removal) : ICloudProvider
{
    private readonly Lazy<IClusterService> _clusters = new(() => new ClusterService(
        new AwsClusterProvider(session.Value, settings()),
        journal.Value,
        settings(),
        options.EndpointUrl?.AbsoluteUri,
        removal,
        nodes.Value,
        options.Clock,
        session.Value.Time));

    private readonly Lazy<IRemovalService> _removal = new(() => new RemovalService(
        new AwsInventory(session.Value), settings(), journal.Value, options.Clock, () => new AwsOtherTags(session.Value, settings())));

    private readonly Lazy<ICostProvider> _costs = new(() => new AwsCostProvider(session.Value, settings(), journal.Value.Remaining));

    public ProviderFacts Facts => AwsFacts.Value;

    // Only a call shows it.
    public bool HasCredentials => true;

    public IClusterService Clusters => _clusters.Value;

    public IPowerService Power => new AwsPower(session.Value, settings(), () => Clusters);

    public IRemovalService Removal => _removal.Value;

    public CostSource Costs => new(this)
    {
        Regional = _costs.Value,
        OtherTags = () => new AwsOtherTags(session.Value, settings()),
    };

    public TimeSpan? Skew => session.IsValueCreated ? session.Value.Time.Skew : null;

    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => session.Value.GetNamedIdentityAsync(cancellationToken);

    public async Task<string?> GetAccountIdAsync(CancellationToken cancellationToken) =>
        (await session.Value.GetIdentityAsync(cancellationToken).ConfigureAwait(false)).AccountId;

    public void Dispose()
    {
        if (session.IsValueCreated)
        {
            session.Value.Dispose();
        }
    }
}
