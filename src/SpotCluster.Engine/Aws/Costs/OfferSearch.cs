using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotPrice = SpotCluster.Model.SpotPrice;

namespace SpotCluster.Engine.Aws.Costs;

/// <summary>What one region offers: types, zones and prices in one round trip; list prices and placement scores of what is left in a second.</summary>
internal sealed class OfferSearch(IEc2Client ec2, ListPrices listPrices, string region, OfferQuery query, DateTimeOffset now)
{
    private bool HasFilter => query.InstanceTypes.Count > 0 || query.GpuNames.Count > 0 || query.Requirement is not null
        || (query.MinVCpu ?? query.MinMemoryGiB ?? query.MinGpuMemoryGiB ?? query.GpuCount ?? query.MaxHourlyPrice) is not null;

    // As with Vast.ai, an underscore stands for the blank of a name such as Radeon Pro V520.
    private readonly IReadOnlyList<string> _gpuNames = [.. query.GpuNames.Select(name => name.Replace('_', ' '))];

    public async Task<RegionOffers> RunAsync(CancellationToken cancellationToken)
    {
        // Where most types will be offered, their list prices are asked for in the same round trip.
        var listed = HasFilter ? null : listPrices.ForRegionAsync(region, cancellationToken);
        var asked = AwsCostProvider.TypeFilter(query.InstanceTypes).ToList();
        var types = ec2.DescribeAllInstanceTypesAsync(new DescribeInstanceTypesRequest { Filters = asked }, cancellationToken).CollectAsync();
        var pools = ec2.DescribeAllInstanceTypeOfferingsAsync(
            new DescribeInstanceTypeOfferingsRequest { LocationType = "availability-zone", Filters = asked }, cancellationToken).CollectAsync();
        var prices = Answer.Of(SpotPriceHistory.ReadAsync(
            ec2,
            region,
            new DescribeSpotPriceHistoryRequest { ProductDescriptions = ["Linux/UNIX"], StartTime = now.UtcDateTime, Filters = asked },
            cancellationToken));
        var zones = query.IncludeScore
            ? Answer.Of(ec2.DescribeAvailabilityZonesAsync(new DescribeAvailabilityZonesRequest(), cancellationToken))
            : Task.FromResult(new Answer<DescribeAvailabilityZonesResponse>(new(), null));
        var matching = query.Requirement is { } requirement ? AttributeSelection.FindAsync(ec2, requirement, query.Architecture, cancellationToken) : Task.FromResult<IReadOnlyList<string>>([]);
        await Task.WhenAll(types, pools, prices, zones, matching).ConfigureAwait(false);

        var known = (await types.ConfigureAwait(false)).Where(type => Wildcard.IsAnyMatch(query.InstanceTypes, type.InstanceType)).ToList();
        var priced = await prices.ConfigureAwait(false);
        var latest = Latest(priced.Value ?? []);
        var allowed = (await matching.ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var fitting = known.Where(type => IsSpot(type) && (query.Requirement is null || allowed.Contains(type.InstanceType))).ToDictionary(type => type.InstanceType.Value, StringComparer.Ordinal);
        var offers = (await pools.ConfigureAwait(false))
            .Where(pool => fitting.ContainsKey(pool.InstanceType))
            .Select(pool => ToOffer(fitting[pool.InstanceType], pool.Location, latest.TryGetValue((pool.InstanceType.Value, pool.Location), out var price) ? price : null))
            .Where(Fits)
            .ToList();
        var listing = ListAsync(offers, listed, cancellationToken);
        var refusal = query.IncludeScore && offers.Count > 0
            ? await ScoreAsync(offers, await zones.ConfigureAwait(false), cancellationToken).ConfigureAwait(false)
            : null;
        return new RegionOffers(offers, [.. known.Select(type => type.InstanceType.Value)], refusal, priced.Failure)
        {
            KnownGpus = [.. known.SelectMany(type => type.GpuInfo?.Gpus ?? []).Select(gpu => gpu.Name).Distinct(StringComparer.Ordinal)],
            ListPriceRefusal = await listing.ConfigureAwait(false),
        };
    }

    // A type that says nothing about it is offered, because it has a pool.
    private static bool IsSpot(InstanceTypeInfo type) => type.SupportedUsageClasses.Count == 0 || type.SupportedUsageClasses.Contains("spot");

    private static Dictionary<(string Type, string Zone), decimal?> Latest(IReadOnlyList<SpotPrice> prices) => prices
        .Where(price => price.ProductDescription == "Linux/UNIX")
        .GroupBy(price => (price.InstanceType, price.Zone))
        .ToDictionary(pool => pool.Key, pool => (decimal?)pool.OrderBy(price => price.At).Last().HourlyPrice);

    private SpotOffer ToOffer(InstanceTypeInfo type, string zone, decimal? price)
    {
        var gpus = type.GpuInfo?.Gpus ?? [];
        return new SpotOffer
        {
            Provider = SpotProvider.Aws,
            Region = region,
            Zone = zone,
            InstanceType = type.InstanceType,
            VCpu = type.VCpuInfo?.DefaultVCpus,
            MemoryGiB = GiB(type.MemoryInfo?.SizeInMiB),
            Architecture = (type.ProcessorInfo?.SupportedArchitectures ?? []).Select(Architectures.Parse).FirstOrDefault(found => found != SpotArchitecture.Unknown),
            GpuName = gpus.Count > 0 ? gpus[0].Name : null,
            GpuCount = gpus.Sum(gpu => gpu.Count ?? 0),
            GpuMemoryGiB = gpus.Count > 0 ? GiB(gpus[0].MemoryInfo?.SizeInMiB) : null,
            HourlyPrice = price,
        };
    }

    private bool Fits(SpotOffer offer) =>
        (query.Architecture is not { } architecture || offer.Architecture == architecture)
        && (query.MinVCpu is null || offer.VCpu >= query.MinVCpu)
        && (query.MinMemoryGiB is null || offer.MemoryGiB >= query.MinMemoryGiB)
        && Wildcard.IsAnyMatch(_gpuNames, offer.GpuName)
        && (query.GpuCount is null || offer.GpuCount == query.GpuCount)
        && (query.MinGpuMemoryGiB is null || offer.GpuMemoryGiB >= query.MinGpuMemoryGiB)
        && (query.MaxHourlyPrice is null || offer.HourlyPrice <= query.MaxHourlyPrice);

    /// <summary>Writes the list prices into the offers, and what is saved against them.</summary>
    private async Task<SpotException?> ListAsync(List<SpotOffer> offers, Task<ListedPrices>? asked, CancellationToken cancellationToken)
    {
        var listed = await (asked ?? listPrices.ForInstancesAsync(region, offers.Select(offer => offer.InstanceType), cancellationToken)).ConfigureAwait(false);
        foreach (var offer in offers)
        {
            offer.OnDemandHourlyPrice = listed.Find(offer.InstanceType);
            offer.Savings = PriceRules.Savings(offer.HourlyPrice, offer.OnDemandHourlyPrice);
        }

        return listed.Refusal;
    }

    /// <summary>Writes the scores of the zones into the offers. A zone that AWS did not score stays unknown.</summary>
    private async Task<SpotException?> ScoreAsync(List<SpotOffer> offers, Answer<DescribeAvailabilityZonesResponse> zones, CancellationToken cancellationToken)
    {
        if (zones.Failure is not null)
        {
            return zones.Failure;
        }

        // The region is always named: AWS answers with the ten best places only, and of all regions otherwise.
        var request = new GetSpotPlacementScoresRequest
        {
            InstanceTypes = [.. offers.Select(offer => offer.InstanceType).Distinct(StringComparer.Ordinal)],
            TargetCapacity = query.Count,
            SingleAvailabilityZone = true,
            RegionNames = [region],
        };
        var scores = await Answer.Of(ec2.GetAllSpotPlacementScoresAsync(request, cancellationToken).CollectAsync()).ConfigureAwait(false);
        if (scores.Failure is not null)
        {
            return scores.Failure;
        }

        foreach (var zone in zones.Value!.AvailabilityZones)
        {
            var score = scores.Value!.Find(found => found.AvailabilityZoneId == zone.ZoneId && found.Region == region)?.Score;
            foreach (var offer in offers.Where(offer => offer.Zone == zone.ZoneName))
            {
                offer.PlacementScore = score;
            }
        }

        return null;
    }

    private static decimal? GiB(long? mebibytes) => mebibytes / 1024m;
}
