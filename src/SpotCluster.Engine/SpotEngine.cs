using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Engine;

/// <summary>
/// The engine: one per command or session, over one set of credentials. Opening it makes no call.
/// This is the only place where the parts are put together.
/// </summary>
public sealed class SpotEngine : IDisposable
{
    /// <summary>Opens an engine.</summary>
    public SpotEngine(EngineOptions options)
    {
        Options = options ?? throw new ArgumentNullException(nameof(options));
    }

    /// <summary>What it was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Plan, launch, list, wait.</summary>
    public IClusterService Clusters => throw new NotSupportedException();

    /// <summary>Remove and prove.</summary>
    public IRemovalService Removal => throw new NotSupportedException();

    /// <summary>Who we are. Cached for the life of the engine.</summary>
    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Regions that are enabled for this account, by name. Cached for the life of the engine.</summary>
    public Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
