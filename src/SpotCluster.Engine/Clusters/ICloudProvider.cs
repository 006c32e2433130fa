using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>
/// One provider: all that the engine uses of it. Opening it makes no call, and its parts are made when they are used. A part takes
/// only what is of this provider; what is of several is split and joined in <c>Composition</c>. What a provider does not have it
/// declares in its facts.
/// </summary>
public interface ICloudProvider : IProvider, IDisposable
{
    /// <summary>Plan, launch, list, wait.</summary>
    IClusterService Clusters { get; }

    /// <summary>Start, stop, restart.</summary>
    IPowerService Power { get; }

    /// <summary>Inventory, removal and its proof. A managed resource is marked in the call that creates it.</summary>
    IRemovalService Removal { get; }

    /// <summary>Offers, prices and costs.</summary>
    CostSource Costs { get; }

    /// <summary>The time of its service less that of this computer; null while it is unknown.</summary>
    TimeSpan? Skew { get; }

    /// <summary>Whose credentials these are.</summary>
    Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken);

    /// <summary>The account, for what is bound to one; null when it cannot be read.</summary>
    Task<string?> GetAccountIdAsync(CancellationToken cancellationToken);
}
