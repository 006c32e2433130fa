using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>
/// Where the costs of a provider come from. One with prices by region gives what is used there, and the engine computes; one that
/// reports what it has charged is asked for that.
/// </summary>
/// <param name="Provider">The provider.</param>
public sealed record CostSource(IProvider Provider) : IProvider
{
    /// <inheritdoc/>
    public ProviderFacts Facts => Provider.Facts;

    /// <inheritdoc/>
    public bool HasCredentials => Provider.HasCredentials;

    /// <summary>Prices and usage by region; null for a provider without them.</summary>
    public ICostProvider? Regional { get; init; }

    /// <summary>What was charged; null for a provider that does not report it.</summary>
    public ICharges? Charged { get; init; }

    /// <summary>Offers, where they do not come by region.</summary>
    public IOfferSource? Offers { get; init; }

    /// <summary>Finds clusters under other filter tags; null to leave that out.</summary>
    internal Func<IOtherTags>? OtherTags { get; init; }
}

/// <summary>A market whose offers are searched as a whole.</summary>
public interface IOfferSource
{
    /// <summary>Offers that fit, best first.</summary>
    IAsyncEnumerable<SpotOffer> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken);
}
