using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>
/// The order of offers, best first: the lower price; at the same price the higher placement score; then region, zone, type
/// and id by name, so that the same offers always come in the same order. An unknown price comes after every known one, an
/// unknown score after every known one of the same price.
/// </summary>
public sealed class OfferRanking : IComparer<SpotOffer>
{
    /// <summary>The only one needed.</summary>
    public static readonly OfferRanking Instance = new();

    /// <inheritdoc/>
    public int Compare(SpotOffer? x, SpotOffer? y)
    {
        if (x is null || y is null)
        {
            return (x is null).CompareTo(y is null);
        }

        var order = (x.HourlyPrice ?? decimal.MaxValue).CompareTo(y.HourlyPrice ?? decimal.MaxValue);
        order = order != 0 ? order : (y.PlacementScore ?? 0).CompareTo(x.PlacementScore ?? 0);
        order = order != 0 ? order : string.CompareOrdinal(x.Region, y.Region);
        order = order != 0 ? order : string.CompareOrdinal(x.Zone, y.Zone);
        order = order != 0 ? order : string.CompareOrdinal(x.InstanceType, y.InstanceType);
        return order != 0 ? order : string.CompareOrdinal(x.OfferId, y.OfferId);
    }
}
