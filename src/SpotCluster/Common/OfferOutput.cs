using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Offers of AWS into the pipeline: each region's as soon as it has answered, or the cheapest of all in one order.</summary>
internal static class OfferOutput
{
    /// <summary>Writes them. Without an order, the search ends when there are enough.</summary>
    /// <param name="costs">Where they are found.</param>
    /// <param name="query">What is wanted.</param>
    /// <param name="limit">Most offers; null for all.</param>
    /// <param name="ordered">True for one order over all regions, which needs the answers of all of them.</param>
    /// <param name="pump">Where they go.</param>
    /// <param name="token">Stops it.</param>
    public static async Task WriteAsync(ICostService costs, OfferQuery query, int? limit, bool ordered, Pump pump, CancellationToken token)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        var left = limit ?? int.MaxValue;
        try
        {
            var offers = await costs.FindOffersAsync(query with { OnFound = ordered ? null : Write }, pump, enough.Token).ConfigureAwait(false);
            offers.Take(left).ToList().ForEach(pump.Write);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            // There are as many as were wanted.
        }

        void Write(SpotOffer offer)
        {
            if (left > 0)
            {
                pump.Write(offer);
            }

            if (--left == 0)
            {
                enough.Cancel();
            }
        }
    }
}
