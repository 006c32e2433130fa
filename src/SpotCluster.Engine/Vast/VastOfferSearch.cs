using System.Runtime.CompilerServices;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Costs;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Finds offers, cheapest first. The service gives 64 at a time and has no pages, so a full answer is read on from its
/// highest price, and within one price from its highest id.
/// </summary>
internal sealed class VastOfferSearch(VastClient client)
{
    /// <summary>Searches of one question: they must be six seconds apart.</summary>
    private const int MostSearches = 40;

    /// <summary>Every row that fits, as far as it is asked for.</summary>
    public async IAsyncEnumerable<JObject> FindAsync(
        OfferQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VastNames.RequireCountries(query.Geolocation);
        var names = await GpuNamesAsync(query, host, cancellationToken).ConfigureAwait(false);
        var seen = new HashSet<long>();
        decimal? from = null;
        long? after = null;
        for (var searches = 1; ; searches++)
        {
            var rows = await client.SearchOffersAsync(VastOffers.Query(query, names, from, after), host, cancellationToken).ConfigureAwait(false);
            var found = rows.Where(row => row.Integer("id") is { } id && seen.Add(id));
            JObject[] fresh = query.ByPerformance
                ? [.. found.OrderByDescending(row => row.Number("dlperf_per_dphtotal") ?? 0).ThenBy(row => row.Integer("id"))]
                : [.. found.OrderBy(row => row.Number("dph_total") ?? decimal.MaxValue).ThenBy(row => row.Integer("id"))];
            foreach (var row in fresh.Where(row => VastOffers.Fits(row, query)))
            {
                yield return row;
            }

            if (query.ByPerformance)
            {
                // That order cannot be read on from anywhere.
                yield break;
            }

            var isFull = rows.Count >= VastOffers.PageSize;
            var last = fresh.LastOrDefault();
            if (isFull && (fresh.Length == 0 || last!.Number("dph_total") is null || searches == MostSearches))
            {
                host.Warning(FormattableString.Invariant(
                    $"More offers exist than Vast.ai returns in {(searches == 1 ? "one search" : $"{searches} searches")} of {VastOffers.PageSize}. Narrow the search to see the others."));
                yield break;
            }

            if (isFull)
            {
                var price = last!.Number("dph_total");

                // A page of one price alone would come again for ever.
                after = price == from || rows.All(row => row.Number("dph_total") == price) ? last!.Integer("id") : null;
                from = price;
            }
            else if (after is not null)
            {
                // That price is read to its end; what is dearer follows.
                after = null;
                from += VastOffers.PriceStep;
            }
            else
            {
                yield break;
            }

            host.Progress(new OperationProgress("Searching offers", FormattableString.Invariant($"{seen.Count} offers read"), 0, 0));
        }
    }

    /// <summary>
    /// Exact names for the search. Where the service does not tell the names that it has, they are those that were given, and
    /// empty with a pattern among them, so that rows are matched one by one.
    /// </summary>
    private async Task<IReadOnlyList<string>> GpuNamesAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        string[] names = [.. query.GpuNames.Select(name => name.Replace('_', ' '))];
        return names.Length == 0 ? []
            : await client.ListGpuNamesAsync(host, cancellationToken).ConfigureAwait(false) is { } known ? VastNames.Gpus(names, known)
            : names.Any(Wildcard.IsPattern) ? []
            : names;
    }

    /// <summary>The places of all offers of a country, by the code that a place ends in; empty where one answer does not hold them all.</summary>
    public async Task<IReadOnlyList<string>> PlacesAsync(string place, IOperationHost host, CancellationToken cancellationToken)
    {
        var rows = await client.SearchOffersAsync(VastOffers.QueryPlaces(place.Substring(place.LastIndexOf(',') + 1).Trim()), host, cancellationToken).ConfigureAwait(false);
        return rows.Count >= VastOffers.PageSize ? [] : [.. rows.Select(row => row.Text("geolocation")).OfType<string>().Distinct(StringComparer.Ordinal)];
    }
}
