using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Journal;
using SpotPrice = SpotCluster.Model.SpotPrice;

namespace SpotCluster.Engine.Aws.Costs;

/// <summary>EC2 as a source of offers, prices and usage.</summary>
internal sealed class AwsCostProvider(IAwsSession session, SpotSettings settings, IRemainingResources remaining) : ICostProvider
{
    /// <summary>A filter takes 200 values.</summary>
    public const int MostFilterValues = 200;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) => session.GetEnabledRegionsAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<RegionOffers> FindOffersAsync(string region, OfferQuery query, CancellationToken cancellationToken) =>
        new OfferSearch(session.Ec2(region), session.ListPrices, region, query, session.Time.GetUtcNow()).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SpotPrice>> GetPricesAsync(string region, PriceQuery query, CancellationToken cancellationToken)
    {
        var request = new DescribeSpotPriceHistoryRequest
        {
            ProductDescriptions = [query.ProductDescription],
            StartTime = (session.Time.GetUtcNow() - (query.Last < SpotPriceHistory.Retained ? query.Last : SpotPriceHistory.Retained)).UtcDateTime,
            Filters = [.. TypeFilter(query.InstanceTypes), .. ValueFilter("availability-zone", query.Zones)],
        };
        var prices = await SpotPriceHistory.ReadAsync(session.Ec2(region), region, request, cancellationToken).ConfigureAwait(false);

        // What the filters were to do is checked again: not every server knows them.
        return
        [
            .. prices.Where(price => Wildcard.IsAnyMatch(query.InstanceTypes, price.InstanceType)
                && Wildcard.IsAnyMatch(query.Zones, price.Zone)
                && price.ProductDescription == SpotPriceHistory.Product(query.ProductDescription)),
        ];
    }

    /// <inheritdoc/>
    public async Task<RegionUsage> GetUsageAsync(string region, CostQuery query, CancellationToken cancellationToken) => await new UsageReader(
        session.Ec2(region), session.ListPrices, region, settings, query, await LeftAsync(region, query, cancellationToken).ConfigureAwait(false), session.Time.GetUtcNow())
        .ReadAsync(cancellationToken).ConfigureAwait(false);

    // Who we are is asked only where something is recorded, since records of other accounts may be there.
    private async Task<IReadOnlyList<RemainingResource>> LeftAsync(string region, CostQuery query, CancellationToken cancellationToken)
    {
        RemainingResource[] recorded =
        [
            .. (query.Ids.Count > 0 ? [] : remaining.Get(settings.FilterTag, SilentHost.Instance))
                .Where(resource => resource.Region == region && Wildcard.IsAnyMatch(query.ClusterNames, resource.ClusterName)),
        ];
        if (recorded.Length == 0)
        {
            return recorded;
        }

        var account = (await session.GetIdentityAsync(cancellationToken).ConfigureAwait(false)).AccountId;
        return [.. recorded.Where(resource => resource.AccountId == account)];
    }

    /// <summary>A filter by instance types, with wildcards; none where all are wanted or there are too many for a filter.</summary>
    public static IEnumerable<Filter> TypeFilter(IReadOnlyList<string> types) => ValueFilter("instance-type", types);

    // EC2 compares with regard to case, and all its names are in small letters.
    private static IEnumerable<Filter> ValueFilter(string name, IReadOnlyList<string> patterns)
    {
        if (patterns.Count is > 0 and <= MostFilterValues)
        {
            yield return new Filter { Name = name, Values = [.. patterns.Select(pattern => pattern.ToLowerInvariant())] };
        }
    }
}
