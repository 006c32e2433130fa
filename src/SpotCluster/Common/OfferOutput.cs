using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Offers of AWS into the pipeline: all in one order, or each region's as soon as it has answered.</summary>
internal static class OfferOutput
{
    /// <summary>Writes them, and ends the search when there are enough.</summary>
    public static async Task WriteAsync(ICostService costs, OfferQuery query, int? limit, bool unordered, Pump pump, CancellationToken token)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        var left = limit ?? int.MaxValue;
        try
        {
            var offers = await costs.FindOffersAsync(query with { OnFound = unordered ? Write : null }, pump, enough.Token).ConfigureAwait(false);
            offers.Take(unordered ? 0 : left).ToList().ForEach(pump.Write);
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
